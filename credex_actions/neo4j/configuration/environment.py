"""Placeholders in the texts of the configuration: `{environment}`, one file for all environments, and `{instance}`, one entry for all instances of a group."""

import re
from collections.abc import Iterator
from typing import Any, Final

from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.core.text import nearest

NAME: Final = "environment"
PLACEHOLDER: Final = "{environment}"
INSTANCE: Final = "{instance}"
KNOWN: Final = (NAME, "instance")
LIKE_ONE: Final = re.compile(r"\{([A-Za-z_-]{3,20})\}")
FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
CYPHER: Final = "query"
"""Braces are Cypher's own there; the placeholders alone are filled."""


def faults_of_environment(document: Document, environment: str) -> Iterator[Fault]:
    if environment and not FORM.fullmatch(environment):
        yield Fault("is not the name of an environment", "Use letters, digits, dots, dashes and underscores, 63 at most.", NAME)
    every = list(texts(document.value))
    if not environment and (without := [path for path, text in every if PLACEHOLDER in text]):
        others = len(without) - 1
        more = f" (as {'does one more value' if others == 1 else f'do {others} more values'})" if others else ""
        yield document.fault(without[0], f"has {PLACEHOLDER}{more}, and no environment is given", "Set the input environment.")
    for path, text in every:
        if (environment or PLACEHOLDER not in text) and path[-1:] != (CYPHER,):
            for word in LIKE_ONE.findall(text):
                guess = None if word in KNOWN else nearest(word, KNOWN)
                if guess:
                    yield document.fault(path, f"has an unknown placeholder {{{word}}}", f"Did you mean {{{guess}}}?")


def filled(value: Any, by: str, placeholder: str = PLACEHOLDER) -> Any:
    """`value` with `by` in its texts. Names of members are no texts: a placeholder stays in them as it is."""
    if isinstance(value, str):
        return value.replace(placeholder, by)
    if isinstance(value, list):
        return [filled(each, by, placeholder) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, by, placeholder) for name, each in value.items()}
    return value


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from texts(each, (*path, at))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from texts(each, (*path, name))
