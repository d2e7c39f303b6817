"""The evidence of a drill: JSON for programs, and a page that one can hand to an auditor. Both say the same, and hold no property of a database but the answers of its checks."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from credex_actions.backup.context import Context
from credex_actions.backup.outcome import Result
from credex_actions.core.private_file import temporary_path, write_private
from credex_actions.core.text import in_html, one_line

LAST_LINES = 20


def collected(context: Context, results: Sequence[Result], began: datetime, ended: datetime) -> dict[str, Any]:
    return {
        "version": 1,
        "made": _time(ended),
        "began": _time(began),
        "by": context.caller,
        "run": context.run,
        "environment": context.asked.environment,
        "drills": [_one(result) for result in results if result.backup],
    }


def _one(result: Result) -> dict[str, Any]:
    assert result.backup
    told: dict[str, Any] = {"database": result.name, "verdict": result.outcome, "why": result.says, "backup": result.backup.told()}
    drilling = result.drilling
    if drilling is None:
        return told
    copy = drilling.copy
    return told | {
        "scratch": {
            "instance": copy.scratch.record["InstanceId"] if copy.scratch.record else None,
            "image": copy.scratch.record["ImageId"] if copy.scratch.record else None,
            "removed": not copy.left,
            "left": copy.left or None,
        },
        "seconds-to-restore": _seconds(copy.scratch.launched, copy.answered),
        "comparison": {"same": copy.comparison.same, "says": copy.comparison.sentence, "notes": list(copy.comparison.notes)}
        if copy.comparison
        else None,
        "fingerprint": json.loads(copy.found.to_json()) if copy.found else None,
        "checks": [
            {
                "query": each.query,
                "expected": each.expected,
                "answer": as_json(each.answer),
                "passed": each.passed,
                "trouble": each.trouble or None,
                "seconds": each.seconds,
            }
            for each in copy.checks
        ],
        "consistency": {
            "passed": copy.consistency.code == 0,
            "says": copy.consistency.output.strip().splitlines()[-LAST_LINES:] if copy.consistency.code else [],
        }
        if copy.consistency
        else None,
        "steps": [
            {"step": str(step), "at": _time(sent.began), "seconds": _seconds(sent.began, sent.ended)}
            for step, sent in (copy.run.sent.items())
        ],
    }


def as_json(value: object) -> Any:
    """What JSON has no word for, such as a number that is none, a date or a node, as a text: Python would write NaN, which other programs do not read."""
    return json.loads(json.dumps(value, default=str), parse_constant=str)


def _seconds(began: datetime | None, ended: datetime | None) -> float | None:
    return round((ended - began).total_seconds(), 1) if began and ended else None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def write(context: Context, evidence: dict[str, Any]) -> str:
    """The path of the JSON; the page is beside it. Raises Failure(BAD_INPUT) where it cannot be written."""
    path = context.asked.evidence_file or temporary_path(context.runner.environment, "drill-evidence")
    text = context.runner.redact(json.dumps(evidence, indent=2, ensure_ascii=False, default=str)) + "\n"
    write_private(path, text.encode(), "evidence-file")
    write_private(f"{path.removesuffix('.json')}.html", context.runner.redact(page(evidence)).encode(), "evidence-file")
    return path


STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:52rem;padding:0 1rem;color:#1a1a1a}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.5rem;border-top:1px solid #ccc;padding-top:1rem}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;overflow-wrap:anywhere}"
    "th{font-weight:600;width:13rem}.proven{color:#0a6b2d}.differs,.failed{color:#a40000}code{font:14px/1.4 ui-monospace,monospace}"
    "@media(max-width:30rem){th,td{display:block;width:auto;padding:.1rem 0}tr{display:block;margin-bottom:.5rem}}@media print{body{margin:0}}"
)


def page(evidence: dict[str, Any]) -> str:
    head = f"Restore drill: {evidence['environment'] or 'databases'}, {evidence['made']}"
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{_shown(head)}</title>',
        f"<style>{STYLE}</style></head><body><h1>{_shown(head)}</h1>",
        _table((("Run by", evidence["by"]), ("Run", evidence["run"]), ("Began", evidence["began"]), ("Ended", evidence["made"]))),
        *(_drill(each) for each in evidence["drills"]),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _drill(drill: dict[str, Any]) -> str:
    verdict = drill["verdict"] or "failed"
    kind = verdict if verdict in {"proven", "differs"} else "failed"
    return f'<h2>{_shown(drill["database"])}: <span class="{kind}">{_shown(verdict)}</span></h2><p>{_shown(drill["why"])}</p>' + _table(
        _facts(drill)
    )


def _facts(drill: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    backup = drill["backup"]
    yield "Backup", backup["id"]
    yield "Kept as", f"{backup['place']} ({backup['method']})"
    yield "Taken", backup["taken"]
    yield "Neo4j version", backup["version"]
    yield "Fingerprint when taken", backup["fingerprint"]
    if comparison := drill.get("comparison"):
        yield "Restored database", f"{'the same' if comparison['same'] else 'NOT the same'}: {comparison['says']}"
        for note in comparison["notes"]:
            yield "Note", note
    if fingerprint := drill.get("fingerprint"):
        identity, counts = fingerprint["identity"], fingerprint["counts"]
        yield "Store", f"{identity['id']}, created {identity['created']}, transaction {identity['transaction']}"
        yield "Holds", f"{counts['nodes']:,} nodes, {counts['relationships']:,} relationships"
    for check in drill.get("checks", ()):
        answer = check["trouble"] or json.dumps(check["answer"], default=str)
        yield (
            "Check passed" if check["passed"] else "Check FAILED",
            f"{check['query']} → {answer}, expected {json.dumps(check['expected'])}",
        )
    if drill["verdict"] == "proven" and not drill.get("checks"):
        yield "Checks", "none are configured: nothing says what the database has to hold"
    if consistency := drill.get("consistency"):
        yield "Consistency check", "passed" if consistency["passed"] else f"FAILED: {' / '.join(consistency['says'])}"
    if drill.get("seconds-to-restore") is not None:
        yield "Time to restore", f"{drill['seconds-to-restore']} s, from the launch until the database answered"
    if scratch := drill.get("scratch"):
        yield "Scratch instance", f"{scratch['instance']} ({scratch['image']}), {'removed' if scratch['removed'] else scratch['left']}"


def _table(facts: Sequence[tuple[str, Any]] | Iterator[tuple[str, Any]]) -> str:
    rows = "".join(f"<tr><th>{_shown(name)}</th><td>{_shown(value)}</td></tr>" for name, value in facts if value not in (None, ""))
    return f"<table>{rows}</table>"


def _shown(value: object) -> str:
    return in_html(one_line(str(value), 2000), 4000)
