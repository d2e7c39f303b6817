"""`{environment}` in the texts of the configuration: one file for all environments."""

import re
from collections.abc import Iterator
from typing import Any, Final

from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.core.text import nearest

NAME: Final = "environment"
PLACEHOLDER: Final = "{environment}"
LIKE_ONE: Final = re.compile(r"\{([A-Za-z_-]{3,20})\}")
FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
CYPHER: Final = "query"
"""Braces are Cypher's own there; `{environment}` alone is filled."""


def faults_of_environment(document: Document, environment: str) -> Iterator[Fault]:
    if environment and not FORM.fullmatch(environment):
        yield Fault("is not the name of an environment", "Use letters, digits, dots, dashes and underscores, 63 at most.", NAME)
    for path, text in _texts(document.value):
        if PLACEHOLDER in text and not environment:
            yield document.fault(path, f"has {PLACEHOLDER}, and no environment is given", "Set the input environment.")
        elif path[-1:] != (CYPHER,):
            for word in LIKE_ONE.findall(text):
                if word != NAME and nearest(word, [NAME]):
                    yield document.fault(path, f"has an unknown placeholder {{{word}}}", f"Did you mean {PLACEHOLDER}?")


def filled(value: Any, environment: str) -> Any:
    """`value` with the environment in its texts. Names of members are no texts: `{environment}` stays in them as it is."""
    if isinstance(value, str):
        return value.replace(PLACEHOLDER, environment)
    if isinstance(value, list):
        return [filled(each, environment) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, environment) for name, each in value.items()}
    return value


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _texts(each, (*path, at))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, (*path, name))
