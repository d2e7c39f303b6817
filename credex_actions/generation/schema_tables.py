"""Draws the tables of a reference page from a JSON Schema: a row for each member of a structure. Runs at development time only (script/generate)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from credex_actions.core.durations import PATTERN as SPAN

Schema = Mapping[str, Any]
Titled = Callable[[str, Schema], str]
"""The heading of a structure, by its name and its schema."""


def _link(reference: str, structures: Mapping[str, Schema], titled: Titled) -> str:
    name = reference.rpartition("/")[2]
    title = titled(name, structures[name])
    return f"[{title}](#{title.strip('`').replace(': ', '-').replace(' ', '-').lower()})"


def table(
    structure: Schema, structures: Mapping[str, Schema], names: Sequence[str], titled: Titled, tags: Mapping[str, str] = {}
) -> Iterator[str]:
    """`tags`: what a member that tells structures apart is; its own schema does not say."""
    yield "| name | what it is | form and limits | default |"
    yield "| --- | --- | --- | --- |"
    for name in names:
        member = structure["properties"][name]
        default = "**required**" if name in structure.get("required", ()) else _default(member)
        what = tags[name] if name in tags and len(member.get("enum", ())) == 1 else member["description"]
        yield f"| `{name}` | {what} | {_form(member, structures, titled).replace('|', chr(92) + '|')} | {default} |"


def structures_page(head: str, titles: Mapping[str, str], notes: Mapping[str, str], structures: Mapping[str, Schema]) -> str:
    """A section for each structure, in the order of `titles`, its headings by name; `notes`: what a schema cannot say of one. All have to have a title."""
    lines = [head]
    for name, title in titles.items():
        structure = structures[name]
        lines += [f"## {title}", "", str(structure["description"]), ""]
        lines += [*table(structure, structures, list(structure["properties"]), lambda each, _: titles[each]), ""]
        lines += [notes[name], ""] if name in notes else []
    missing = structures.keys() - titles.keys()
    assert not missing, missing
    return "\n".join(lines).rstrip() + "\n"


def _default(member: Schema) -> str:
    default = member.get("default")
    return "" if default in (None, [], {}, "") else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _form(member: Schema, structures: Mapping[str, Schema], titled: Titled) -> str:
    if "$ref" in member:
        return _link(member["$ref"], structures, titled)
    if "anyOf" in member:
        return ", ".join(_form(each, structures, titled) for each in member["anyOf"] if each.get("type") != "null")
    if "enum" in member:
        return ", ".join(f"`{each}`" for each in member["enum"])
    if member.get("type") == "array":
        inner, limits = member.get("items", {}), _between(member, "minItems", "maxItems", "")
        return f"list{limits}{f'; each: {_form(inner, structures, titled)}' if inner else ''}"
    if member.get("type") == "object":
        inner, limits = member.get("additionalProperties"), _between(member, "minProperties", "maxProperties", "")
        key = f"; names: `{member['propertyNames']['pattern']}`" if "pattern" in member.get("propertyNames", {}) else ""
        return f"mapping{limits}{key}{f'; each: {_form(inner, structures, titled)}' if isinstance(inner, dict) and inner else ''}"
    if member.get("pattern") == SPAN:
        return "span of time"
    word = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}.get(
        str(member.get("type")), "anything"
    )
    pattern = f", `{member['pattern']}`" if "pattern" in member else ""
    return f"{word}{_between(member, 'minimum', 'maximum', '')}{_between(member, 'minLength', 'maxLength', ' characters')}{pattern}"


def _between(member: Schema, least: str, most: str, unit: str) -> str:
    """The limits of a member as `, 2 to 40 characters`."""
    low, high = member.get(least), member.get(most)
    if low is None and high is None:
        return ""
    if low == high:
        return f", {low}{unit}"
    if high is None:
        return f", at least {low}{unit}"
    return f", at most {high}{unit}" if low is None else f", {low} to {high}{unit}"
