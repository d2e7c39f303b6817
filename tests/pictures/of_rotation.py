"""The summary of a rotation of many credentials, as rotate-secrets writes it."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from credex_actions.core.faults import Exit, Fault
from credex_actions.rotation import report
from credex_actions.rotation.deciding.state import Held, Identity, Seen, Version
from credex_actions.rotation.deciding.steps import Create, Deactivate, Escrow, NoteIntent, Promote, Write
from credex_actions.rotation.manifest.reading import read_manifest
from credex_actions.rotation.outcome import Outcome, Result
from credex_actions.rotation.surroundings import Caller
from tests.pictures.summarised import BEGAN, HOSTILE, at, story, summarised

MANIFEST: Final = Path(__file__).resolve().parents[2] / "examples" / "credex-core" / "rotation.yml"
CALLER: Final = Caller("arn:aws:sts::123456789012:assumed-role/credex-rotation/GitHubActions", "", timedelta())
PLACES: Final = (
    "secret AWS_ACCESS_KEY of Great-Sun-Group/credex-core, environment development",
    "secret AWS_SECRET_ACCESS_KEY of Great-Sun-Group/credex-core, environment development",
    "parameter /credex/development/neo_4j_ledger_space_user",
)


def rotated() -> str:
    given = read_manifest(str(MANIFEST)).manifest
    results = [_result(name, number) for number, name in enumerate(given.credentials)]
    results[1] = _failed(
        results[1], "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/credex-rotation/GitHubActions is not authorized"
    )
    results[2].outcome, results[2].why = "waiting", "ecs-service credex-core-service-production still runs tasks that began before 02:30"
    results[3].outcome, results[3].run = "fresh", None
    return _summarised(results)


def hostile() -> str:
    given = read_manifest(str(MANIFEST)).manifest
    name = next(iter(given.credentials))
    result = replace(_failed(_result(name, 0), HOSTILE), why=HOSTILE, places=(HOSTILE,), left=HOSTILE)
    result.run = story([(Write(name, HOSTILE, "v"), 0, None)])
    return _summarised([result])


def _summarised(results: list[Result]) -> str:
    given = read_manifest(str(MANIFEST)).manifest
    told = report.told(results, given, CALLER, BEGAN, at(90), "apply")
    return summarised(lambda runner: report.say(runner, told, results))


def _result(name: str, number: int, outcome: Outcome = "rotated") -> Result:
    begins = number * 4.0
    identity, former = f"AKIAEXAMPLE{number:05}NEW", f"AKIAEXAMPLE{number:05}OLD"
    steps = [
        (NoteIntent(name, "", frozenset()), begins, begins + 0.4),
        (Create(name, "i"), begins + 0.5, begins + 1),
        (Escrow(name, ""), begins + 1, begins + 1.6),
        *((Write(name, place, "v"), begins + 2 + at_place, begins + 3 + at_place) for at_place, place in enumerate(PLACES)),
        (Promote(name, "v"), begins + 7, begins + 7.3),
        (Deactivate(name, former), begins + 60, begins + 60.4),
    ]
    held = Held(current=Version(id="v", created=at(begins), identity=identity))
    identities = (Identity(name=former, active=False, used=_used(number), used_for="ecs in af-south-1"), Identity(name=identity))
    return Result(
        name,
        "iam-access-key",
        outcome,
        rotated=True,
        run=story(steps),
        seen=Seen(now=at(90), held=held, places=dict.fromkeys(PLACES, "v"), identities=identities),
        places=PLACES,
        source=f"IAM user {name}",
        escrow=f"arn:aws:secretsmanager:af-south-1:123456789012:secret:credex/rotation/{name}",
    )


def _used(number: int) -> datetime:
    return BEGAN - timedelta(hours=number)


def _failed(result: Result, what: str) -> Result:
    fault = Fault(f"{result.name}: {what}", "Correct the manifest, or what the role may do; then run this again.")
    assert result.run
    run = story(
        [
            (step, (sent.began - BEGAN).total_seconds(), None if isinstance(step, Write) else (sent.began - BEGAN).total_seconds() + 1)
            for step, sent in list(result.run.sent.items())[:4]
        ]
    )
    return replace(result, outcome="failed", code=Exit.FAILED, faults=(fault,), left=run.state(), run=run, rotated=False)
