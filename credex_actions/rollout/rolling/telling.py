"""What a status says, and what to do next: pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from credex_actions.backup.taking.stopping import STOPPED_BY
from credex_actions.rollout.around.writes import Note as GateNote
from credex_actions.rollout.rolling.status import Status, Statuses
from credex_actions.rollout.swap.note import Note, rollback_of
from credex_actions.rollout.user_data.content import short
from credex_actions.rollout.user_data.keeping import name_of


def told_of(status: Status) -> list[str]:
    """Sentences about one database, and what to do next."""
    lines = []
    if status.runs:
        lines.append(f"it runs Neo4j {status.runs.version} from {status.image}{f' ({status.runs.doubt})' if status.runs.doubt else ''}")
    lines += status.doubts
    if status.machine and status.machine.state != "running":
        lines.append(f"its instance is {status.machine.state}")
        between = status.note is not None and status.note.unfinished and status.note.former is not None
        if status.machine.state in {"stopping", "stopped"} and not between:  # it may have no data volume
            which = status.machine.record["InstanceId"]
            lines.append(
                f"next: nothing starts it by itself: aws ec2 start-instances --instance-ids {which}, or what continues the roll-out below"
            )
    if status.note:
        lines += _of_note(status.name, status.note, down=bool(status.machine and STOPPED_BY in status.machine.tags))
    if status.writes:
        lines += _of_writes(status.writes)
    lines += [
        f"kept: {each.volume}, {each.what}, created {each.since:%Y-%m-%d}; delete it when going back is no longer needed"
        for each in status.kept
    ]
    lines += [
        f"kept: {which}, the other instance of its roll-out, {state}; terminate it when going back is no longer needed"
        for which, state in sorted(status.others.items())
        if not (status.note and status.note.unfinished)
    ]
    return lines


def _of_note(name: str, note: Note, *, down: bool) -> Iterator[str]:
    when = f"{note.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, by the run {note.run}"
    way = f"Neo4j {note.old.version} to {note.new.version} ({note.new.image})"
    noted = "; its database is noted as stopped" if down else ""
    match note.state:
        case "rolling":
            yield f"half-done: moving from {way} since {when}{noted}"
            yield f"next: --mode apply continues, {rollback_of(name)} goes back"
        case "going-back":
            yield f"half-done: going back from Neo4j {note.new.version} to {note.old.version} since {when}{noted}"
            yield f"next: {rollback_of(name)} continues"
        case "rolled":
            yield f"moved from {way} at {when}; backup {note.backup}"
            if note.changes_user_data:
                kept = name_of(name, note.old.user_data)
                yield f"it got the user data {short(note.new.user_data)}; those from before are kept in the launch template {kept}"
            loses = "loses nothing" if note.same_store else f"restores the backup {note.backup}, and loses what was written since"
            yield f"next: {rollback_of(name)} goes back to Neo4j {note.old.version}, which {loses}"
        case "rolled-back":
            yield f"went back from Neo4j {note.new.version} to {note.old.version} at {when}"


def _of_writes(note: GateNote) -> Iterator[str]:
    yield f"writes to it are stopped by the run {note.run}; it was {note.before} before"
    if note.held is None:
        yield "next: that run is over; --mode sweep lets writes in again, and so does what continues it"


def told_of_lock(statuses: Statuses, now: datetime) -> str:
    head = statuses.lock
    if head is None:
        return f"lock {statuses.lock_name}: who holds it cannot be read: versions of the parameter are missing"
    if head.until is None:
        return f"lock {statuses.lock_name}: free"
    if not head.held(now):
        return f"lock {statuses.lock_name}: expired at {head.until:%Y-%m-%d %H:%M:%S} UTC; the run {head.run} of {head.holder} did not release it"
    return f"lock {statuses.lock_name}: held by {head.holder} (run {head.run}) until {head.until:%Y-%m-%d %H:%M:%S} UTC"


def report(statuses: Statuses, now: datetime) -> dict[str, Any]:
    head = statuses.lock
    held = head is not None and head.held(now)
    return {
        "mode": "status",
        "lock": {
            "name": statuses.lock_name,
            "held": held if head else None,
            "holder": head.holder if head and held else None,
            "run": head.run if head and held else None,
            "until": head.until.isoformat() if head and head.until and held else None,
        },
        "databases": [_report(each) for each in statuses.databases],
    }


def _report(status: Status) -> dict[str, Any]:
    note = status.note
    return {
        "name": status.name,
        "version": str(status.runs.version) if status.runs else None,
        "image": status.image or None,
        "state": note.state if note else None,
        "run": note.run if note else None,
        "since": note.since.isoformat() if note else None,
        "from": str(note.old.version) if note else None,
        "to": str(note.new.version) if note else None,
        "loses-nothing": note.same_store if note and note.state == "rolled" else None,
        "kept": [{"volume": each.volume, "what": each.what, "created": each.since.isoformat()} for each in status.kept],
        "other-instances": dict(sorted(status.others.items())),
        "says": [status.fault.what] if status.fault else told_of(status),
    }
