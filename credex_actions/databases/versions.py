"""Which version of a secret or a parameter was the current one at a time. Pure, but for the reading of the histories."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from credex_actions.core.aws.clients import Clients

CURRENT: Final = "AWSCURRENT"
NEVER_CURRENT: Final = {"AWSPENDING"}


def secret_version(clients: Clients, secret: str, at: datetime) -> str:
    """The id of the version that was created last before `at`; "" if that is the current one, or none is that old. Versions without a label were current once."""
    token: dict[str, str] = {}
    versions: list[Any] = []
    while True:
        page = clients.read("secretsmanager").list_secret_version_ids(SecretId=secret, IncludeDeprecated=True, **token)
        versions += page["Versions"]
        if not page.get("NextToken"):
            break
        token = {"NextToken": page["NextToken"]}
    current_once = [each for each in versions if set(each.get("VersionStages", ())) != NEVER_CURRENT]
    found = _last(current_once, "CreatedDate", at)
    return "" if CURRENT in found.get("VersionStages", ()) else str(found.get("VersionId", ""))


def parameter_version(clients: Clients, name: str, at: datetime) -> str:
    """The number of the version that was current at `at`; "" if it still is, or none is that old, or is not kept: Parameter Store keeps a hundred."""
    pages = clients.read("ssm").get_paginator("get_parameter_history").paginate(Name=name, WithDecryption=False)
    history = [each for page in pages for each in page["Parameters"]]
    number = _last(history, "LastModifiedDate", at).get("Version", 0)
    return "" if number in {0, max((each["Version"] for each in history), default=0)} else str(number)


def _last(versions: Sequence[Mapping[str, Any]], key: str, at: datetime) -> Mapping[str, Any]:
    return max((each for each in versions if each[key] <= at), key=lambda each: each[key], default={})
