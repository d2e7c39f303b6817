"""Texts of findings as they may be shown anywhere: plain, of bounded length, and without what has the shape of a secret.

Names, tags and log lines are strangers' texts. What a check has not recognised as a secret is recognised here, by its shape; what the run itself
knows, by the runner's own redaction.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import isfinite
from typing import Final

from credex_actions.core.secret import HIDDEN
from credex_actions.core.text import one_line, plain
from credex_actions.ecs.definition.secrets.shapes import SHAPES, Shape
from credex_actions.maintenance.finding import Chart, Finding, Place, Ran

LINE: Final = 300
TEXT: Final = 4000
UNIT: Final = 20
NO_SECRETS: Final = frozenset(("an AWS access key",))
"""The id of a key, by which a finding names it; the key itself is another text. Source: AWS docs, "Manage access keys for IAM users"."""
REST_OF_KEY: Final = r"[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|\Z)"
REST_OF_BASE64: Final = r"[A-Za-z0-9+/=_-]*(?:(?:\s{1,9}[A-Za-z0-9+/_-]{60,})+(?:\s{1,9}[A-Za-z0-9+/=_-]+)?)?"
"""On one line, or on lines of 64 or 76 characters, of which the last is shorter."""
RESTS: Final = {
    "a private key": REST_OF_KEY,
    "a private key in base64": REST_OF_BASE64,
    "a key of a Google service account": REST_OF_BASE64,
}
"""Of shapes that are told by how they begin."""
OF_ADDRESS: Final = "a URL with a password"


def cleaner(redact: Callable[[str], str]) -> Callable[[str, int], str]:
    """A text, and its greatest length, to what may be shown of it."""

    def clean(text: str, limit: int) -> str:
        shown = without_secrets(redact(plain(redact(text))))
        return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"

    return clean


def without_secrets(text: str) -> str:
    found = _hits(text)
    for shape in _shapes() if found else ():
        if not found.isdisjoint(shape.marks):
            text = pattern_of(shape).sub(f"://{HIDDEN}@" if shape.what == OF_ADDRESS else HIDDEN, text)
    return text


def _hits(text: str) -> frozenset[str]:
    """The marks that are in it. Nearly every text has none, and there may be a million of them."""
    low = text.lower()
    return frozenset([mark for mark in _marks() if mark in low])


@cache
def _shapes() -> tuple[Shape, ...]:
    return tuple(each for each in SHAPES if each.what not in NO_SECRETS)


@cache
def _marks() -> tuple[str, ...]:
    return tuple(dict.fromkeys(mark for each in _shapes() for mark in each.marks))


@cache
def pattern_of(shape: Shape) -> re.Pattern[str]:
    """All of the secret, not only what tells it."""
    return re.compile(f"(?:{shape.pattern}){RESTS[shape.what]}" if shape.what in RESTS else shape.pattern)


def cleaned_finding(finding: Finding, redact: Callable[[str], str]) -> Finding:
    place = finding.place
    lines = (finding.title, finding.account, finding.region, finding.owner, finding.key)
    texts = (*lines, finding.resource, place.file if place else "", finding.why.replace("\n", " "), finding.fix.replace("\n", " "))
    whole = " ".join(filter(None, texts))
    if max(map(len, texts)) <= LINE and "  " not in whole and whole == whole.strip() and _is_clean(whole, redact):
        return finding
    return _searched(finding, redact)


def _searched(finding: Finding, redact: Callable[[str], str]) -> Finding:
    clean, place = cleaner(redact), finding.place
    return replace(
        finding,
        resource=one_line(clean(finding.resource, TEXT), TEXT),
        key=one_line(clean(finding.key, TEXT), TEXT),
        title=one_line(clean(finding.title, LINE), LINE),
        why=clean(finding.why, TEXT),
        fix=clean(finding.fix, TEXT),
        account=one_line(clean(finding.account, LINE), LINE),
        region=one_line(clean(finding.region, LINE), LINE),
        owner=one_line(clean(finding.owner, LINE), LINE),
        place=place and Place(file=one_line(clean(place.file, TEXT), TEXT), line=place.line),
    )


def _is_clean(text: str, redact: Callable[[str], str]) -> bool:
    return text.isascii() and text.isprintable() and redact(text) == text and not _hits(text)


def cleaned_ran(ran: Ran, redact: Callable[[str], str]) -> Ran:
    account, region, *absent = (cleaned_name(each, redact) for each in (ran.account, ran.region, *ran.absent))
    return replace(ran, why=one_line(cleaner(redact)(ran.why, LINE * 2), LINE * 2), account=account, region=region, absent=tuple(absent))


def cleaned_chart(chart: Chart, redact: Callable[[str], str]) -> Chart:
    clean = cleaner(redact)
    points = tuple((one_line(clean(label, LINE), LINE), value) for label, value in chart.points if isfinite(value))
    return replace(chart, title=one_line(clean(chart.title, LINE), LINE), unit=one_line(clean(chart.unit, UNIT), UNIT), points=points)


def cleaned_note(note: tuple[str, str], redact: Callable[[str], str]) -> tuple[str, str]:
    return note[0], one_line(cleaner(redact)(note[1], LINE * 2), LINE * 2)


def cleaned_kept(kept: Mapping[str, Sequence[str]], redact: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Whole: a text that was cut would not be found again by the next run."""

    def clean(text: str) -> str:
        return without_secrets(redact(plain(redact(text))))

    return {clean(name): tuple(map(clean, values)) for name, values in kept.items()}


def cleaned_name(name: str, redact: Callable[[str], str]) -> str:
    return one_line(cleaner(redact)(name, LINE), LINE)
