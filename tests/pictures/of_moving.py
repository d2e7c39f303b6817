"""The summary of data that were moved off a root volume, as neo4j-ami-rollout writes it."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

from credex_actions.aws.who import Who
from credex_actions.core.clock import SystemClock
from credex_actions.core.loop import Run, Step
from credex_actions.core.runner import Runner
from credex_actions.core.workers import WorkerClock
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout import request
from credex_actions.rollout.context import Context
from credex_actions.rollout.image import outcome
from credex_actions.rollout.image.outcome import Result
from credex_actions.rollout.moving.advice import Moved, advice
from credex_actions.rollout.moving.steps import CopyData, CreateVolume, StartDatabase, SwitchOver
from tests.pictures.summarised import BEGAN, HOSTILE, at, story, summarised

CONFIGURATION: Final = Path(__file__).resolve().parents[2] / "examples" / "credex-core" / "neo4j.yml"
INSTANCE, VOLUME = "i-0f2f1a7b3c4d5e6f7", "vol-0f2f1a7b3c4d5e6f7"


def moved() -> str:
    return _summarised("ledger-space", "ledger-space runs from a volume of its own")


def hostile() -> str:
    return _summarised(HOSTILE, HOSTILE)


def _summarised(name: str, says: str) -> str:
    result = Result(_story(name), "moved", says, lines=[f"{name}: copied 212 files, 1,204,448 KiB, compared by SHA-256"])
    result.advice = advice(
        Moved(
            name=name, instance=INSTANCE, volume=VOLUME, zone="af-south-1a", size=20, device="/dev/sdf", path="/var/lib/neo4j/data",
            kept="/var/lib/neo4j/data.on-root", kms_key="", tags={"Role": name, "Environment": "production", "Data": "true"},
            environment="production",
        )
    )  # fmt: skip

    def act(runner: Runner) -> None:
        asked = request.read(Inputs(mode="migrate-data-volume", config=str(CONFIGURATION), environment="production"))
        who = Who("arn:aws:sts::123456789012:assumed-role/credex-rollout/GitHubActions", timedelta())
        context = Context(runner, WorkerClock(SystemClock()), cast("Any", None), asked, who, "run", at(9000))
        outcome.say(context, result, BEGAN, outcome.outputs(context, result))

    return summarised(act)


def _story(name: str) -> Run:
    steps: list[tuple[Step, float, float | None]] = [
        (CreateVolume(name, 20, "af-south-1a"), 0, 2),
        (CopyData(name, VOLUME), 14, 62),
        (SwitchOver(name, VOLUME, "/var/lib/neo4j/data.on-root"), 62, 64),
        (StartDatabase(INSTANCE, VOLUME), 64, 80),
    ]
    return story(steps)
