"""The report as JSON: written, and read again as the earlier one of a later run."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from credex_actions.core.documents.document import read_text
from credex_actions.core.documents.in_pieces import in_pieces
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.reporting.cleaning import cleaned_finding
from credex_actions.maintenance.reporting.judging import Earlier
from credex_actions.maintenance.reporting.report import RANK, Acceptance, Entry, Former, Looked, Report

VERSION: Final = 1
LARGEST: Final = 200 << 20
"""Bytes of an earlier report; 100,000 findings have 80 MB."""


def document(report: Report) -> dict[str, Any]:
    """docs/reference/maintenance-report.md describes it."""
    return {name: list(value) if isinstance(value, Iterator) else value for name, value in _members(report).items()}


def written(report: Report) -> Iterator[bytes]:
    """The document as JSON, in pieces."""
    yield from in_pieces(_members(report))
    yield b"\n"


def _members(report: Report) -> dict[str, Any]:
    """The long lists come one by one."""
    return {
        "version": VERSION,
        "made": _time(report.made),
        "seconds": round(report.seconds, 1),
        "calls": report.calls,
        "complete": report.complete,
        "since": _time(report.since) if report.since else None,
        "scope": [each._asdict() for each in report.scopes],
        "totals": {
            "findings": len(report.open),
            "new": len(report.new),
            "solved": len(report.solved),
            "accepted": len(report.accepted),
            "monthly_cost": round(report.monthly_cost, 2),
        },
        "checks": [_check(each) for each in report.checks],
        "findings": (_entry(each) for each in chain(report.open, report.accepted)),
        "solved": (_former(each) for each in report.solved),
        "unchecked": (_former(each) for each in report.unchecked),
        "charts": [
            {"title": each.title, "unit": each.unit, "kind": each.kind, "points": [list(point) for point in each.points]}
            for each in report.charts
        ],
        "notes": [{"check": check, "says": says} for check, says in report.notes],
        "remarks": list(report.remarks),
        "kept": {name: list(values) for name, values in sorted(report.kept.items())},
        "history": [{"made": made, "findings": count} for made, count in report.history],
    }


def _check(looked: Looked) -> dict[str, Any]:
    places = [{"account": each.account, "region": each.region, "state": each.state, "why": each.why} for each in looked.ran]
    return {"name": looked.check.name, "state": looked.state, "why": looked.why, "where": places}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "resource": finding.resource,
        "account": finding.account,
        "region": finding.region,
        "severity": finding.severity,
        "title": finding.title,
        "why": finding.why,
        "fix": finding.fix,
        "monthly_cost": finding.monthly_cost,
        "owner": finding.owner,
        "place": {"file": finding.place.file, "line": finding.place.line} if finding.place else None,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        **_finding(entry.finding),
        "first_seen": _time(entry.first_seen),
        "new": entry.new,
        "accepted": _accepted(entry.accepted),
        "acceptance_ended": _accepted(entry.ended),
    }


def _accepted(acceptance: Acceptance | None) -> dict[str, str] | None:
    return acceptance._asdict() if acceptance else None


def _former(former: Former) -> dict[str, Any]:
    return {
        "id": former.id,
        **_finding(former.finding),
        "first_seen": _time(former.first_seen),
        "last_seen": _time(former.last_seen),
        "accepted": former.accepted,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def read_earlier(path: str, redact: Callable[[str], str]) -> Earlier:
    """Raises Failure(BAD_INPUT) where it is no report. One of another version is read as far as it is understood, and that is said."""
    return parsed(read_text(path, "since", LARGEST), path, redact)


def parsed(text: str, path: str, redact: Callable[[str], str]) -> Earlier:
    """As read_earlier() does."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise _no_report(path, "is not JSON") from None
    version = given.get("version") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(version, int) or not isinstance(given.get("findings"), list):
        raise _no_report(path, "is not a report of maintenance-report")
    made = _moment(given.get("made"))
    remarks = []
    if version != VERSION:
        remarks.append(
            f"the earlier report has version {version}, and this one {VERSION}: what is new, and what is solved, is compared as far as both are alike"
        )
    known: dict[str, Former] = {}
    unread = 0
    for name in ("unchecked", "findings"):
        for record in given.get(name) or ():
            former = _read_former(record, made, redact, unchecked=name == "unchecked")
            if former:
                known[former.id] = former
            else:
                unread += 1
    if unread:
        remarks.append(
            f"{unread} {'finding' if unread == 1 else 'findings'} of the earlier report cannot be read, and {'is' if unread == 1 else 'are'} not compared"
        )
    return Earlier(made, known, "; ".join(remarks), tuple(_history(given.get("history"))), _kept(given.get("kept")))


def _history(given: object) -> Iterator[tuple[str, int]]:
    for each in given if isinstance(given, list) else ():
        made, count = (each.get("made"), each.get("findings")) if isinstance(each, Mapping) else (None, None)
        if (moment := _moment(made)) and isinstance(count, int):
            yield _time(moment), count


def _kept(given: object) -> dict[str, tuple[str, ...]]:
    """Whoever may change the earlier report can at most hide what is new in the next one."""
    records = given.items() if isinstance(given, Mapping) else ()
    return {name: tuple(each for each in values if isinstance(each, str)) for name, values in records if isinstance(values, list)}


def _no_report(path: str, what: str) -> Failure:
    return Failure(Exit.BAD_INPUT, Fault(what, "Provide the JSON that an earlier run wrote to report-file, or omit it.", "since", path))


def _read_former(record: object, made: datetime | None, redact: Callable[[str], str], *, unchecked: bool) -> Former | None:
    if not isinstance(record, Mapping):
        return None
    texts = {name: record.get(name) for name in ("id", "check", "resource", "severity")}
    if not all(isinstance(text, str) and text for text in texts.values()) or record["severity"] not in RANK:
        return None
    first = _moment(record.get("first_seen")) or made
    last = (_moment(record.get("last_seen")) if unchecked else None) or made or first
    if first is None or last is None:
        return None
    cost = record.get("monthly_cost")
    place = record.get("place")
    finding = Finding(
        check=record["check"],
        severity=record["severity"],
        resource=record["resource"],
        **{name: str(record.get(name) or "") for name in ("title", "why", "fix", "account", "region", "owner")},
        monthly_cost=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
        place=Place(file=str(place.get("file", "")), line=int(place["line"]) if isinstance(place.get("line"), int) else 0)
        if isinstance(place, Mapping)
        else None,
    )
    return Former(
        id=record["id"], finding=cleaned_finding(finding, redact), first_seen=first, last_seen=last, accepted=bool(record.get("accepted"))
    )


def _moment(text: object) -> datetime | None:
    """A time with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo else None
