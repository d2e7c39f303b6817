"""What the user knows better: addresses to protect besides the rules, and addresses whose loss is accepted."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from credex_actions.core.documents.document import Document, read_document
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import nearest, one_line
from credex_actions.terraform.judging.finding import PLAN, Finding, Lifted
from credex_actions.terraform.judging.globs import matches
from credex_actions.terraform.rules.rule import REFUSE, WARN

KEYS: Final = ("protect", "allow")
MEMBERS: Final = ("address", "reason")
_COMMENT: Final = re.compile(r'((?:[^"#]|"(?:[^"\\]|\\.)*"|(?<![ \t])#)*?)(?:[ \t]+#(.*))?')


class Entry(NamedTuple):
    pattern: str
    reason: str
    where: Fault  # its place, for what there is to say about it


class Exceptions(NamedTuple):
    protect: tuple[Entry, ...]
    allow: tuple[Entry, ...]


def read(protect: Iterable[str], allow: Iterable[str], config: str | None) -> Exceptions:
    """Raises Failure(BAD_INPUT) with every fault of the configuration."""
    found: dict[str, list[Entry]] = {
        "protect": [_of_line(each, "protect") for each in protect],
        "allow": [_of_line(each, "allow") for each in allow],
    }
    faults = [
        Fault("names (plan) without a reason that can be reviewed", "Allow (plan) in config, as {address: (plan), reason: …}.", "allow")
        for each in found["allow"]
        if each.pattern == PLAN
    ]
    if config is not None:
        faults += _of_config(read_document(config, "config"), found)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return Exceptions(tuple(found["protect"]), tuple(found["allow"]))


def apply(exceptions: Exceptions, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings with what `allow` lifts turned into warnings, and what `protect` names refused."""
    for each in findings:
        protecting = next((entry for entry in exceptions.protect if _names(entry, each)), None)
        allowing = next((entry for entry in exceptions.allow if _names(entry, each)), None)
        if protecting and each.lifted is not Lifted.NEVER:
            because = f"; protected{f': {protecting.reason}' if protecting.reason else ''}"
            yield each._replace(severity=REFUSE, why=each.why + because)
        elif allowing and each.lifted is not Lifted.NEVER and each.refuses:
            yield each._replace(
                severity=WARN, why=f"{each.why}; allowed{f': {allowing.reason}' if allowing.reason else ' without a reason'}"
            )
        else:
            yield each


def protected(exceptions: Exceptions, *addresses: str) -> Entry | None:
    """The entry of `protect` that names any of these addresses of one resource."""
    return next((entry for entry in exceptions.protect for address in addresses if address and matches(entry.pattern, address)), None)


def unused(exceptions: Exceptions, addresses: Iterable[str], findings: Iterable[Finding]) -> Iterator[Fault]:
    """A warning for each entry that names nothing in this plan: most often a typo."""
    known = {*addresses, *(each.address for each in findings)}
    for entry in (*exceptions.protect, *exceptions.allow):
        if known and not any(matches(entry.pattern, address) for address in known):
            hint = "Check the address against terraform state list; brackets are literal, and * matches anything."
            yield entry.where._replace(what=f"{one_line(entry.pattern, 100)} names no resource of this plan", hint=hint)


def _names(entry: Entry, finding: Finding) -> bool:
    if finding.address == PLAN:
        return entry.pattern == PLAN  # `*` means all resources, and the plan is none
    return matches(entry.pattern, finding.address) or (bool(finding.also) and matches(entry.pattern, finding.also))


def _of_line(line: str, name: str) -> Entry:
    """`address`, or `address # reason`: a # inside quotes belongs to the key of an instance."""
    found = _COMMENT.fullmatch(line)
    pattern, reason = (found[1].strip(), (found[2] or "").strip()) if found else (line, "")
    return Entry(pattern, reason, Fault("", "", name))


def _of_config(document: Document, found: dict[str, list[Entry]]) -> Iterator[Fault]:
    value: Any = document.value
    if not isinstance(value, dict):
        yield document.fault((), "is not a mapping of protect and allow", "Write protect: and allow:, each a list of {address, reason}.")
        return
    for key, entries in value.items():
        if key not in KEYS:
            yield document.fault((key,), f"is not a key of this file{_meant(key, KEYS)}", "It has protect and allow.", at_key=True)
        elif not isinstance(entries, list):
            yield document.fault((key,), "is not a list", "Write a list of {address, reason}.")
        else:
            for index, entry in enumerate(entries):
                yield from _of_entry(document, (key, index), entry, found[key])


def _of_entry(document: Document, path: tuple[str, int], entry: Any, into: list[Entry]) -> Iterator[Fault]:
    if not isinstance(entry, dict):
        yield document.fault(path, "is not a mapping of address and reason", "Write {address: …, reason: …}.")
        return
    faults = [
        document.fault((*path, key), f"is not a key of an entry{_meant(key, MEMBERS)}", "An entry has address and reason.", at_key=True)
        for key in entry
        if key not in MEMBERS
    ]
    absent = "Every entry has an address, and a reason for the next reader."
    faults += [
        document.fault((*path, name), "is missing, or is not a string", absent)
        for name in MEMBERS
        if not isinstance(entry.get(name), str) or not entry[name].strip()
    ]
    yield from faults
    if not faults:
        into.append(Entry(entry["address"].strip(), entry["reason"].strip(), document.fault((*path, "address"), "")))


def _meant(key: str, known: tuple[str, ...]) -> str:
    guess = nearest(key, known)
    return f"; did you mean {guess}?" if guess else ""
