"""Gives each job the secrets of its own environment, and no other's. act knows one set of secrets for a whole run.

So it gets those of an environment under names that nobody else asks for, and the copy of the workflow that it runs asks for them where a job names the environment.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

EXPRESSION: Final = re.compile(r"\$\{\{(?P<inside>.*?)\}\}", re.DOTALL)
WHOLE_SET: Final = re.compile(r"\btoJSON\(\s*secrets\s*\)", re.IGNORECASE)
ONE: Final = re.compile(r"\bsecrets\.(?P<name>[A-Za-z_][\w-]*)")
SET, OF = "SANDBOX_SET", "SANDBOX_OF"


def handed(everybody: Mapping[str, str], environments: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What act is told: the secrets of organisation and repository, and those of each environment."""
    found = {**everybody, f"{SET}_": json.dumps(dict(everybody))}
    for environment, own in environments.items():
        found |= {f"{OF}_{environment}_{name}": value for name, value in own.items()}
        found[f"{SET}_{environment}"] = json.dumps({**everybody, **own})
    return found


def asking(part: Any, environment: str) -> Any:
    """A part of a job, whose expressions look for the secrets of `environment`, a text with expressions, before anybody's."""
    if isinstance(part, dict):
        return {key: asking(inner, environment) for key, inner in part.items()}
    if isinstance(part, list):
        return [asking(inner, environment) for inner in part]
    if not isinstance(part, str) or "secrets" not in part:
        return part
    name = _as_expression(environment)
    return EXPRESSION.sub(lambda found: f"${{{{{_from(found['inside'], name)}}}}}", part)


def _from(expression: str, environment: str) -> str:
    """A set that was passed on one by one to a reused workflow is the one that act has."""
    whole = WHOLE_SET.sub(f"(secrets[format('{SET}_{{0}}', {environment})] || secrets.{SET}_ || toJSON(secrets))", expression)
    if environment == "''":
        return whole
    return ONE.sub(
        lambda found: (
            found[0] if found["name"] == f"{SET}_" else f"(secrets[format('{OF}_{{0}}_{found['name']}', {environment})] || {found[0]})"
        ),
        whole,
    )


def _as_expression(text: str) -> str:
    """`a-${{ b }}` as `format('a-{0}', b)`."""
    inside = [found["inside"].strip() for found in EXPRESSION.finditer(text)]
    pattern, places = EXPRESSION.sub("\0", text).replace("{", "{{").replace("}", "}}").replace("'", "''"), len(inside)
    if pattern == "\0":
        return f"({inside[0]})"
    for number in range(places):
        pattern = pattern.replace("\0", f"{{{number}}}", 1)
    return f"format('{pattern}', {', '.join(inside)})" if places else f"'{pattern.replace('{{', '{').replace('}}', '}')}'"
