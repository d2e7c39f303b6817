"""Reads a JSON or YAML document that a user wrote, and knows where each value is in it.

JSON is read by the standard library, YAML by PyYAML with the scalars of YAML 1.2's core schema: `yes`, `on` and `012` stay the text
and the number that they look like. Places are worked out only once something is wrong.
"""

import os
from codecs import BOM_UTF8
from typing import Any, Final, NamedTuple

from credex_actions.core.documents.places import Path, Spot, json_path
from credex_actions.core.faults import Exit, Failure, Fault

LARGEST_DOCUMENT: Final = 1 << 20
"""Bytes. ECS takes 64 KiB of task definition, CodeDeploy 100 KB of AppSpec; nobody writes a megabyte manually."""


class Document(NamedTuple):
    value: Any
    text: str
    file: str
    yaml: bool

    def fault(self, path: Path, what: str, hint: str = "", *, at_key: bool = False) -> Fault:
        """A fault of this document at `path`: its JSON path, its line and column. What is absent is placed at what would hold it."""
        spots = self.spots()
        near = path
        while near and near not in spots:
            near = near[:-1]
        spot = spots.get(near, Spot((1, 1), (1, 1)))
        line, column = spot.key if at_key and near == path else spot.value
        return Fault(what, hint, json_path(path), self.file, line, column)

    def spots(self) -> dict[Path, Spot]:
        if self.yaml:
            from credex_actions.core.documents.yaml_text import spots

            return spots(self.text)
        from credex_actions.core.documents.json_text import spots as json_spots

        return json_spots(self.text)


def read_text(path: str, where: str, largest: int = LARGEST_DOCUMENT, begin: str = "") -> str:
    """The text of the file at `path`; `where` names the input in a fault. `begin`: how to get a first one, in a sentence. Raises Failure(BAD_INPUT)."""

    def bad(what: str, hint: str) -> Failure:
        return Failure(Exit.BAD_INPUT, Fault(what, hint, where, path))

    try:
        if os.path.exists(path) and not os.path.isfile(path):
            kind = "a directory" if os.path.isdir(path) else "not a regular file"
            raise bad(f"is {kind}", "Provide the path of a file.")
        with open(path, "rb") as file:
            raw = file.read(largest + 1).removeprefix(BOM_UTF8)  # the codec utf-8-sig would be a module more
    except FileNotFoundError:
        raise bad("the file does not exist", " ".join(filter(None, (_where_we_are(path), begin)))) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise bad(f"cannot be read: {reason}", "Provide the path of a readable file.") from None
    if len(raw) > largest:
        raise bad(f"is larger than {largest:,} bytes", "Check that it is the right file; it was not read further.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        fault = Fault("is not UTF-8 text", "Save the file as UTF-8.", where, path, line, column)
        raise Failure(Exit.BAD_INPUT, fault) from None
    if "\0" in text:
        raise bad("contains NUL characters: it is binary or UTF-16", "Save the file as UTF-8.")
    if not text.strip():
        raise bad("is empty", begin or "Provide the file with the document; did the previous step write it?")
    return text


def _where_we_are(path: str) -> str:
    if os.path.isabs(path):
        return "Check the path; did an earlier step of the same job write the file?"
    try:
        return f"The path is relative to {os.getcwd()}; is the repository checked out (in Actions by `uses: actions/checkout@v5`, in a step before this one)?"
    except FileNotFoundError:
        return "The working directory of this step no longer exists: did an earlier step remove it, or check out again?"


def read_document(path: str, where: str) -> Document:
    """The document in the file at `path`. Raises Failure(BAD_INPUT) with every fault of its syntax that can be reported at once."""
    return parse(read_text(path, where), path)


def parse(text: str, file: str) -> Document:
    """`.json` is JSON, `.yml` and `.yaml` are YAML; anything else is JSON where it begins with a brace or bracket."""
    extension = os.path.splitext(file)[1].lower()
    if extension in {".yml", ".yaml"} or (extension != ".json" and text.lstrip()[:1] not in {"{", "["}):
        from credex_actions.core.documents.yaml_text import load

        return Document(load(text, file), text, file, yaml=True)
    from credex_actions.core.documents.json_text import load as load_json

    return Document(load_json(text, file), text, file, yaml=False)


def parse_pairs(text: str) -> list[tuple[str, str]] | None:
    """`text` as a JSON or YAML mapping of names to scalars, each value as it is written (`1.10` stays `1.10`); else None."""
    from credex_actions.core.documents import json_text

    if text.lstrip().startswith("{"):
        found = json_text.pairs(text)
        if found is not None or all("=" in line for line in text.split("\n") if line.strip()):
            return found
    from credex_actions.core.documents import yaml_text

    return yaml_text.pairs(text)
