"""Empty values in a task definition: templates, ECS's console and the CLI's skeletons leave them behind, and ECS rejects most of them.

`null` means "not given" wherever it stands. As in the AWS action, "", [] and {} are removed before registration, unless their key is
named in keep-null-value-keys. Two kinds of them mean something and stay: the empty value of an environment variable, label or option,
and an empty word of a command.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from credex_actions.core.documents.json_paths import Pattern, below
from credex_actions.core.documents.places import Path

MEANT: Final = frozenset(("command", "entryPoint"))
"""Lists of words, where "" is a word, unless there is no other."""

TEXT_MAPS: Final = frozenset(("options", "dockerLabels", "driverOpts", "labels"))
"""Mappings of the user's own names to texts."""

EMPTY: Final[tuple[object, ...]] = (None, "", [], {})

Moved = dict[Path, int]
"""Items of lists by their path in the result, and which item of the original they are; those whose number did not change are left out."""


def without_null(value: Any, as_it_stands: Sequence[Pattern] = (), path: Path = ()) -> Any:
    """`value` without members and items that are null, at every depth but below what is to stay as is."""
    if as_it_stands and below(path, as_it_stands):
        return value
    if isinstance(value, list):
        return [without_null(each, as_it_stands, (*path, index)) for index, each in enumerate(value) if each is not None]
    if isinstance(value, Mapping):
        return {
            key: without_null(each, as_it_stands, (*path, key))
            for key, each in value.items()
            if each is not None or (as_it_stands and below((*path, key), as_it_stands))
        }
    return value


def without_empty(value: Any, keep: Collection[str] = (), as_it_stands: Sequence[Pattern] = ()) -> tuple[Any, Moved]:
    """`value` without what is null or empty, as it is registered, and where its items came from."""
    pruning = _Pruning(keep, as_it_stands)
    return pruning.kept(value, (), ()), pruning.moved


class _Pruning:
    """`path` is where something stood, `to` where it comes to stand."""

    def __init__(self, keep: Collection[str], as_it_stands: Sequence[Pattern]) -> None:
        self.keep = keep
        self.as_it_stands = as_it_stands
        self.moved: Moved = {}

    def kept(self, value: Any, path: Path, to: Path) -> Any:
        if self.as_it_stands and below(path, self.as_it_stands):
            return value
        if isinstance(value, list):
            return self._items(value, path, to)
        return self._members(value, path, to) if isinstance(value, Mapping) else value

    def _members(self, value: Mapping[str, Any], path: Path, to: Path) -> dict[str, Any]:
        result = {}
        for key, each in value.items():
            if key in TEXT_MAPS and isinstance(each, Mapping):
                inner: Any = without_null(each)
            elif key in MEANT and isinstance(each, list):
                inner = without_null(each) if any(word not in EMPTY for word in each) or key in self.keep else []
            else:
                inner = self.kept(each, (*path, key), (*to, key))
            is_environment_value = key == "value" and value.get("name") and inner is not None
            is_untouched = bool(self.as_it_stands) and below((*path, key), self.as_it_stands)
            if is_environment_value or is_untouched or inner not in EMPTY or (key in self.keep and inner is not None):
                result[key] = inner
        return result

    def _items(self, items: list[Any], path: Path, to: Path) -> list[Any]:
        result: list[Any] = []
        for index, each in enumerate(items):
            inner = self.kept(each, (*path, index), (*to, len(result)))
            if inner not in EMPTY:
                if index != len(result):
                    self.moved[(*to, len(result))] = index
                result.append(inner)
        return result


def original(path: Path, moved: Moved) -> Path:
    """Where in the original the value stands that `path` leads to in the result."""
    if not moved:
        return path
    return tuple(moved.get(path[: number + 1], step) if isinstance(step, int) else step for number, step in enumerate(path))
