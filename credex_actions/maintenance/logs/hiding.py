"""Takes out of a line of a log whatever has the shape of a secret."""

import re
from collections.abc import Callable
from typing import Final

from credex_actions.core.secret import HIDDEN
from credex_actions.ecs.definition.secrets.shapes import SHAPES, Shape
from credex_actions.maintenance.reporting.cleaning import RESTS, pattern_of

ASSIGNED: Final = r"[\w-]{0,60}\\{0,3}[\"']?\s{0,9}[:=]\s{0,9}"
KEPT: Final = re.compile(
    rf"((?:password|passwd|passphrase|pwd|secret|token|credential|api[-_]?key|access[-_]?key){ASSIGNED})"
    r"(?:(?:Bearer|Basic|Token|ApiKey)\s+\S+|\\{1,3}[\"'][^\"']*(?:[\"']|\Z)|\"(?:[^\"\\]|\\.)*(?:\"|\\?\Z)|'(?:[^'\\]|\\.)*(?:'|\\?\Z)|[^\s,;&}]+)",
    re.IGNORECASE | re.DOTALL,
)
"""A value behind a name that says what it is. In a log more is hidden than need be: nobody runs a service by its samples."""
HEADERS: Final = re.compile(rf"((?:authorization|cookie){ASSIGNED})[^\r\n]+", re.IGNORECASE)
"""A scheme that anybody may invent, and pairs of names that anybody may give: where the secret begins and ends cannot be told."""
MARKS: Final = ("pass", "pwd", "secret", "token", "key", "credential")
OF_HEADERS: Final = ("authorization", "cookie")
WHOLE: Final = tuple(shape for shape in SHAPES if shape.what in RESTS)
PARTS: Final = tuple(shape for shape in SHAPES if shape.what not in RESTS)


def hidden(line: str, redact: Callable[[str], str]) -> str:
    """`redact`: the runner's, which knows the secrets of the run."""
    line = redact(line)
    low = line.lower()
    line = _without(WHOLE, line, low)  # first, since of a key that has a name only the first word would be taken for its value
    if any(mark in low for mark in OF_HEADERS):
        line = HEADERS.sub(rf"\1{HIDDEN}", line)
    if any(mark in low for mark in MARKS):
        line = KEPT.sub(rf"\1{HIDDEN}", line)
    return _without(PARTS, line, low)


def _without(shapes: tuple[Shape, ...], line: str, low: str) -> str:
    for shape in shapes:
        if any(mark in low for mark in shape.marks):
            line = pattern_of(shape).sub(HIDDEN, line)
    return line
