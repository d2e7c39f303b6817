"""Reads a manifest: its syntax, its schema, and the rules that no schema can say. All faults are reported at once, each with its line."""

from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from credex_actions.core.documentation import page_at
from credex_actions.core.documents.document import Document, parse, read_text
from credex_actions.core.documents.schema_faults import DIALECT, MOST_FAULTS, faults_of_form
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rotation.manifest.model import Manifest

PAGE: Final = page_at("docs/reference/rotation-manifest.md")
LARGEST: Final = 4 << 20
"""Bytes: hundreds of credentials."""


class ReadManifest(NamedTuple):
    manifest: Manifest
    document: Document


@cache
def schema() -> dict[str, Any]:
    """The published schema, docs/schemas/rotation-manifest.json."""
    drawn = msgspec.json.schema(Manifest)
    return {"$schema": DIALECT, "title": "rotate-secrets manifest", **drawn}


def read_manifest(path: str) -> ReadManifest:
    """Raises Failure(BAD_INPUT) with every fault that can be reported at once."""
    begin = "To begin with what is found in AWS: credex-actions rotate-secrets --mode init"
    document = parse(read_text(path, "manifest", LARGEST, begin), path)
    faults = _of_schema(document)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults[:MOST_FAULTS])
    manifest = msgspec.convert(document.value, Manifest)
    from credex_actions.rotation.manifest.rules import faults_of

    faults = list(faults_of(manifest, document))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults[:MOST_FAULTS])
    return ReadManifest(manifest, document)


def _of_schema(document: Document) -> list[Fault]:
    if not isinstance(document.value, dict):
        return [
            document.fault(
                (), "is not a manifest, which is a mapping with credentials", f"{page_at('docs/how-to/rotate-secrets.md')} shows one."
            )
        ]
    return faults_of_form(document, schema(), PAGE)
