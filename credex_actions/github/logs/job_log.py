"""A job's log as people read it: times off, sections folded, the failed step's last lines found. Pure.

Source of the form: each line begins with its time in UTC; `##[group]` … `##[endgroup]` folds, `##[error]` and the like mark.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Final, NamedTuple

from credex_actions.core.text import plain
from credex_actions.github.runs.seen import Job

STAMP: Final = re.compile(r"\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z ?", re.ASCII)
MARK: Final = re.compile(r"##\[(group|endgroup|error|warning|notice|debug|command|section)\]")
TAIL: Final = 25
PART: Final = 1024 * 1024
LONGEST_LINE: Final = 16 * 1024 * 1024
"""Bytes. A longer one is left out as a whole: half of it might end in half of a secret, which nobody would recognise."""
FOLDS_FROM: Final = 4
"""Lines of a section from which on its title stands for it."""
WORDS: Final = {"error": "Error: ", "warning": "Warning: ", "notice": "Notice: ", "debug": "Debug: ", "command": "$ ", "section": ""}


class LogLine(NamedTuple):
    """`time`: of the line, or of the one before it where it has none, as the second line of a text that was written at once."""

    time: datetime | None
    text: str


def parts(raw: IO[bytes], size: int = PART, longest: int = LONGEST_LINE) -> Iterator[str]:
    """A log's text, whole lines of about `size` bytes at once, so that a huge one is never in memory as a whole."""
    first = True
    while part := raw.read(size):
        if not part.endswith(b"\n"):
            part += raw.readline(longest)
        if not part.endswith(b"\n") and (more := _passed_over(raw)):
            begin = part.rfind(b"\n") + 1
            part = part[:begin] + f"… a line of {len(part) - begin + more} bytes is omitted\n".encode()
        text = part.decode("utf-8", "replace")
        yield text.removeprefix("\ufeff") if first else text
        first = False


def _passed_over(raw: IO[bytes]) -> int:
    """Bytes that were left of the line."""
    passed = 0
    while piece := raw.readline(PART):
        passed += len(piece)
        if piece.endswith(b"\n"):
            break
    return passed


def hidden(text: str, redact: Callable[[str], str]) -> str:
    """`text` without secrets. A line in which unprintable characters split one loses them."""
    whole = plain(text)
    if redact(whole) == whole:
        return redact(text)
    return "\n".join(_hidden(line, redact) for line in text.split("\n"))


def _hidden(line: str, redact: Callable[[str], str]) -> str:
    shown, safe = redact(line), redact(plain(line))
    return shown if plain(shown) == safe else safe


def read(text: str) -> list[LogLine]:
    lines: list[LogLine] = []
    moment: datetime | None = None
    for line in (each.removesuffix("\r") for each in text.split("\n")):
        found = STAMP.match(line)
        stamped = _moment(found) if found else None
        if found and stamped:
            moment = stamped
            lines.append(LogLine(moment, line[found.end() :]))
        elif line:
            lines.append(LogLine(moment, line))
    return lines


def _moment(found: re.Match[str]) -> datetime | None:
    """None for what only looks like a time: a job may print anything."""
    try:
        return datetime.fromisoformat(f"{found[1]}.{(found[2] or '0')[:6].ljust(6, '0')}+00:00")
    except ValueError:
        return None


def shown(lines: Iterable[LogLine], *, folded: bool) -> Iterator[str]:
    """Without times; marks in words. `folded`: a longer section is its title and the number of its lines."""
    section: list[str] | None = None
    for line in lines:
        mark = MARK.match(line.text)
        kind, rest = (mark[1], line.text[mark.end() :]) if mark else ("", line.text)
        if kind in ("group", "endgroup"):
            yield from _section(section, folded=folded)
            section = [rest] if kind == "group" else None
        elif section is None:
            yield f"{WORDS.get(kind, '')}{rest}"
        else:
            section.append(f"{WORDS.get(kind, '')}{rest}")
    yield from _section(section, folded=folded)


def _section(section: list[str] | None, *, folded: bool) -> Iterator[str]:
    if not section:
        return
    title, *body = section
    if folded and len(body) >= FOLDS_FROM:
        yield f"▸ {title} ({len(body)} lines)"
        return
    yield f"▾ {title}"
    yield from (f"  {line}" for line in body)


def failing_part(lines: Sequence[LogLine], job: Job) -> list[str]:
    """The last lines of the step that failed, up to its error; of the log where the step cannot be reported. At most 25."""
    step = job.failed_step
    mine = list(lines)
    if step and step.started and step.ended:
        within = [line for line in lines if line.time and step.started <= line.time.replace(microsecond=0) <= step.ended]
        mine = within or mine
    errors = [at for at, line in enumerate(mine) if line.text.startswith("##[error]")]
    end = errors[-1] + 1 if errors else len(mine)
    begin = max((at + 1 for at, line in enumerate(mine[:end]) if line.text.startswith("##[endgroup]")), default=0)
    return [line for line in shown(mine[max(begin, end - TAIL) : end], folded=False) if line.strip()]
