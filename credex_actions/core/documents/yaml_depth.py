"""YAML's events, as far down as documents go that anybody writes. The composer recurses, in C and without a limit, so depth is looked at before anything is built."""

from collections.abc import Iterator
from typing import Any, Final

import yaml

from credex_actions.core.documents.places import DEEPEST


def events(text: str, loader: type[Any]) -> Iterator[Any]:
    """The events of a YAML text. Raises RecursionError for what is nested deeper than `DEEPEST`, and yaml.YAMLError."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise RecursionError
            yield event
    except yaml.MarkedYAMLError as error:
        # PyYAML 6.0.4 refuses a thousand levels by itself, in words of its own; and it reads that far ahead before it tells of the first.
        mark = error.problem_mark or error.context_mark
        if mark and _is_deep(text[: mark.index]):
            raise RecursionError from None
        raise


def _is_deep(text: str) -> bool:
    """Whether more than `DEEPEST` levels are open somewhere in this beginning of a document."""
    if text.count("[") + text.count("{") + text.count("\n") <= DEEPEST:
        return False
    depth = 0
    try:
        for token in yaml.scan(text, Loader=yaml.BaseLoader):  # in Python, and not recursive
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > DEEPEST:
                return True
    except yaml.YAMLError:
        pass
    return False


_OPENING: Final = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken, yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken)
_CLOSING: Final = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
