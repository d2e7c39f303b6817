"""Runs in an environment of its own, in which Cloud Custodian is and the suite's packages are not: reads a request, prints what was found.

    {"account", "region", "policies": [...]} on standard input, {NAME: {"found": [{"id", "arn", "region", "tags"}]} or {"error": …}} on standard output; `region` is "" for what belongs to none

No action is executed: policies with actions are refused before they get here, and Custodian runs them dry.
"""

import json
import logging
import sys
import tempfile
from typing import Any


def main() -> None:
    request = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)  # what fails is told in the answer
    answer = {policy["name"]: one(policy, request) for policy in request["policies"]}
    json.dump(answer, sys.stdout)


def one(policy: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """A policy that is wrong, or may not be run, keeps no other from running."""
    try:
        return {"found": looked(policy, request)}
    except Exception as error:  # noqa: BLE001 - filters raise what they like
        return {"error": f"{type(error).__name__}: {error}"}


def looked(policy: dict[str, Any], request: dict[str, Any]) -> list[dict[str, Any]]:
    from c7n.config import Config
    from c7n.loader import PolicyLoader
    from c7n.policy import PolicyCollection
    from c7n.resources.aws import AWS

    with tempfile.TemporaryDirectory() as folder:
        options = Config.empty(
            region=request["region"],
            regions=[request["region"]],
            account_id=request["account"],
            output_dir=folder,
            dryrun=True,
            cache="memory",
        )
        loaded = PolicyLoader(options).load_data({"policies": [policy]}, "policies")
        provider = AWS()
        prepared = provider.initialize_policies(PolicyCollection(list(loaded), options), provider.initialize(options))
        found: list[dict[str, Any]] = []
        for each in prepared:
            each.expand_variables(each.get_variables())
            each.validate()
            with each.ctx:
                found += described(each.resource_manager, each.resource_manager.resources(), request["region"])
        return found


def described(manager: Any, resources: list[Any], region: str) -> list[dict[str, Any]]:
    try:
        arns = manager.get_arns(resources)
    except (ValueError, KeyError, TypeError, AttributeError):  # a type without ARNs
        arns = [""] * len(resources)
    model = manager.get_model()
    return [
        {
            "id": str(each.get(model.id, "")),
            "arn": str(arn or ""),
            "region": "" if model.global_resource else bucket_region(each) if model.service == "s3" else region,
            "tags": tags(each.get("Tags") or each.get("tags") or ()),
        }
        for each, arn in zip(resources, arns, strict=True)
    ]


def bucket_region(bucket: dict[str, Any]) -> str:
    """Custodian lists the buckets of all regions in each."""
    constraint = (bucket.get("Location") or {}).get("LocationConstraint")
    return {None: "us-east-1", "EU": "eu-west-1"}.get(constraint, str(constraint))


def tags(listed: Any) -> dict[str, str]:
    if isinstance(listed, dict):
        return {str(key): str(value) for key, value in listed.items()}
    return {str(each.get("Key", each.get("key", ""))): str(each.get("Value", each.get("value", ""))) for each in listed}


if __name__ == "__main__":
    main()
