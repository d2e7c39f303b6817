"""A first manifest, from what is there: IAM users with keys, encrypted parameters, and the services whose tasks read them. A person decides the rest."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

import botocore.exceptions
import yaml

from credex_actions.core.asking import only_asking
from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.documentation import page_at
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.private_file import write_private
from credex_actions.core.runner import Runner
from credex_actions.declarations.rotate_secrets import Inputs
from credex_actions.ecs.arns import short

HEAD: Final = f"""\
# A first manifest of rotate-secrets, drawn from what the account has. Read every line before you apply it:
# what is `copied` is issued by someone else, and its value comes from an environment variable of the step;
# what is `generated` is drawn again. Both are guesses by name. The rest is explained in
# {page_at("docs/how-to/rotate-secrets.md")}
"""
DRAWN: Final = ("jwt", "secret", "session", "cookie", "signing", "encryption", "salt")
"""Words in the names of values that an application draws for itself."""
FORMER: Final = "_previous"
"""Ends the name of the parameter that holds a value's predecessor."""
KEY, SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"


def write_first_manifest(inputs: Inputs, runner: Runner) -> str:
    """Answers the outcome. Raises Failure where the file already exists: it may be somebody's work."""
    path = inputs.manifest
    if os.path.exists(path):
        raise Failure(Exit.BAD_INPUT, Fault("already exists", "Use another path, or delete it first.", "manifest", path))
    try:
        with only_asking() as clock:
            found = dict(_credentials(Clients(session=signed_in(inputs, runner, clock))))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error) from None
    if not found:
        fault = Fault(
            "this account has neither IAM users with keys nor encrypted parameters in this region",
            "Check that it is the right account and region.",
            "manifest",
        )
        raise Failure(Exit.BAD_INPUT, fault)
    text = HEAD + yaml.safe_dump({"version": 1, "credentials": found}, sort_keys=False, width=120)
    if inputs.dry_run:
        runner.result(text)
        return "nothing was written"
    write_private(path, text.encode(), "manifest")
    count = f"{len(found)} {'credential' if len(found) == 1 else 'credentials'}"
    runner.result(f"Wrote {path} with {count}. Read it, correct it, and run: credex-actions rotate-secrets --mode plan --manifest {path}")
    return count


def _credentials(clients: Clients) -> Iterator[tuple[str, dict[str, Any]]]:
    for user in _users_with_keys(clients):
        yield (
            user,
            {
                "kind": "iam-access-key",
                "user": user,
                "targets": [{"to": "github-secret", **_environment(user), "names": {"access-key-id": KEY, "secret-access-key": SECRET}}],
                "used-by": [{"is": "workflows"}],
            },
        )
    parameters = _parameters(clients)
    readers = _readers(clients)
    for name in sorted(each for each, kind in parameters.items() if kind == "SecureString"):
        base = name.removesuffix("_pass")
        if name.endswith("_pass") and f"{base}_user" in parameters and f"{base}_bolt_url" in parameters:
            yield _named(name), _database(clients, base, readers.get(name, []))
        elif not name.endswith(("_user", "_bolt_url", "_url")) and name.removesuffix(FORMER) not in parameters.keys() - {name}:
            yield _named(name), _value(name, parameters, readers.get(name, []))


def _users_with_keys(clients: Clients) -> Iterator[str]:
    iam = clients.read("iam")
    for page in iam.get_paginator("list_users").paginate():
        for user in page["Users"]:
            if iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
                yield str(user["UserName"])


def _environment(user: str) -> dict[str, str]:
    """The environment that a user's name speaks of, where it does."""
    return next(({"environment": each} for each in ("development", "staging", "production") if each in user), {})


def _parameters(clients: Clients) -> dict[str, str]:
    """Name -> type."""
    pages = clients.read("ssm").get_paginator("describe_parameters").paginate()
    return {
        str(each["Name"]): str(each["Type"])
        for page in pages
        for each in page["Parameters"]
        if not each["Name"].startswith("/credex/rotation/")
    }


def _readers(clients: Clients) -> Mapping[str, list[dict[str, str]]]:
    """Parameter -> the services whose running revision reads it."""
    ecs = clients.read("ecs")
    found: dict[str, list[dict[str, str]]] = {}
    clusters = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    for cluster in clusters:
        arns = [arn for page in ecs.get_paginator("list_services").paginate(cluster=cluster) for arn in page["serviceArns"]]
        for at in range(0, len(arns), 10):
            for service in ecs.describe_services(cluster=cluster, services=arns[at : at + 10])["services"]:
                definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
                read = {each["valueFrom"] for container in definition["containerDefinitions"] for each in container.get("secrets", ())}
                for source in read:
                    name = f"/{source.partition(':parameter/')[2]}" if ":parameter/" in source else source
                    user = {"is": "ecs-service", "cluster": short(cluster), "service": service["serviceName"]}
                    found.setdefault(name, []).append(user)
    return found


def _database(clients: Clients, base: str, users: list[dict[str, str]]) -> dict[str, Any]:
    user = clients.read("ssm").get_parameter(Name=f"{base}_user", WithDecryption=True)["Parameter"]["Value"]
    return {
        "kind": "neo4j-password",
        "url-parameter": f"{base}_bolt_url",
        "users": [user, f"{user}_b"],
        "targets": [{"to": "ssm-parameter", "names": {"user": f"{base}_user", "password": f"{base}_pass"}}],
        "used-by": users,
    }


def _value(name: str, parameters: Mapping[str, str], users: list[dict[str, str]]) -> dict[str, Any]:
    last = name.rpartition("/")[2].lower()
    former = {"previous": f"{name}{FORMER}"} if f"{name}{FORMER}" in parameters else {}
    target = {"to": "ssm-parameter", "names": {"value": name, **former}}
    if any(word in last for word in DRAWN):
        return {"kind": "generated", "targets": [target], "used-by": users}
    return {
        "kind": "copied",
        "from": "".join(each if each.isalnum() else "_" for each in last).upper(),
        "targets": [target],
        "used-by": users,
    }


def _named(name: str) -> str:
    return name.strip("/").replace("/", ".")[:100]
