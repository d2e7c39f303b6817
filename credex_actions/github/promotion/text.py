"""The text of a promotion's pull request: pure. What people wrote around our part stays; what we quote pings nobody and links nowhere by accident."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from credex_actions.core.text import in_cell, one_line, plain, unix_lines
from credex_actions.github.promotion.promoted import Change, Check, Deployed

BEGIN: Final = "<!-- credex-actions promote: begin -->"
END: Final = "<!-- credex-actions promote: end -->"
LONGEST: Final = 60_000
"""Characters; GitHub takes 65,536 in a body. Source: its answer "body is too long (maximum is 65536 characters)"."""
PASSED: Final = ("success", "skipped", "neutral")
UNDER_WAY: Final = ("queued", "in_progress", "pending", "waiting", "requested")
MOST_CHECKS: Final = 100
MARKS: Final = {"success": "✅", "failure": "❌", "error": "❌", "timed_out": "❌", "cancelled": "❌", "skipped": "⏭️", "neutral": "⏭️"}


def text(
    source: str,
    target: str,
    changes: Sequence[Change],
    total: int,
    behind: int,
    deployed: Sequence[Deployed] | None,
    checks: Sequence[Check] | None,
    site: str,
) -> str:
    """Our part of the body. None for deployments or checks that the credentials may not see. `site`: URL of the repository's pages."""
    parts = [
        f"### {in_cell(source)} → {in_cell(target)}: {total} {'change' if total == 1 else 'changes'}",
        _list(changes, total, site, source, target),
    ]
    if behind:
        parts.append(f"⚠️ {in_cell(target)} has {behind} {'commit' if behind == 1 else 'commits'} that {in_cell(source)} does not have.")
    parts += ["### Deployments", _deployments(deployed, site)]
    parts += ["### Checks of the latest commit", _checks(checks)]
    parts.append("<sub>Kept up to date by credex-actions promote. It never merges: a person does, and the merge deploys.</sub>")
    return plain("\n\n".join(parts))


def _list(changes: Sequence[Change], total: int, site: str, source: str, target: str) -> str:
    lines, size = [], 0
    for each in changes:
        line = f"- [`{each.sha[:7]}`]({site}/commit/{each.sha}) {in_cell(each.title, 120)} ({in_cell(each.author, 60)})"
        size += len(line)
        if size > LONGEST // 2:
            break
        lines.append(line)
    if len(lines) < total:
        lines.append(f"- … and {total - len(lines)} more: [compare]({site}/compare/{_path(target)}...{_path(source)})")
    return "\n".join(lines)


def _deployments(deployed: Sequence[Deployed] | None, site: str) -> str:
    if deployed is None:
        return "These credentials have no access to deployments (permission deployments: read)."
    if not deployed:
        return "No deployments."
    rows = [
        f"| {in_cell(each.environment)} | {_sha(each.sha, site)} | {MARKS.get(each.state, '⏳')} {in_cell(each.state)} | {_moment(each.when)} |"
        for each in deployed
    ]
    return "\n".join(["| Environment | Commit | State | When (UTC) |", "| --- | --- | --- | --- |", *rows])


def _checks(checks: Sequence[Check] | None) -> str:
    if checks is None:
        return "These credentials have no access to checks (permissions checks: read, statuses: read)."
    if not checks:
        return "⚠️ No check has run on it."
    bad = [each for each in checks if each.state not in PASSED + UNDER_WAY]
    going = [each for each in checks if each.state in UNDER_WAY]
    counts = [f"❌ {len(bad)} of {len(checks)} failed."] if bad else []
    counts += [f"⏳ {len(going)} of {len(checks)} in progress."] if going else []
    head = " ".join(counts) or f"✅ All {len(checks)} passed."
    shown = [*bad, *going, *(each for each in checks if each.state in PASSED)][:MOST_CHECKS]
    return "\n".join([head, "", *(f"- {MARKS.get(each.state, '⏳')} {in_cell(each.name, 120)}: {in_cell(each.state)}" for each in shown)])


def _sha(sha: str, site: str) -> str:
    return f"[`{sha[:7]}`]({site}/commit/{sha})"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def _path(branch: str) -> str:
    from urllib.parse import quote

    return quote(branch)


def merged_body(body: str, ours: str) -> str:
    """`body` with our part renewed, or added at its end; what stands around it is somebody's own."""
    part = f"{BEGIN}\n{ours}\n{END}"
    body = unix_lines(body)
    if BEGIN in body and END in body.partition(BEGIN)[2]:
        before, _, rest = body.partition(BEGIN)
        return f"{before}{part}{rest.partition(END)[2]}"
    return f"{body.rstrip()}\n\n{part}" if body.strip() else part


def title(source: str, target: str) -> str:
    return one_line(f"Promote {re.sub(r'[^ -~]', '', source)} to {re.sub(r'[^ -~]', '', target)}", 120)
