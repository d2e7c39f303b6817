"""The second line of defence: whatever is printed has the run's known secrets cut out, in the forms in which they travel."""

import json
from collections.abc import Iterator
from typing import Final

from credex_actions.core.faults import Fault
from credex_actions.core.secret import HIDDEN
from credex_actions.core.text import uncommanded_json

SHORTEST: Final = 4
"""Characters. Hiding anything shorter, a secret as well as a line of one (`}`, `],`), would blot out everything else."""


def maskable(secret: str) -> Iterator[str]:
    """What has to be hidden so that `secret` shows nowhere: a one-line value itself, each telling line of a longer one."""
    return (line for line in map(str.strip, secret.splitlines()) if len(line) >= SHORTEST)


def short(name: str, secret: str, where: str) -> Iterator[Fault]:
    """The warning that `secret` is too short to be hidden in a log, or is not there at all."""
    if not secret.strip():
        yield Fault(
            f"the secret {name} is empty",
            "Is it set, and in this environment? GitHub replaces an unknown secret with an empty string.",
            where,
        )
    elif not any(True for _ in maskable(secret)):
        what = (
            f"the secret {name} has fewer than {SHORTEST} characters: it is not masked in the log, since that would make the log unreadable"
        )
        yield Fault(what, "Use a longer one.", where)


class Redactor:
    """Knows the secrets of a run, and takes them out of text: plain, JSON-escaped, URL-encoded and base64-encoded."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._longest_first: list[str] = []

    def learn(self, secret: str) -> list[str]:
        """Remember `secret`; answers the parts that were not known before."""
        fresh = [part for part in dict.fromkeys(maskable(secret)) if part not in self._forms]
        for part in fresh:
            self._forms.update(_forms(part))
        if "\n" in secret.strip():
            self._forms.update(form for form in _forms(secret.strip()) if "\n" not in form)
        self._longest_first = sorted(self._forms, key=len, reverse=True)
        return fresh

    def redact(self, text: str) -> str:
        for form in self._longest_first:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text


def in_json(part: str) -> Iterator[str]:
    """`part` as it is between the quotes of JSON, also of JSON that went through `uncommanded_json`."""
    for ascii_only in (True, False):
        form = json.dumps(part, ensure_ascii=ascii_only)[1:-1]
        yield form
        yield uncommanded_json(form)


def _forms(part: str) -> Iterator[str]:
    yield part
    yield from in_json(part)
    from binascii import b2a_base64
    from urllib.parse import quote, quote_plus

    raw = part.encode("utf-8", "surrogatepass")
    yield quote(raw, safe="")
    yield quote_plus(raw)
    yield b2a_base64(raw, newline=False).decode().rstrip("=")
