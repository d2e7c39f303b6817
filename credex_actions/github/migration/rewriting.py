"""Turns the text of a workflow, or of a composite action, into edits of that text. Pure: nothing is dumped, so comments and layout stay as they are."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from credex_actions.github.migration.counterparts import COUNTERPARTS, OURS, SCRIPTS, Change, Counterpart

USES: Final = re.compile(r"(?P<name>[\w-]+/[\w-]+)@(?P<ref>\S+)")
VERSION_COMMENT: Final = re.compile(r"[ \t]+#[ \t]*(?:tag[=:][ \t]*|pin@)?v?\d+(?:\.\d+)*[ \t]*(?=\r?\n|$)")
"""What tools write behind a commit, such as `# v1.7.0`. It would be wrong behind another action."""


class Edit(NamedTuple):
    """`text[start:end]` becomes `new`; in characters."""

    start: int
    end: int
    new: str


class Remark(NamedTuple):
    """`open`: somebody has to look at it; otherwise it tells what was done. Line and column count from 1."""

    line: int
    column: int
    what: str
    hint: str
    open: bool


class Rewritten(NamedTuple):
    """`steps`: how many use another action now. `readable`: whether the file has steps at all."""

    text: str
    steps: int
    remarks: tuple[Remark, ...]
    readable: bool


def rewritten(text: str, ref: str) -> Rewritten:
    """`text` has to be valid YAML. `ref`: of this suite."""
    root = yaml.compose(text, yaml.SafeLoader)  # Python's own reader: its marks count characters
    if _member(root, "jobs") is None and _member(root, "runs") is None:
        return Rewritten(text, 0, (), readable=False)
    edits: list[Edit] = []
    remarks: list[Remark] = []
    count = 0
    for step in _steps(root):
        uses = _member(step, "uses")
        found = USES.fullmatch(uses.value) if isinstance(uses, yaml.ScalarNode) else None
        counterpart = COUNTERPARTS.get(found["name"].lower()) if found else None
        if counterpart:
            count += 1
            edits += _use(text, uses, f"{OURS}/{counterpart.name}@{ref}")
            for edit, remark in _inputs(text, step, counterpart):
                edits += edit
                remarks += remark
        remarks += _scripts(text, step)
    return Rewritten(_applied(text, edits), count, tuple(sorted(remarks)), readable=True)


def _steps(root: Any) -> Iterator[Any]:
    """Every step, each once: with aliases one may stand in several places."""
    jobs = _member(root, "jobs")
    holders = [job for _, job in jobs.value] if isinstance(jobs, yaml.MappingNode) else []
    seen: set[int] = set()
    for holder in [*holders, _member(root, "runs")]:
        steps = _member(holder, "steps")
        for step in steps.value if isinstance(steps, yaml.SequenceNode) else ():
            if isinstance(step, yaml.MappingNode) and id(step) not in seen:
                seen.add(id(step))
                yield step


def _member(node: Any, name: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _use(text: str, uses: Any, new: str) -> Iterator[Edit]:
    yield _replaced(text, uses, new)
    if comment := VERSION_COMMENT.match(text, uses.end_mark.index):
        yield Edit(comment.start(), comment.end(), "")


def _replaced(text: str, scalar: Any, new: str) -> Edit:
    """The scalar's new value, in the quotes that it has."""
    start, end = scalar.start_mark.index, scalar.end_mark.index
    quote = text[start] if text[start] in "'\"" else ""
    return Edit(start, end, f"{quote}{new}{quote}")


def _inputs(text: str, step: Any, counterpart: Counterpart) -> Iterator[tuple[list[Edit], list[Remark]]]:
    given = _member(step, "with")
    pairs = given.value if isinstance(given, yaml.MappingNode) else []
    names = {key.value.lower() for key, _ in pairs}
    taken = {name.lower(): each for name, each in counterpart.inputs.items()}  # GitHub does not tell cases apart here either
    for name, each in taken.items():
        if each.absent and name not in names and "service" in names:
            yield [], [_remark(_member(step, "uses"), each.absent)]
    for key, value in pairs:
        known = taken.get(key.value.lower())
        if known is None:
            what = f"'{key.value}' has no counterpart in {counterpart.name}"
            yield [], [_remark(key, Change(what, "Remove the line: GitHub ignores an unknown input, with a warning.", open=True))]
        elif isinstance(value, yaml.ScalarNode) and "${{" not in value.value and (change := known.literal(value.value)):
            edits = [_replaced(text, value, change.value)] if change.value is not None else []
            edits += [_replaced(text, key, change.name)] if change.name else []
            yield edits, [_remark(key, change)]


def _scripts(text: str, step: Any) -> Iterator[Remark]:
    run = _member(step, "run")
    if not isinstance(run, yaml.ScalarNode):
        return
    for pattern, what, hint in SCRIPTS:
        for found in re.finditer(pattern, text[run.start_mark.index : run.end_mark.index]):
            offset = run.start_mark.index + found.start()
            start = text.rfind("\n", 0, offset) + 1
            if not text[start:offset].lstrip().startswith("#"):
                yield Remark(text.count("\n", 0, offset) + 1, offset - start + 1, what, hint, open=True)


def _remark(node: Any, change: Change) -> Remark:
    return Remark(node.start_mark.line + 1, node.start_mark.column + 1, change.what, change.hint, change.open)


def _applied(text: str, edits: list[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
