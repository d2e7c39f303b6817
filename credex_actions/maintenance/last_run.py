"""The report of the last run of this workflow, which is an artifact of it.

Only runs of the same workflow on the same branch count, and none of a pull request: whoever may open one could bring a report of his own.
"""

import io
import os
import re
import zipfile
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Failure
from credex_actions.github.connection.answers import Refused, Unreachable
from credex_actions.github.connection.downloads import download
from credex_actions.github.connection.session import Session
from credex_actions.maintenance.reporting.document import LARGEST

LAST_RUN: Final = "last-run"
MOST_RUNS: Final = 20
"""Runs that are looked at, the newest first: one that was cancelled early has no report."""
EVENTS: Final = frozenset(("schedule", "workflow_dispatch", "push", "repository_dispatch"))
WITHIN: Final = 120.0
"""Seconds for the download."""


class Kept(NamedTuple):
    """`text`: the report as it was written; "" where there is none, and `why` says why."""

    text: str = ""
    why: str = ""


class _Run(NamedTuple):
    number: int
    workflow: int
    branch: str
    event: str
    repository: str


def artifact_name(config: str) -> str:
    """Of one configuration: several may be run by one workflow, and GitHub keeps one artifact of a name. Source: actions/upload-artifact, which names it may have."""
    words = re.findall(r"[A-Za-z0-9_.]+", os.path.splitext(os.path.relpath(config))[0].replace("..", ""))
    return "-".join(["maintenance-report", *(word.strip(".") for word in words if word.strip("."))])[:100]


def last_report(session: Session, artifact: str, environment: Mapping[str, str], clock: Clock) -> Kept:
    """Never raises but Cancelled: without an earlier report there is one comparison less."""
    own = environment.get("GITHUB_RUN_ID", "")
    if not own.isdecimal():
        return Kept(why="this is no run of a workflow, so there is no last run")
    try:
        return _found(session, artifact, int(own))
    except Refused as error:
        return Kept(
            why=f"the last run cannot be read: {error}; it needs the permission actions: read, and the workflow on the default branch"
        )
    except (Unreachable, Failure) as error:
        return Kept(why=f"the last run cannot be read: {error}")
    except (zipfile.BadZipFile, UnicodeDecodeError, EOFError):
        return Kept(why="the report of the last run cannot be unpacked")
    finally:
        clock.check()


def _found(session: Session, name: str, own: int) -> Kept:
    path = f"{session.path}/actions"
    here: _Run = session.api.get(f"{path}/runs/{own}", _run).document
    branch = {"branch": here.branch} if here.branch else {}
    runs = session.api.pages(f"{path}/workflows/{here.workflow}/runs", "workflow_runs", _run, status="completed", **branch)
    for run in islice(runs, MOST_RUNS):
        if run.event not in EVENTS or run.repository.lower() != session.place.repository.lower() or run.number == own:
            continue
        listed = session.api.get(f"{path}/runs/{run.number}/artifacts", _artifacts, name=name, per_page=1).document
        for artifact in listed:
            packed = io.BytesIO()
            for piece in download(session.api, f"{path}/artifacts/{artifact}/zip", WITHIN):
                packed.write(piece)
                if packed.tell() > LARGEST:
                    return Kept(why="the report of the last run is too large")
            return _unpacked(packed)
    return Kept(why="no earlier run of this workflow on this branch has kept a report")


def _unpacked(packed: io.BytesIO) -> Kept:
    with zipfile.ZipFile(packed) as archive:
        names = [each.filename for each in archive.infolist() if each.filename.endswith(".json")]
        if not names:
            return Kept(why="the artifact of the last run has no report")
        with archive.open(names[0]) as file:
            data = file.read(LARGEST + 1)
    return Kept(data.decode()) if len(data) <= LARGEST else Kept(why="the report of the last run is too large")


def _run(document: Mapping[str, Any]) -> _Run:
    repository = document.get("head_repository") or {}  # null for a fork that was deleted
    return _Run(
        number=int(document["id"]),
        workflow=int(document["workflow_id"]),
        branch=str(document.get("head_branch") or ""),
        event=str(document["event"]),
        repository=str(repository.get("full_name", "")),
    )


def _artifacts(document: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int(each["id"]) for each in document["artifacts"] if not each["expired"])
