"""What user data say: by what they are told apart, and how two of them differ. Pure."""

from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Final

from credex_actions.rollout.user_data.showing import ends_of, told

LARGEST: Final = 16_384
"""Bytes. Source: Amazon EC2 User Guide, "Run commands when you launch an EC2 instance with user data input": 16 KB, before base64."""
SHORT: Final = 12
AROUND: Final = 2
"""Unchanged lines before and after a change."""
ENDS_DIFFER: Final = "line ends differ"


def digest(user_data: bytes) -> str:
    """What they are known by, in tags and in the names of launch templates: the whole SHA-256, so that nobody makes others that pass for them."""
    return sha256(user_data).hexdigest()


def short(which: str) -> str:
    """A digest as a person is told it: enough to tell two apart."""
    return which[:SHORT]


def wanted(own: bytes, configured: bytes | None) -> bytes:
    """What an instance is to have. A newline at the end, which an editor adds and Terraform does not, is no reason to stop a database."""
    return own if configured is None or configured.rstrip(b"\n") == own.rstrip(b"\n") else configured


def difference(old: bytes, new: bytes, redact: Callable[[str], str]) -> tuple[str, ...]:
    """The lines of a unified diff, without its two first ones. Only what is surely harmless is shown; of others their numbers."""
    try:
        before, after = old.decode().removesuffix("\n").split("\n"), new.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        return (f"user data that are not text cannot be compared: {len(old):,} bytes before, {len(new):,} after",)
    if before == after:
        return ()
    if [line.rstrip("\r") for line in before] == [line.rstrip("\r") for line in after]:
        return (f"{ENDS_DIFFER}: {_ends(old)} before, {_ends(new)} after",)
    ends = ends_of([*before, *after])
    return tuple(redact(line) for line in _unified(before, after, ends))


def _unified(before: list[str], after: list[str], ends: frozenset[str]) -> Iterator[str]:
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(AROUND):
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@"
        for what, old_from, old_to, new_from, new_to in group:
            if what == "equal":
                yield from (f" {told(after[at], at + 1, ends)}" for at in range(new_from, new_to))
                continue
            yield from (f"-{told(before[at], at + 1, ends)}" for at in range(old_from, old_to))
            yield from (f"+{told(after[at], at + 1, ends)}" for at in range(new_from, new_to))


def _span(start: int, end: int) -> str:
    """As unified diffs have it: the first line and how many."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + (length > 0)},{length}"


def _ends(text: bytes) -> str:
    with_return = text.count(b"\r\n")
    if not with_return:
        return "LF"
    return "CRLF" if with_return == text.count(b"\n") else "some CRLF, some LF"


def counted(lines: tuple[str, ...]) -> str:
    """How much changes, in words."""
    if lines and lines[0].startswith(ENDS_DIFFER):
        return lines[0]
    added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    told = [f"{number} line{'' if number == 1 else 's'} {what}" for number, what in ((added, "added"), (removed, "removed")) if number]
    return ", ".join(told) or "not comparable"
