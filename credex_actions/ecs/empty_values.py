"""Empty values in a task definition: templates, ECS's console and the CLI's skeletons leave them behind, and ECS rejects most of them.

`null` means "not given" wherever it stands. As in the AWS action, "", [] and {} are removed before registration, unless their key is
named in keep-null-value-keys. Two kinds of them mean something and stay: the empty value of an environment variable, label or option,
and an empty word of a command.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from credex_actions.core.documents import Path

MEANT: Final = frozenset(("command", "entryPoint"))
"""Lists of words, where "" is a word, unless there is no other."""

TEXT_MAPS: Final = frozenset(("options", "dockerLabels", "driverOpts", "labels"))
"""Mappings of the user's own names to texts."""

EMPTY: Final[tuple[object, ...]] = (None, "", [], {})

Moved = dict[Path, int]
"""Items of lists by their path in the result, and which item of the original they are; those whose number did not change are left out."""


def without_null(value: Any) -> Any:
    """`value` without members and items that are null, at every depth."""
    if isinstance(value, list):
        return [without_null(each) for each in value if each is not None]
    if isinstance(value, Mapping):
        return {key: without_null(each) for key, each in value.items() if each is not None}
    return value


def without_empty(value: Any, keep: Collection[str] = ()) -> tuple[Any, Moved]:
    """`value` without what is null or empty, as it is registered, and where its items came from."""
    moved: Moved = {}
    return _kept(value, keep, (), moved), moved


def _kept(value: Any, keep: Collection[str], path: Path, moved: Moved) -> Any:
    if isinstance(value, list):
        return _items(value, keep, path, moved)
    if not isinstance(value, Mapping):
        return value
    result = {}
    for key, each in value.items():
        if key in TEXT_MAPS and isinstance(each, Mapping):
            inner: Any = without_null(each)
        elif key in MEANT and isinstance(each, list):
            inner = without_null(each) if any(word not in EMPTY for word in each) or key in keep else []
        else:
            inner = _kept(each, keep, (*path, key), moved)
        is_environment_value = key == "value" and value.get("name") and inner is not None
        if is_environment_value or inner not in EMPTY or (key in keep and inner is not None):
            result[key] = inner
    return result


def _items(items: list[Any], keep: Collection[str], path: Path, moved: Moved) -> list[Any]:
    result: list[Any] = []
    for index, each in enumerate(items):
        inner = _kept(each, keep, (*path, len(result)), moved)
        if inner not in EMPTY:
            if index != len(result):
                moved[(*path, len(result))] = index
            result.append(inner)
    return result


def original(path: Path, moved: Moved) -> Path:
    """Where in the original the value stands that `path` leads to in the result."""
    if not moved:
        return path
    return tuple(moved.get(path[: number + 1], step) if isinstance(step, int) else step for number, step in enumerate(path))
