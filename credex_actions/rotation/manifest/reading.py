"""Reads a manifest: its syntax, its schema, and the rules that no schema can say. All faults are reported at once, each with its line."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from credex_actions.core.documents.document import Document, parse, read_text
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import nearest, one_line
from credex_actions.rotation.manifest.model import Manifest

if TYPE_CHECKING:
    from credex_actions.core.documents.places import Path

MOST_FAULTS: Final = 500
LARGEST: Final = 4 << 20
"""Bytes: hundreds of credentials."""


class ReadManifest(NamedTuple):
    manifest: Manifest
    document: Document


@cache
def schema() -> dict[str, Any]:
    """The published schema, docs/schemas/rotation-manifest.json."""
    drawn = msgspec.json.schema(Manifest)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "rotate-secrets manifest", **drawn}


def read_manifest(path: str) -> ReadManifest:
    """Raises Failure(BAD_INPUT) with every fault that can be reported at once."""
    document = parse(read_text(path, "manifest", LARGEST), path)
    faults = sorted(_of_schema(document), key=lambda fault: (fault.line, fault.column))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults[:MOST_FAULTS])
    manifest = msgspec.convert(document.value, Manifest)
    from credex_actions.rotation.manifest.rules import faults_of

    faults = list(faults_of(manifest, document))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults[:MOST_FAULTS])
    return ReadManifest(manifest, document)


def _of_schema(document: Document) -> Iterator[Fault]:
    if not isinstance(document.value, dict):
        yield document.fault((), "is not a manifest, which is a mapping with credentials", "docs/how-to/rotate-secrets.md shows one.")
        return
    validator = _validator()(schema())
    for error in sorted(validator.iter_errors(document.value), key=lambda each: [str(step) for step in each.absolute_path]):
        yield from _told(document, error)


@cache
def _validator() -> Any:
    """JSON Schema's own, but that a variant is chosen by what its discriminator says: so a fault is told of the variant that was meant."""

    def any_of(validator: Any, variants: list[Any], instance: Any, within: Mapping[str, Any]) -> Iterator[ValidationError]:
        chosen_by = within.get("discriminator")
        if not chosen_by:
            yield from Draft202012Validator.VALIDATORS["anyOf"](validator, variants, instance, within)
            return
        name, mapping = chosen_by["propertyName"], chosen_by["mapping"]
        if not isinstance(instance, dict):
            yield ValidationError(f"must be a mapping with '{name}'|Accepted: {', '.join(mapping)}.", validator="variant")
        elif name not in instance:
            yield ValidationError(f"'{name}' is missing|Accepted: {', '.join(mapping)}.", validator="variant")
        elif not isinstance(instance[name], str) or instance[name] not in mapping:
            given = one_line(str(instance[name]), 60)
            guess = nearest(given, list(mapping))
            meant = f"Did you mean {guess}?" if guess else f"Accepted: {', '.join(mapping)}."
            yield ValidationError(f"'{given}' is not a known '{name}'|{meant}", validator="variant", path=[name])
        else:
            yield from validator.descend(instance, {"$ref": mapping[instance[name]]})

    return extend(Draft202012Validator, {"anyOf": any_of})  # type: ignore[no-untyped-call]


def _told(document: Document, error: ValidationError) -> Iterator[Fault]:  # noqa: PLR0912 - a case for each rule of a schema
    """In our words: jsonschema's repeat the value, which a manifest should not hold as a secret, but might."""
    path: Path = tuple(error.absolute_path)
    rule: Any = error.validator_value
    schema_there: Any = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    about = schema_there.get("description", "")
    hint = f"Expected: {about.removesuffix('.')}." if about else "See docs/reference/rotation-manifest.md."
    match error.validator:
        case "additionalProperties":
            known = list(schema_there.get("properties", ()))
            for name in sorted(set(instance) - set(known)):
                guess = nearest(name, known)
                meant = f"Did you mean {guess}?" if guess else f"Known here: {', '.join(known)}."
                yield document.fault((*path, name), "unknown", meant, at_key=True)
        case "required" if isinstance(rule, list):
            for name in rule:
                if name not in instance:
                    yield document.fault(path, f"'{name}' is missing", hint, at_key=True)
        case "enum" if isinstance(rule, list):
            guess = nearest(str(error.instance), [str(each) for each in rule])
            meant = f"Did you mean {guess}?" if guess else f"It is one of {', '.join(str(each) for each in rule)}."
            yield document.fault(path, "has an unknown value", meant)
        case "variant":
            what, _, meant = error.message.partition("|")
            yield document.fault(path, what, meant)
        case "type":
            yield document.fault(path, f"must be {_ARTICLES.get(str(rule), str(rule))}", hint)
        case "pattern" if "propertyNames" in error.absolute_schema_path:
            name = one_line(str(error.instance), 60)
            yield document.fault(
                (*path, str(error.instance)),
                f"'{name}' is not a valid name",
                "Use letters, digits, dots, dashes and underscores.",
                at_key=True,
            )
        case "pattern":
            examples = ", ".join(str(each) for each in schema_there.get("examples", ()))
            form = f"Write it as {examples}." if examples else hint if about else f"The format is {rule}"
            yield document.fault(path, "does not have the expected format", form)
        case "minLength" | "minItems" | "minProperties":
            yield document.fault(path, f"is too short: at least {rule}", hint)
        case "maxLength" | "maxItems":
            yield document.fault(path, f"is too long: at most {rule}", hint)
        case "minimum" | "maximum":
            yield document.fault(path, f"is out of range: {'at least' if error.validator == 'minimum' else 'at most'} {rule}", hint)
        case _:
            yield document.fault(path, "is not valid here", hint)


_ARTICLES: Final = {
    "string": "a text",
    "object": "a mapping",
    "array": "a list",
    "integer": "a whole number",
    "boolean": "true or false",
    "number": "a number",
}
