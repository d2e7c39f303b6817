"""Whether an attribute goes the way that loses data: compares what stood at a path before with what stands there after."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from credex_actions.terraform.judging.expiry import expires_more
from credex_actions.terraform.rules.rule import Move, Watched


class NotUnderstood(Exception):
    """A value has a shape that the provider does not give it."""


def loses(watched: Watched, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Raises NotUnderstood."""
    if watched.move is Move.EXPIRES:
        return expires_more(_blocks(before.get(watched.path[0])), _blocks(after.get(watched.path[0])))
    old, new = list(_at(before, watched.path)), list(_at(after, watched.path))
    match watched.move:
        case Move.BECOMES:
            return _count(new, watched.values) > _count(old, watched.values)
        case Move.LEAVES if watched.values == ("*",):
            return bool(set(old) - set(new) - {"null"})
        case Move.LEAVES:
            return _count(new, watched.values) < _count(old, watched.values)
        case Move.CHANGES:
            return bool(old) and sorted(old) != sorted(new)
        case _:
            return _lessens(_numbers(old, watched.values), _numbers(new, watched.values))


def unknown(watched: Watched, after_unknown: object) -> bool:
    """Whether the value at the path, or what would hold it, is known only after apply."""
    return any(_unknown(after_unknown, watched.path))


def _unknown(value: object, path: Sequence[str]) -> Iterator[bool]:
    if value is True:
        yield True
    elif path and isinstance(value, list):
        for each in value:
            yield from _unknown(each, path[1:] if path[0] == "*" else path)
    elif path and isinstance(value, Mapping):
        yield from _unknown(value.get(path[0], False), path[1:])


def _at(value: object, path: Sequence[str]) -> Iterator[str]:
    """The values at a path, as text; `null` where there is none."""
    if not path:
        if isinstance(value, Mapping | list):
            raise NotUnderstood
        yield "null" if value is None else str(value).lower()
    elif path[0] == "*":
        for each in _blocks(value):
            yield from _at(each, path[1:])
    elif isinstance(value, Mapping):
        yield from _at(value.get(path[0]), path[1:])
    elif value is None:
        yield "null"
    else:
        raise NotUnderstood


def _blocks(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotUnderstood
    return value


def _count(found: Sequence[str], values: Sequence[str]) -> int:
    return sum(each in values for each in found)


def _numbers(found: Sequence[str], endless: Sequence[str]) -> list[float]:
    numbers = []
    for each in found:
        if each in endless:
            numbers.append(float("inf"))
        elif each != "null":
            try:
                numbers.append(float(each))
            except ValueError:
                raise NotUnderstood from None
    return sorted(numbers)


def _lessens(old: Sequence[float], new: Sequence[float]) -> bool:
    if len(new) < len(old):
        return True
    return any(after < before for before, after in zip(old, new, strict=False))
