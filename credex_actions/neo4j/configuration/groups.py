"""Groups: one entry of neo4j.yml that stands for several instances, each of which has a database of its own. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from msgspec import UNSET

from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.core.text import listed, nearest
from credex_actions.neo4j.configuration.environment import CYPHER, INSTANCE, filled, texts
from credex_actions.neo4j.configuration.model import Configuration, Database

TAG: Final = "Name"
"""Its value is the second half of a member's name. An instance keeps it where it is replaced, so that its backups stay its own; without one it has its id."""
BETWEEN: Final = "/"
"""Of the two halves; no database of neo4j.yml may have it in its name."""
FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class Member(Database, frozen=True, kw_only=True):
    """A database of a group, `{instance}` filled in. `instance`: the id of the one that it is on."""

    instance: str


class NameFault(ValueError):
    """Instances of a group that cannot be told apart by name. `hint`: what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def is_group(database: Database) -> bool:
    return database.instances.count is not UNSET


def entry_of(name: str) -> str:
    """The name in neo4j.yml of a database, also of a group's member."""
    return name.partition(BETWEEN)[0]


def stands_for(word: str, name: str) -> bool:
    """Whether `word`, the name of a database or of a group, means the database `name`."""
    return word in {name, entry_of(name)}


def asked_for(words: Iterable[str], configuration: Configuration) -> dict[str, Database]:
    """The entries of `words`, the least critical first. A group, and a member of one, has the entry of the group until AWS has said which instances it has (databases/choosing.py)."""
    entries = {word: configuration.databases[entry_of(word)] for word in words}
    return dict(sorted(entries.items(), key=lambda each: each[1].order))


def unknown(words: Iterable[str], configuration: Configuration) -> Iterator[Fault]:
    """Of those that neither a database nor a group has for a name. Which members a group has, AWS alone knows."""
    databases = configuration.databases
    for word in dict.fromkeys(words):
        entry = databases.get(entry_of(word))
        if entry is None:
            guess = nearest(word, list(databases))
            hint = f"Did you mean {guess}?" if guess else f"It has {listed(list(databases))}."
            yield Fault(f"{word} is not a database of the configuration", hint, "databases")
        elif BETWEEN in word and not is_group(entry):
            what = f"{word} is not a database of the configuration: {entry_of(word)} is no group, it has no instances.count"
            yield Fault(what, f"Write {entry_of(word)}.", "databases")


def members(name: str, database: Database, tagged: Mapping[str, str]) -> dict[str, Member]:
    """By name, in its order. `tagged`: of each instance's id, its tag Name, "" without one. Raises NameFault."""
    owners: dict[str, str] = {}
    for instance, tag in sorted(tagged.items()):
        half = tag or instance
        if not FORM.fullmatch(half):
            what = f"the tag {TAG} of {instance} cannot be a part of a name"
            raise NameFault(what, "Use letters, digits, dots, dashes and underscores, 63 at most.")
        if half in owners:
            what = f"{owners[half]} and {instance} both have the tag {TAG}={half}"
            raise NameFault(what, "Their backups could not be told apart: correct one of the two tags.")
        owners[half] = instance
    return {f"{name}{BETWEEN}{half}": _member(database, half, owners[half]) for half in sorted(owners)}


def _member(database: Database, half: str, instance: str) -> Member:
    meant = filled(msgspec.to_builtins(database), half, INSTANCE)
    return msgspec.convert(meant | {"instance": instance}, Member)


def faults_of_group(database: Database, path: Path) -> Iterator[tuple[Path, str, str]]:
    """With the place of each, what is wrong, and the remedy."""
    if is_group(database):
        for key, value in (("url", database.url), ("url-parameter", database.url_parameter)):
            if isinstance(value, str) and INSTANCE not in value:
                what = f"is the same for every instance of the group: it has no {INSTANCE}"
                yield (*path, key), what, f"Add {INSTANCE}, which stands for the instance's tag {TAG}, or its id without one."
        if database.user_data is not UNSET and INSTANCE in database.user_data.file:
            what = f"has {INSTANCE}: the file is read before it is known which instances the group has"
            yield (*path, "user-data", "file"), what, "Name one file, which all of its instances have."
        return
    for where, text in texts(msgspec.to_builtins(database), path):
        if INSTANCE in text and where[-1:] != (CYPHER,):
            yield where, f"has {INSTANCE}, and the database is no group", "Set instances.count, or remove the placeholder."
