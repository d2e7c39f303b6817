"""The variables of a plan: public ones become arguments, secret ones the environment of Terraform and nothing else."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from credex_actions.core.faults import Fault
from credex_actions.core.secret import Secret
from credex_actions.core.text import one_line

NAME: Final = re.compile(r"[^\W\d][\w-]*")
"""Source: Terraform, "Identifiers"."""

FROM_THE_START: Final = ("terraform.tfvars", "terraform.tfvars.json")
LARGEST: Final = 1 << 20


def arguments(variables: Mapping[str, str], files: Sequence[str]) -> list[str]:
    """In Terraform's order of precedence: a single value wins over a file."""
    return [*(f"-var-file={os.path.abspath(file)}" for file in files), *(f"-var={name}={value}" for name, value in variables.items())]


def environment(secrets: Mapping[str, Secret]) -> dict[str, str]:
    return {f"TF_VAR_{name}": value.reveal() for name, value in secrets.items()}


def faults(public: Mapping[str, str], secret: Mapping[str, Secret], files: Sequence[str], directory: str) -> Iterator[Fault]:
    for where, names in (("vars", public), ("secret-vars", secret)):
        for name in names:
            if not NAME.fullmatch(name):
                yield Fault(f"'{one_line(name, 60)}' is not the name of a variable", "Write name=value, one variable a line.", where)
    for name in secret:
        if name in public:
            yield Fault(f"{name} is also in vars, which wins", "Name it once.", "secret-vars")
    for file in files:
        if not os.path.isfile(file):
            inside = os.path.join(directory, file)
            hint = f"Did you mean {inside}? " if os.path.isfile(inside) else ""
            yield Fault("does not exist", f"{hint}The path is relative to the working directory of this step.", "var-files", file)
    yield from _overruled(secret, files, directory)


def _overruled(secret: Mapping[str, Secret], files: Sequence[str], directory: str) -> Iterator[Fault]:
    """A variable from the environment loses against each file that Terraform reads: the secret would not be what is used."""
    if not secret:
        return
    try:
        own = [
            name for name in sorted(os.listdir(directory)) if name in FROM_THE_START or name.endswith((".auto.tfvars", ".auto.tfvars.json"))
        ]
    except OSError:
        own = []
    for path in (*(os.path.join(directory, name) for name in own), *files):
        for name, line in _names_in(path):
            if name in secret:
                what = f"{name} is also set here, and Terraform prefers a file to what secret-vars provides"
                yield Fault(what, "Remove it from the file.", "secret-vars", os.path.normpath(path), line)


def _names_in(path: str) -> Iterator[tuple[str, int]]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(LARGEST)
    except OSError:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if match := re.match(r'\s*"?([^\W\d][\w-]*)"?\s*[=:]', line):
            yield match[1], number
