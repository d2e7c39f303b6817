"""A task definition with its placeholders filled, and what there is to say of those that cannot be."""

from typing import Any, Final, NamedTuple

from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.core.text import suggester
from credex_actions.ecs.definition.registration import clean, wrapping
from credex_actions.ecs.rendering.given_values import GivenValues
from credex_actions.ecs.rendering.placeholders import EVERY, Filled, fill

WANTED: Final = {
    "integer": ("a whole number", "Use digits only, without a unit or leading zeros."),
    "boolean": ("true or false", "Use one of the two."),
}

GIVE: Final = "Provide {name} in values, secret-values or values-from-env."


class Filling(NamedTuple):
    """`definition`: RegisterTaskDefinition's parameters. `used`: names of the values that went into it."""

    definition: dict[str, Any]
    used: frozenset[str]
    faults: list[Fault]


def filled(source: Document, values: GivenValues, kept: tuple[str, ...], *, template: bool) -> Filling:
    """`source`, which holds a mapping, with its placeholders filled. `template`: somebody wrote it to be filled; else it holds what a revision of ECS holds."""
    found = fill(clean(source.value), values.texts, values.secret, kept if template else (*kept, EVERY))
    return Filling(found.value, found.used, _faults(source, found, frozenset(values.texts) - found.used))


def _faults(source: Document, found: Filled, idle: frozenset[str]) -> list[Fault]:
    """`idle`: names that a value is given for and that stand nowhere: one of them may be a placeholder's, misspelt."""
    top = wrapping(source.value)
    kinds = {each.path: each.kind for each in found.untyped}
    suggested = suggester()

    def remedy(path: Path, name: str) -> str:
        guess = suggested(name, idle) if idle else None
        misspelt = f"{guess} is set, but nothing uses it. Did you mean {name}? " if guess else ""
        return misspelt + (_remedy(name) if path not in kinds else GIVE.format(name=name))

    faults = [source.fault((*top, *path), f"no value is provided for ${{{name}}}", remedy(path, name)) for path, name in found.unfilled]
    for path in found.doubled:
        what = "becomes the same name as another one here"
        faults.append(source.fault((*top, *path), what, "Only one of them would be used: provide another value.", at_key=True))
    for path, name, kind in found.untyped:
        what, hint = WANTED[kind]
        if name in found.used:
            faults.append(source.fault((*top, *path), f"must be {what}, and the value of {name} is not", hint))
        elif (path, name) not in found.unfilled:
            faults.append(source.fault((*top, *path), f"must be {what}, which ${{{name}}} is not if it is kept", GIVE.format(name=name)))
    return faults


def _remedy(name: str) -> str:
    return (
        f"{GIVE.format(name=name)} If the container itself expands it, write $${{{name}}}, or list it in keep-placeholders; "
        'keep-placeholders: "*" is for a file that was already rendered.'
    )
