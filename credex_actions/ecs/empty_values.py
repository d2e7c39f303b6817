"""Empty values in a task definition: templates leave them behind, and ECS rejects most of them.

As the AWS action does, they are removed before registration, unless their key is named in keep-null-value-keys. Two kinds mean
something and always stay: the empty value of an environment variable, label or option, and an empty word of a command.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

MEANT: Final = frozenset(("command", "entryPoint"))
"""Lists of words, where "" is a word."""

TEXT_MAPS: Final = frozenset(("options", "dockerLabels", "driverOpts", "labels"))
"""Mappings of the user's own names to texts."""


def without_empty(value: Any, keep: Collection[str] = ()) -> Any:
    """`value` without members that are null, "", [] or {}, and without null items in lists."""
    if isinstance(value, list):
        return [without_empty(each, keep) for each in value if each is not None]
    if not isinstance(value, Mapping):
        return value
    result = {}
    for key, each in value.items():
        inner = each if key in MEANT or key in TEXT_MAPS else without_empty(each, keep)
        is_environment_value = key == "value" and "name" in value
        if key in keep or is_environment_value or inner not in (None, "", [], {}):
            result[key] = inner
    return result
