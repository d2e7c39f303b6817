"""The values of a credential: parts by name, each hidden."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from credex_actions.core.secret import Secret
from credex_actions.rotation.manifest.model import PREVIOUS, WHOLE

Values: TypeAlias = Mapping[str, Secret]

VALUE: Final = "value"
NO_SECRETS: Final = frozenset(("access-key-id", "user", "public-key"))
"""Parts that name something: they may stand where people see them, and are not masked."""


def text_of(values: Values, part: str) -> Secret:
    """The text of a part; of WHOLE all parts as one JSON object. Raises KeyError."""
    if part == WHOLE and WHOLE not in values:
        return Secret(json.dumps({name: value.reveal() for name, value in sorted(values.items()) if name != PREVIOUS}))
    return values[part]


def secrets_in(values: Values) -> Iterator[str]:
    """What has to be masked."""
    yield from (value.reveal() for name, value in values.items() if name not in NO_SECRETS)
