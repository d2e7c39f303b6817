"""A parameter of Parameter Store, written anew: all but its value stays as it is."""

import json
from collections.abc import Mapping
from typing import Any

from credex_actions.core.aws.clients import Clients


def described(clients: Clients, name: str) -> Any:
    """Its metadata; None if there is no such parameter."""
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    pages = clients.read("ssm").get_paginator("describe_parameters").paginate(ParameterFilters=filters)
    return next((each for page in pages for each in page["Parameters"]), None)  # a page may be empty, and others follow


def kept(known: Mapping[str, Any]) -> dict[str, Any]:
    """What PutParameter has to be told, or it would take its own default in its place: a SecureString, for one, would get another key."""
    names = ("Type", "Tier", "KeyId", "Description", "AllowedPattern", "DataType")
    same = {name: known[name] for name in names if known.get(name) and not (name == "KeyId" and known["Type"] != "SecureString")}
    if policies := known.get("Policies"):
        same["Policies"] = json.dumps([json.loads(each["PolicyText"]) for each in policies])
    return same
