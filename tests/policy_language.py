"""As much of IAM's policy language as the published policies use: whether one request is allowed on one resource. Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".

A request on several resources is allowed if it is allowed on each of them.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple


class Request(NamedTuple):
    """`context`: condition keys; a list for one with several values, such as aws:TagKeys. A key that is not there was not in the request."""

    action: str
    resource: str
    context: Mapping[str, Any] = {}


def allows(policy: Mapping[str, Any], request: Request) -> bool:
    return any(_applies(statement, request) for statement in policy["Statement"])


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    assert statement["Effect"] == "Allow"
    return (
        any(fnmatchcase(request.action.lower(), action.lower()) for action in statement["Action"])
        and any(fnmatchcase(request.resource, _filled(arn)) for arn in statement["Resource"])
        and all(
            _holds(test, _listed(values), request.context.get(key))
            for test, asked in statement.get("Condition", {}).items()
            for key, values in asked.items()
        )
    )


def _filled(arn: str) -> str:
    """Names in capitals that stand for one value each."""
    return arn.replace("REGION", "*").replace("ACCOUNT", "*")


def _holds(test: str, values: list[str], given: Any) -> bool:
    match test:
        case "Null":
            return (given is None) == (values == ["true"])
        case "StringEquals" | "Bool":
            return given in values
        case "BoolIfExists":
            return given is None or given in values
        case "StringLike":
            return given is not None and any(fnmatchcase(given, value) for value in values)
        case "ForAllValues:StringEquals":
            return all(each in values for each in _listed(given))
        case "ForAllValues:StringNotEquals":
            return all(each not in values for each in _listed(given))
        case _:
            raise AssertionError(f"the condition operator {test} is not known here: add it as IAM documents it")


def _listed(value: Any) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]
