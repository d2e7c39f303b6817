"""What preflight found of one thing, and how a look that failed is reported from a thing that is not there."""

import re
from collections.abc import Callable, Collection
from typing import Any, Literal, NamedTuple

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, UNREACHABLE, code_of, message_of
from credex_actions.core.text import one_line
from credex_actions.ecs.definition.other_placeholders import UNFILLED, any_in

PathStep = str | int


class Finding(NamedTuple):
    """`subject`: which thing; `path`: where the task definition names it."""

    subject: str
    state: Literal["ok", "fault", "skipped"]
    what: str
    hint: str = ""
    path: tuple[PathStep, ...] = ()


class Unreadable(NamedTuple):
    """A look that tells nothing about the thing: no permission, no network, a service that failed."""

    why: str


def no_region(subject: str, region: str | None, path: tuple[PathStep, ...]) -> Finding | None:
    """A fault where `region` cannot be one, so that no client can be made for it; None if it can, or is the caller's own."""
    if region is None or re.fullmatch(r"(?![0-9]+$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)", region):
        return None
    if found := any_in(region):
        return Finding(subject, "fault", f"holds {found[:80]}, which was not replaced", UNFILLED, path)
    return Finding(subject, "fault", f"'{one_line(region, 40)}' is not the name of a region", "Use a name such as eu-west-1.", path)


def tried(absent: Collection[str], look: Callable[..., Any], /, *arguments: object, **named: object) -> Any:
    """What `look` answers; None if AWS says, by one of the codes `absent`, that the thing is not there; else Unreadable."""
    try:
        return look(*arguments, **named)
    except botocore.exceptions.ClientError as error:
        if code_of(error) in absent:
            return None
        if code_of(error) in NOT_ALLOWED | {"403"}:  # HEAD requests have a status for a code
            return Unreadable(f"the role is not authorized to perform {error.operation_name}")
        return Unreadable(f"{error.operation_name}: {message_of(error)}")
    except UNREACHABLE as error:
        return Unreadable(f"cannot be reached: {one_line(str(error), 120)}")


def judged(found: Any, subject: str, missing: tuple[str, str], path: tuple[PathStep, ...], fine: str = "exists") -> Finding:
    """A finding by existence alone. `missing`: what to say and what to do where it is not there."""
    if isinstance(found, Unreadable):
        return Finding(subject, "skipped", found.why, path=path)
    if found is None:
        return Finding(subject, "fault", *missing, path)
    return Finding(subject, "ok", fine, path=path)
