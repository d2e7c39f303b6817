"""Placeholders of other tools that nobody filled, where no value that means something looks like one: in images, roles, names and options."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from credex_actions.core.documents.places import Path
from credex_actions.ecs.definition.misfit import WARNING, Misfit
from credex_actions.ecs.definition.parts import containers, part, parts

STYLES: Final = (
    r"\$?\{\{\s*[A-Za-z_][^{}]*\}\}",  # {{NAME}}, ${{ github.sha }}; {{.ID}} is Docker's own, in the tag of a log
    r"<%[^%]*%>",
    r"(?<![?\w])<[A-Za-z][\w .-]*>",  # <NAME>; (?<name>…) and (?P<name>…) are regular expressions
    r"%[A-Za-z_][A-Za-z0-9_]{2,}%",  # %NAME%; %d%b% is a time's format
    r"#\{[A-Za-z_][\w.]*\}#?",
    r"@[A-Z][A-Z0-9_]+@",
    r"(?<![\w])__[A-Z][A-Z0-9_]*__(?![\w])",
    r"\$\([A-Za-z_][\w.]*\)",  # $(Build.BuildId)
    r"\$[A-Z_][A-Z0-9_]+",
    r"\$\{(?![A-Za-z_]\w*\})[^{}]+\}",  # ${NAME:-default}, ${var.name}: none of ours
)
MARKS: Final = ("{", "<", "%", "$", "__")
"""Without any of these, and two @, no pattern can match: most texts have none, and a pattern that is not compiled costs no time."""

UNFILLED: Final = "Replace it before this step, or write ${NAME} and provide NAME in values."


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(STYLES))


def left_in(text: str) -> str:
    """The first placeholder of another style in `text`, as `text` shows; "" if there is none."""
    shown = str(text)
    some = any(mark in shown for mark in MARKS) or shown.count("@") > 1  # one is before every digest
    found = _pattern().search(shown) if some else None
    return found[0] if found else ""


def ours_in(text: str) -> str:
    """The first `${NAME}` in `text`, as `text` shows; "" if there is none. Where it was to be filled, rendering was left out."""
    shown = str(text)
    found = re.search(r"\$\{[A-Za-z_]\w*\}", shown) if "${" in shown else None
    return found[0] if found else ""


def any_in(text: str) -> str:
    """The first placeholder in `text` of another style, else of ours."""
    return left_in(text) or ours_in(text)


def other_placeholders(definition: Mapping[str, Any]) -> Iterator[Misfit]:
    """Rule: none of AWS's: ECS takes them, and the task fails when it starts, or logs to a group of that name. Images and roles have rules of their own."""
    for path, value in _places(definition):
        ours = isinstance(value, str) and str(path[-1]).startswith("awslogs-")  # other drivers' own variables are written like ours
        if isinstance(value, str) and (found := left_in(value) or (ours and ours_in(value))):
            yield Misfit(path, f"holds {found[:80]}, which looks like a placeholder that was not replaced", UNFILLED, grade=WARNING)


def _places(definition: Mapping[str, Any]) -> Iterator[tuple[Path, object]]:
    yield ("family",), definition.get("family")
    for path, container in containers(definition):
        yield (*path, "name"), container.get("name")
        for owner in ("logConfiguration", "firelensConfiguration"):
            for name, value in part(part(container, owner), "options").items():
                yield (*path, owner, "options", name), value
    for path, volume in parts(definition, "volumes"):
        yield (*path, "name"), volume.get("name")
        for name, value in part(part(volume, "dockerVolumeConfiguration"), "driverOpts").items():
            yield (*path, "dockerVolumeConfiguration", "driverOpts", name), value
