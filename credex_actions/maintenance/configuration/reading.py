"""Reads maintenance.yml: its syntax, its schema, and the rules that no schema can say. All faults are reported at once, each with its line."""

import os
from collections.abc import Mapping
from datetime import date
from shlex import quote
from typing import Any, Final, NamedTuple

import msgspec

from credex_actions.core.documentation import page_at
from credex_actions.core.documents.document import Document, parse, read_text
from credex_actions.core.documents.schema_faults import DIALECT, MOST_FAULTS, faults_of_form
from credex_actions.core.faults import Exit, Failure
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.configuration.model import Configuration
from credex_actions.maintenance.configuration.rules import faults_of

PAGE: Final = page_at("docs/reference/maintenance-configuration.md")


class ReadConfiguration(NamedTuple):
    configuration: Configuration
    document: Document  # as it is written, for faults that are found later

    def path(self, relative: str) -> str:
        """Paths in the file begin at its folder."""
        return os.path.normpath(os.path.join(os.path.dirname(self.document.file), relative))


def _text(path: str) -> str:
    return read_text(path, "config", begin=f"To begin with the account of these credentials: echo '{{}}' >{quote(path)}")


def schema(checks: Mapping[str, Check]) -> dict[str, Any]:
    """The published schema, docs/schemas/maintenance.json: settings are those that the checks declare."""
    drawn = msgspec.json.schema(Configuration)
    members = drawn["$defs"]["Configuration"]["properties"]
    of_checks = members["checks"]
    del of_checks["additionalProperties"]
    of_checks |= {"properties": {name: _settings(check) for name, check in checks.items() if check.settings}, "additionalProperties": False}
    return {"$schema": DIALECT, "title": "Configuration of the maintenance report: maintenance.yml", **drawn}


def _settings(check: Check) -> dict[str, Any]:
    members = {
        name: {"type": "number", "description": each.says, "minimum": each.least, "maximum": each.most, "default": each.default}
        for name, each in check.settings.items()
    }
    return {"type": "object", "description": check.title, "properties": members, "additionalProperties": False}


def read_configuration(path: str, checks: Mapping[str, Check], today: date) -> ReadConfiguration:
    """Raises Failure(BAD_INPUT) with every fault that can be reported at once. `today`: by which an acceptance is too far away."""
    document = parse(_text(path), path)
    if not isinstance(document.value, dict):
        what = "is not a configuration of the maintenance report, which is a mapping"
        raise Failure(Exit.BAD_INPUT, document.fault((), what, f"See {PAGE}."))
    faults = faults_of_form(document, schema(checks), PAGE)
    if not faults:
        faults += faults_of(msgspec.convert(document.value, Configuration), document, checks, today)
    if faults:
        raise Failure(Exit.BAD_INPUT, *sorted(faults, key=lambda fault: (fault.line, fault.column))[:MOST_FAULTS])
    return ReadConfiguration(msgspec.convert(document.value, Configuration), document)
