"""Which values are secret: by the name that they are under, or by a shape that only secrets have.

A false alarm is cheap where it masks, and dear where it refuses; so names count only for values that could be secret at all.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from credex_actions.core.documents.origin import TracedText
from credex_actions.core.documents.places import Path
from credex_actions.core.redaction import short
from credex_actions.core.runner import Runner
from credex_actions.ecs.definition.parts import containers, parts, text
from credex_actions.ecs.definition.secrets.shapes import shape_of

NAMES: Final = (
    r"(?:^|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|PWD|SECRET|SECRETS|TOKEN|TOKENS|CREDENTIALS?|API_?KEY|APIKEY|ACCESS_?KEY|[A-Z0-9]+PASSWORD|SECRET_KEY_BASE|(?:STRIPE|SSH|DEPLOY|HMAC|JWT|CRYPTO)_KEY|PRIVATE_?KEY"
    r"|SIGNING_?KEY|ENCRYPTION_?KEY|SECRET_?KEY|MASTER_?KEY|AUTH_?KEY|LICENSE_?KEY|CLIENT_?SECRET|SALT|PEPPER|DSN|CONNECTION_?STRING)(?:$|_(?:\d+|B64|BASE64|OLD|NEW|CURRENT|PREVIOUS|DEV|TEST|STAGE|STAGING|PROD|PRODUCTION)$)"
    r"|(?:^|_)(?:EXCHANGE_RATES_API|BOT_API_KEY|(?:GITHUB|GITLAB|AZURE)_PAT|(?:NEO4_?J|REDIS|REDISCLI|MONGO|MYSQL|POSTGRES|RABBITMQ|SMTP|ELASTIC|BASIC|HTTP|PROXY|NPM)_AUTH)$"
)
"""Whole words of a name, at its end: `TOKEN` is one, `TOKEN_TTL` and `KEY_COUNT` are none."""

MARKS: Final = ("PASS", "PWD", "SECRET", "TOKEN", "CREDENTIAL", "KEY", "SALT", "PEPPER", "DSN", "CONNECTION", "API", "PAT", "AUTH")
"""One of them is in every name that NAMES matches, which is compiled only then: that takes longer than all else that is asked of a definition's names."""

HARMLESS: Final = r"(?i:true|false|yes|no|on|off|none|null|enabled|disabled|required|optional|[0-9]{1,5}|[0-9]+(?:ms|s|m|h|d)|arn:[^\s]+|(?:/[\w.-]{0,20})+|\$\{\w+\})"
"""Values that are no secret whatever their name: switches, small numbers, durations, ARNs, paths, placeholders."""


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


def why_secret(name: str, value: str) -> str:
    """In words why `value` is secret; "" where it is not."""
    if not value:
        return ""
    if shape := shape_of(value):
        return f"it looks like {shape}"
    upper = name.upper()
    if not any(mark in upper for mark in MARKS):
        return ""
    snake = _pattern(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]").sub("_", name).upper()
    if _pattern(NAMES).search(snake) and not _pattern(HARMLESS).fullmatch(value):
        return "its name suggests a secret"
    return ""


def _why(name: str, value: str) -> str:
    if isinstance(value, TracedText) and value:
        return f"the {'secret' if len(value.names) == 1 else 'secrets'} {', '.join(value.names)} went into it"
    return why_secret(name, value)


def plaintext(definition: Mapping[str, Any]) -> Iterator[tuple[Path, str, str, str, str]]:
    """(path, container, variable, value, why) of each secret that is in plain text in an environment."""
    for path, container in containers(definition):
        for place, variable in parts(container, "environment", path):
            name, value = text(variable, "name"), text(variable, "value")
            if why := _why(name, value):
                yield place, text(container, "name"), name, value, why


NO_PLAIN_TEXT: Final = frozenset(
    [
        "environment",
        "environmentFiles",
        "secrets",
        "secretOptions",
        "repositoryCredentials",
        "image",
        "name",
        "family",
        "cpu",
        "memory",
        "taskRoleArn",
        "executionRoleArn",
    ]
)
"""Members that are judged elsewhere, or that hold what AWS calls a thing by: nobody keeps a secret in the name of one."""


def elsewhere(definition: Mapping[str, Any]) -> Iterator[tuple[Path, str, str, str]]:
    """(path, name, value, why) of each secret that is in plain text outside an environment: by its origin anywhere, in options of a log driver by
    name and shape too. The driver awslogs has no option that could be one.
    """
    for path, value in _texts(definition, ()):
        name = str(next(step for step in reversed(path) if isinstance(step, str)))
        option = path[-3:-1] == ("logConfiguration", "options")
        if option and name.startswith("awslogs-"):
            continue
        if why := _why(name, value) if option or isinstance(value, TracedText) else "":
            yield path, name, value, why


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name not in NO_PLAIN_TEXT or path[-1:] == ("options",) or path[-1:] == ("dockerLabels",):
                yield from _texts(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def mask_plaintext(runner: Runner, definition: Mapping[str, Any]) -> None:
    """Masks what in `definition` is a secret in plain text by name or shape."""
    mask_by_name_or_shape(runner, [(name, value) for _, _, name, value, _ in plaintext(definition)])
    mask_by_name_or_shape(runner, [(name, value) for _, name, value, _ in elsewhere(definition)])


def mask_by_name_or_shape(runner: Runner, pairs: Iterable[tuple[str, str]], where: str = "") -> None:
    """Masks what nobody called a secret, and what must be one. `where`: the input that holds the pairs, to warn of what is too short for that."""
    for name, value in pairs:
        if why_secret(name, value):
            runner.mask(value)
            for warning in short(name, value, where) if where else ():
                runner.warning(warning)
