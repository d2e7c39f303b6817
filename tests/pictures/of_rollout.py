"""The summaries of a roll-out, as neo4j-ami-rollout writes them."""

from pathlib import Path
from typing import Any, Final, cast

from credex_actions.aws.who import Who
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.loop import Run
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout import request
from credex_actions.rollout.context import Context
from credex_actions.rollout.rolling import report
from credex_actions.rollout.rolling.outcome import Result, Rolled
from credex_actions.rollout.swap.steps import KeepRoot, NoteRoll, NoteRolled, RemoveStop, ReplaceRoot, StopDatabase, TakeSnapshot
from credex_actions.rollout.versions.version import Version
from tests.pictures.summarised import BEGAN, HOSTILE, at, story, summarised

CONFIGURATION: Final = Path(__file__).resolve().parents[2] / "examples" / "credex-core" / "neo4j.yml"
IMAGE, OLD, INSTANCE, VOLUME = "ami-0c1d2e3f4a5b6c7d8", "ami-0b1d2e3f4a5b6c7d8", "i-0f2f1a7b3c4d5e6f7", "vol-0a1b2c3d4e5f60718"


class _Clock(SystemClock):
    def now(self) -> Any:
        return at(2000)


def rolled() -> str:
    """One database is moved, the other one went back."""
    first = Rolled("search-space", "rolled", f"from Neo4j 5.26.0 to 5.26.16 on {IMAGE}, 41 s without service; same database, unchanged")
    first.lines = [f"the root volume {VOLUME} is kept for going back; backup search-space-20260301T023002Z-7b98d3"]
    first.runs, first.stopped, first.back = [_moved(0)], at(3), at(44)
    what = f"ledger-space did not come back: Neo4j 5.26.16 on {INSTANCE} does not respond after 600 s"
    second = Rolled("ledger-space", "rolled-back", f"back on {OLD} (Neo4j 5.26.0), 11 min 2 s without service; same database, unchanged")
    second.code, second.faults = Exit.FAILED, (Fault(f"rolled back: {what}", "Check the AMI before the next attempt."),)
    second.runs, second.stopped, second.back = [_moved(1000, ends=False)], at(1003), at(1665)
    return _summarised([first, second])


def hostile() -> str:
    each = Rolled(HOSTILE, "failed", HOSTILE, [HOSTILE], code=Exit.REMOTE, faults=(Fault(HOSTILE, HOSTILE),), left=HOSTILE)
    each.runs = [story([(StopDatabase(HOSTILE), 3, None)], [(HOSTILE, 4, 30)])]
    return _summarised([each])


def _moved(since: float, *, ends: bool = True) -> Run:
    steps = [
        (NoteRoll(INSTANCE, OLD, IMAGE, "b"), since + 1, since + 2),
        (StopDatabase(INSTANCE), since + 3, since + 9),
        (TakeSnapshot(VOLUME, "b"), since + 9, since + 10),
        (KeepRoot(VOLUME, "5.26.0"), since + 10, since + 11),
        (ReplaceRoot(INSTANCE, IMAGE), since + 11, since + 12),
    ]
    last = [(RemoveStop(INSTANCE), since + 45, since + 46), (NoteRolled(INSTANCE, IMAGE), since + 946, since + 947)] if ends else []
    return story([*steps, *last], [(f"Neo4j 5.26.16 starts on {INSTANCE}", since + 20, since + (44 if ends else 640))])


def _summarised(databases: list[Rolled]) -> str:
    def act(runner: Runner) -> None:
        asked = request.read(Inputs(mode="apply", config=str(CONFIGURATION), environment="production", image=IMAGE))
        who = Who("arn:aws:sts::123456789012:assumed-role/credex-roll/GitHubActions", cast("Any", None))
        context = Context(runner, WorkerClock(_Clock()), cast("Any", None), asked, who, "run", at(9000))
        result = Result(databases=databases, image=IMAGE, version=Version(5, 26, 16))
        report.say(context, result, BEGAN, {"report": {}})

    return summarised(act)
