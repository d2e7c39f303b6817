"""Validates a document against a JSON Schema, and reports what is wrong in our words, each fault with its line."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from credex_actions.core.documents.document import Document
from credex_actions.core.faults import Fault
from credex_actions.core.text import nearest, one_line

if TYPE_CHECKING:
    from credex_actions.core.documents.places import Path

MOST_FAULTS: Final = 500
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def faults_of_form(document: Document, schema: Mapping[str, Any], page: str) -> list[Fault]:
    """All of them, in the order of their lines; `page` is the reference that describes the form."""
    validator = _validator()(schema)
    errors = sorted(validator.iter_errors(document.value), key=lambda each: [str(step) for step in each.absolute_path])
    faults = dict.fromkeys(
        fault for error in errors for fault in _told(document, error, page)
    )  # two missing members are two errors of both
    return sorted(faults, key=lambda fault: (fault.line, fault.column))


@cache
def _validator() -> Any:
    """JSON Schema's own, but that a variant is chosen by what its discriminator says, or by being a mapping: so a fault is told of the variant that was meant."""

    def any_of(validator: Any, variants: list[Any], instance: Any, within: Mapping[str, Any]) -> Iterator[ValidationError]:
        chosen_by = within.get("discriminator")
        mappings = [each for each in variants if "$ref" in each]
        if not chosen_by and isinstance(instance, dict) and len(mappings) == 1:
            yield from validator.descend(instance, mappings[0])
            return
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


def _told(document: Document, error: ValidationError, page: str) -> Iterator[Fault]:  # noqa: PLR0912 - a case for each rule of a schema
    """In our words: jsonschema's repeat the value, which a file should not hold as a secret, but might."""
    path: Path = tuple(error.absolute_path)
    rule: Any = error.validator_value
    schema_there: Any = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    about = schema_there.get("description", "")
    hint = f"Expected: {about.removesuffix('.')}." if about else f"See {page}."
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
                    what_it_is = schema_there.get("properties", {}).get(name, {}).get("description")
                    meant = f"Add {name} ({what_it_is.removesuffix('.')})." if what_it_is else hint
                    yield document.fault(path, f"'{name}' is missing", meant, at_key=True)
        case "enum" if isinstance(rule, list):
            guess = nearest(str(error.instance), [str(each) for each in rule])
            meant = f"Did you mean {guess}?" if guess else f"It is one of {', '.join(str(each) for each in rule)}."
            yield document.fault(path, "has an unknown value", meant)
        case "variant":
            what, _, meant = error.message.partition("|")
            yield document.fault(path, what, meant)
        case "type":
            wanted = _ARTICLES.get(str(rule), str(rule))
            yield document.fault(path, f"must be {wanted}", f"Set it to {wanted} ({about.removesuffix('.')})." if about else hint)
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
            yield document.fault(path, f"is too short: at least {rule} {_units(rule, instance)}", _longer("Add to it", about) or hint)
        case "maxLength" | "maxItems":
            yield document.fault(path, f"is too long: at most {rule} {_units(rule, instance)}", _longer("Shorten it", about) or hint)
        case "minimum" | "maximum":
            yield document.fault(path, f"is out of range: {'at least' if error.validator == 'minimum' else 'at most'} {rule}", hint)
        case _:
            yield document.fault(path, "is not valid here", hint)


def _units(limit: Any, instance: Any) -> str:
    unit = "character" if isinstance(instance, str) else "member" if isinstance(instance, dict) else "entry"
    return unit if limit == 1 else "entries" if unit == "entry" else f"{unit}s"


def _longer(what_to_do: str, about: str) -> str:
    return f"{what_to_do} ({about.removesuffix('.')})." if about else ""


_ARTICLES: Final = {
    "string": "a text",
    "object": "a mapping",
    "array": "a list",
    "integer": "a whole number",
    "boolean": "true or false",
    "number": "a number",
}
