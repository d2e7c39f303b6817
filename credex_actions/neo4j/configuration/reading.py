"""Reads neo4j.yml: its syntax, its placeholders, its schema, and the rules that no schema can say. All faults are reported at once, each with its line."""

from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from credex_actions.core.documentation import page_at
from credex_actions.core.documents.document import Document, parse, read_text
from credex_actions.core.documents.schema_faults import DIALECT, MOST_FAULTS, faults_of_form
from credex_actions.core.faults import Exit, Failure
from credex_actions.neo4j.configuration.environment import faults_of_environment, filled
from credex_actions.neo4j.configuration.model import Configuration
from credex_actions.neo4j.configuration.rules import faults_of

PAGE: Final = page_at("docs/reference/neo4j-configuration.md")
EXAMPLE: Final = page_at("examples/credex-core/neo4j.yml")


class ReadConfiguration(NamedTuple):
    configuration: Configuration
    document: Document  # as it is written, for faults that are found later


@cache
def schema() -> dict[str, Any]:
    """The published schema, docs/schemas/neo4j.json."""
    return {"$schema": DIALECT, "title": "Configuration of the databases: neo4j.yml", **msgspec.json.schema(Configuration)}


def read_configuration(path: str, environment: str = "") -> ReadConfiguration:
    """`environment` stands for `{environment}`. Raises Failure(BAD_INPUT) with every fault that can be reported at once."""
    document = parse(read_text(path, "config", begin=f"To begin with an example: {EXAMPLE}"), path)
    if not isinstance(document.value, dict):
        what = "is not a configuration of databases, which is a mapping with databases"
        raise Failure(Exit.BAD_INPUT, document.fault((), what, f"See {PAGE}."))
    faults = list(faults_of_environment(document, environment))
    meant = document._replace(value=filled(document.value, environment or "environment"))
    faults += faults_of_form(meant, schema(), PAGE)
    if not faults:
        faults += faults_of(msgspec.convert(meant.value, Configuration), meant)
    if faults:
        raise Failure(Exit.BAD_INPUT, *sorted(faults, key=lambda fault: (fault.line, fault.column))[:MOST_FAULTS])
    return ReadConfiguration(msgspec.convert(meant.value, Configuration), document)
