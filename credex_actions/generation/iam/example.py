"""Draws the policies of the example's roles for what runs on a schedule: the published ones, with the example's names, and without what its configuration does not use."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.generation.iam.grant import Grant
from credex_actions.generation.iam.of_reaching import REACHING
from credex_actions.generation.iam.of_rollout import HELPING
from credex_actions.generation.iam.policies import policy, published

FOLDER: Final = "examples/credex-core/terraform/modules/delivery/policies"
OWN_KEYS: Final = frozenset({"LoginSecret", "LoginKey", "VolumeKey", "VolumeKeyGrant"})
UNUSED: Final[Mapping[str, frozenset[str]]] = {
    "rotate-secrets": frozenset({"EscrowInSsm", "OwnKey", "AssumeRole", "Init"}),
    "neo4j-backup": OWN_KEYS | {"Vault", "VaultSeen", "PruneVault", "PassVault", "Dumps"},
    "neo4j-ami-rollout": OWN_KEYS | {"ProvenDumps", "States"},
    "maintenance-report": OWN_KEYS | {"Dumps", "OtherAccounts"},
}
"""Statements by their command: keys of one's own, logins that are no parameters, other accounts, dumps, AWS Backup; `init` is for whoever writes the first manifest."""
PLANS: Final = frozenset(grant.sid for grant in (*REACHING, *HELPING)) - {"CommandDatabases"}
"""What neo4j-ami-rollout needs before the approval: nothing that stops, changes, deletes or commands what is not its own."""
DATABASES: Final[Mapping[str, object]] = {"Environment": "${environment}", "Role": ["SearchSpace", "LedgerSpace"]}
"""The tags by which the example's neo4j.yml finds the instances and volumes, in place of TAG and VALUE."""
NAMES: Final = {
    "arn:aws:": "arn:${partition}:",
    "REGION": "${region}",
    "ACCOUNT": "${account}",
    "URL-PARAMETER": "credex/${environment}/*_bolt_url",
    "PARAMETER": "credex/${environment}/*",
    "SECRET-*": "credex/${environment}/*",
    "user/USER": "user/credex-core-${environment}-*",
    "INSTANCE-ROLE": "Neo4j-${environment}-*",
    "BUILDER-ROLE": "Neo4j-${environment}-*",
    "CLUSTER/SERVICE": "credex-cluster-${environment}/credex-core-service-${environment}",
    "log-group:GROUP": "log-group:/ecs/credex-core-${environment}",
}
"""Of the example, for those in capitals; `${…}` is Terraform's."""


def files() -> Mapping[str, str]:
    """Templates of Terraform, by their paths."""
    used = {name: tuple(grant for grant in published(name)[name] if grant.sid not in left_out) for name, left_out in UNUSED.items()}
    used["neo4j-ami-rollout-plan"] = tuple(grant for grant in used["neo4j-ami-rollout"] if grant.sid in PLANS)
    return {f"{FOLDER}/{name}.json.tftpl": template(grants) for name, grants in used.items()}


def template(grants: tuple[Grant, ...]) -> str:
    text = json.dumps(policy(tuple(grant._replace(condition=with_own_tags(grant.condition)) for grant in grants)), indent=2)
    for theirs, ours in NAMES.items():
        text = text.replace(theirs, ours)
    return f"{text}\n"


def with_own_tags(condition: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """With the example's tags of databases."""
    return {test: dict(_tagged(asked)) for test, asked in condition.items()}


def _tagged(asked: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in asked.items():
        prefix, _, name = key.rpartition("/")
        yield from ((f"{prefix}/{own}", is_) for own, is_ in DATABASES.items()) if name == "TAG" else ((key, value),)
