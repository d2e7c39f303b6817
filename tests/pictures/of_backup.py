"""The summaries of a drill, as neo4j-backup writes them."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from credex_actions.aws.scratch.steps import Terminate
from credex_actions.backup import report, request
from credex_actions.backup.archive import Backup, Drill
from credex_actions.backup.context import Context
from credex_actions.backup.drill.steps import CheckConsistency, Launch, Record
from credex_actions.backup.outcome import Result
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Fault
from credex_actions.core.runner import Runner
from credex_actions.declarations.neo4j_backup import Inputs
from credex_actions.neo4j.fingerprint import Tag
from tests.pictures.summarised import BEGAN, HOSTILE, at, story, summarised

CONFIGURATION: Final = Path(__file__).resolve().parents[2] / "examples" / "credex-core" / "neo4j.yml"
CALLER: Final = "arn:aws:sts::123456789012:assumed-role/credex-backup/GitHubActions"
TAG: Final = Tag(
    id="C865AE1D7EC975EC", transaction=113, nodes=20_001, relationships=0, content="90819aad6b4055f741e11a26650dbd03", basis="exact"
)


class _Clock(SystemClock):
    def now(self) -> Any:
        return at(400)


def drilled() -> str:
    """One database is proven, the other is not."""
    good, bad = _backup("search-space", proven=True), _backup("ledger-space", proven=False)
    says = f"{good.id} was restored in 1 min 35 s and is proven: same database, unchanged; its store is consistent, 1 of 1 checks passed"
    proven = Result("search-space", "proven", says, backup=good, run=_story(good, "proven"))
    wrong = f"{bad.id} is not proven: older: 340 transactions are missing"
    differs = Result("ledger-space", "differs", wrong, backup=bad, run=_story(bad, "differs"), code=Exit.FAILED)
    differs.faults = (Fault(f"differs: {wrong}", "Take a new backup now, and keep this one for an investigation."),)
    return _summarised([proven, differs], [good, bad])


def hostile() -> str:
    backup = _backup(HOSTILE, proven=False)
    result = Result("ledger-space", "differs", HOSTILE, [HOSTILE], backup, run=_story(backup, HOSTILE), code=Exit.FAILED)
    result.faults, result.left = (Fault(HOSTILE, HOSTILE),), HOSTILE
    return _summarised([result], [backup])


def _summarised(results: list[Result], backups: list[Backup]) -> str:
    def act(runner: Runner) -> None:
        asked = request.read(Inputs(mode="drill", config=str(CONFIGURATION), environment="production"))
        context = Context(runner, _Clock(), cast("Any", None), asked, CALLER, "run", at(9000))
        report.say(context, results, backups, BEGAN, at(400), report.outputs(context, results, backups) | {"evidence": "evidence.json"})

    return summarised(act)


def _backup(name: str, *, proven: bool) -> Backup:
    return Backup(
        id=f"{name}-20260301T012300Z-7b98d3",
        database="ledger-space" if name == HOSTILE else name,
        environment="production",
        method="snapshot",
        place="snap-0f2f1a7b3c4d5e6f7",
        taken=BEGAN - timedelta(hours=1),
        state="complete",
        version=HOSTILE if name == HOSTILE else "5.26.16",
        bytes=53_687_091_200,
        fingerprint=TAG,
        drill=Drill(at(390), proven),
    )


def _story(backup: Backup, verdict: str) -> Any:
    steps = [
        (Launch(backup.id, "run"), 2, 4),
        (CheckConsistency("i-0f2f1a7b3c4d5e6f7"), 110, 330),
        (Record(backup.place, verdict), 331, 332),
        (Terminate("i-0f2f1a7b3c4d5e6f7"), 333, None if verdict == HOSTILE else 334),
    ]
    return story(steps, [("the restored database on i-0f2f1a7b3c4d5e6f7 does not respond yet", 10, 100)])
