"""The databases that a command works on: those of neo4j.yml that were asked for, with the instances of a group as a database each."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.documents.document import Document
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed, nearest
from credex_actions.databases.finding import ELSEWHERE, in_words, instances_with, tags_of
from credex_actions.neo4j.configuration.groups import BETWEEN, TAG, Member, NameFault, entry_of, is_group, members, stands_for
from credex_actions.neo4j.configuration.model import Database

SHOWN: Final = 10
"""Names of instances in a message."""


def chosen(
    clients: Clients, asked: Mapping[str, Database], document: Document, missed: Callable[[Fault], None] | None = None
) -> dict[str, Database]:
    """By name, in the order of `asked`: databases, groups and members of groups, as they were asked for (groups.asked_for). `missed`: is told of another number of
    instances than is configured, where that stops nothing: what looks at the others, or leads them back, is wanted most when one is gone.

    Raises Failure with every fault of all groups: another number of instances than is configured, names that are not distinct, a member that does not exist.
    """
    found: dict[str, Database] = {}
    faults: list[Fault] = []
    groups: dict[str, Mapping[str, Member]] = {}
    for word, database in asked.items():
        entry = entry_of(word)
        if not is_group(database):
            found[word] = database
            continue
        try:
            if entry not in groups:
                groups[entry] = _members(clients, entry, database, document, missed)
        except Failure as failure:
            groups[entry] = {}
            faults += failure.faults
            continue
        those = {name: each for name, each in groups[entry].items() if stands_for(word, name)}
        if not those and groups[entry]:
            faults.append(_no_member(word, tuple(groups[entry])))
        found |= those
    faults += _of_two(found, document)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return found


def _of_two(found: Mapping[str, Database], document: Document) -> Iterator[Fault]:
    """What two databases cannot share: an instance that is in two groups, an address that both would write."""
    owners: dict[tuple[str, str], str] = {}
    for name, database in found.items():
        of_member = {"instances": database.instance} if isinstance(database, Member) else {}
        addresses = {
            key: value for key, value in (("url", database.url), ("url-parameter", database.url_parameter)) if isinstance(value, str)
        }
        for key, value in (of_member | addresses).items():
            other = owners.setdefault((key, value), name)
            if other != name:
                where = ("databases", entry_of(name), key)
                yield document.fault(
                    where,
                    f"is that of two databases, {other} and {name}: {value}",
                    "Correct the tags, or the configuration, so that each has its own.",
                )


def _members(
    clients: Clients, name: str, database: Database, document: Document, missed: Callable[[Fault], None] | None
) -> Mapping[str, Member]:
    """Of one group. Raises Failure."""
    try:
        records = instances_with(clients, database.instances.tags)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error) from None
    tagged = {record["InstanceId"]: tags_of(record).get(TAG, "") for record in records}
    if fault := _another_number(name, database, tagged, document):
        if missed is None or not tagged:
            raise Failure(Exit.BAD_INPUT, fault)
        missed(fault)
    try:
        return members(name, database, tagged)
    except NameFault as wrong:
        raise Failure(Exit.BAD_INPUT, document.fault(("databases", name, "instances"), f"is ambiguous: {wrong}", wrong.hint)) from None


def _another_number(name: str, database: Database, tagged: Mapping[str, str], document: Document) -> Fault | None:
    count, found = database.instances.count, len(tagged)
    if found == count:
        return None
    each = f"{found} instance{' has' if found == 1 else 's have'}" if found else "no instance has"
    which = f": {listed(list(_shown(tagged)))}" if tagged else ""
    hint = "Correct it, or the tags of the instances: one too many may hold an older copy, and one that is missing would not be changed."
    return document.fault(
        ("databases", name, "instances", "count"),
        f"is {count}, and {each} the tags {in_words(database.instances.tags)}{which}",
        hint if tagged else ELSEWHERE,
    )


def _shown(tagged: Mapping[str, str]) -> Iterator[str]:
    yield from sorted(tagged)[:SHOWN]
    if len(tagged) > SHOWN:
        yield f"{len(tagged) - SHOWN} more"


def _no_member(word: str, known: tuple[str, ...]) -> Fault:
    guess = nearest(word, known)
    more = f", and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    hint = f"Did you mean {guess}?" if guess else f"It has {listed(list(known[:SHOWN]))}{more}."
    return Fault(f"{word}: the group {entry_of(word)} has no instance {word.partition(BETWEEN)[2]}", hint, "databases")
