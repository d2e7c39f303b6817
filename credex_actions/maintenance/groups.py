"""The groups of checks: which checks each declares, what has to be configured for it, and the function that runs it.

A group that is not in the table is not built: its checks are not offered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from credex_actions.core.durations import duration
from credex_actions.maintenance.catalogue import account, databases, deployments, logs, repository, terraform
from credex_actions.maintenance.catalogue.check import Check
from credex_actions.maintenance.configuration.model import Configuration
from credex_actions.maintenance.configuration.reading import ReadConfiguration
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.finding import Examined
from credex_actions.neo4j.configuration.reading import ReadConfiguration as OfDatabases

if TYPE_CHECKING:
    from credex_actions.github.connection.session import Session


POLICIES: Final = "policy-own"


@dataclass(frozen=True)
class Given:
    """What a group may need. `home`: the job's own account, in the job's region. `scopes`: those of the account, where the group is run by account; else that of the home, if it needs AWS.

    `databases`: by environment. `wanted`: whether a check, by its name, is to run. `session`: GitHub for a repository, "" for the run's own; raises Failure
    where there are no credentials. `github`: the address of its API. `kept`: of the earlier report, None if there is none.
    """

    context: Context
    configuration: ReadConfiguration
    home: Scope | None
    scopes: tuple[Scope, ...]
    databases: Mapping[str, OfDatabases]
    wanted: Callable[[str], bool]
    session: "Callable[[str], Session]"
    github: str
    kept: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Group:
    """`lacks`: what the configuration would have to name for a check of it to run, "" where it does. `by_account`: it is run for each account by itself.

    `aws`: it needs AWS, and is skipped where nobody can sign in.
    """

    checks: tuple[Check, ...]
    examine: Callable[[Given], Examined]
    lacks: Callable[[Configuration, str], str] = lambda *_: ""
    aws: bool = False
    by_account: bool = False


def no_databases(configuration: Configuration, _check: str) -> str:
    return "databases is not configured" if configuration.databases is UNSET else ""


def no_repository(configuration: Configuration, _check: str) -> str:
    return "repository is not configured" if configuration.repository is UNSET else ""


def no_policies(configuration: Configuration, check: str) -> str:
    return "policies is not configured" if check == POLICIES and not configuration.policies else ""


def no_logs(configuration: Configuration, _check: str) -> str:
    return "" if configuration.logs else "logs is not configured"


def no_deployments(configuration: Configuration, _check: str) -> str:
    return "deployments is not configured" if configuration.deployments is UNSET else ""


def _account(given: Given) -> Examined:
    from credex_actions.maintenance.account.examining import examine

    asked = given.configuration.configuration
    policies = [given.configuration.path(each) for each in asked.policies]
    return examine(given.context, given.scopes, policies, prices=asked.prices, wanted=given.wanted)


def _databases(given: Given) -> Examined:
    from credex_actions.maintenance.graph.examining import examine

    assert given.home, "it is skipped without one"
    found = [examine(given.context, given.home, each, environment, wanted=given.wanted) for environment, each in given.databases.items()]
    return joined(found)


def _terraform(given: Given) -> Examined:
    from credex_actions.maintenance.infrastructure.drift import Root
    from credex_actions.maintenance.infrastructure.examining import examine

    asked = given.configuration.configuration
    assert asked.repository is not UNSET
    roots = [
        Root(each.directory, each.name, tuple(each.var_files), tuple(each.backend_config), None if each.config is UNSET else each.config)
        for each in asked.terraform
    ]
    root = given.configuration.path(asked.repository)
    return examine(given.context, root, roots, registries=asked.registries, github=given.github, wanted=given.wanted)


def _repository(given: Given) -> Examined:
    from credex_actions.maintenance.repository.examining import examine

    asked = given.configuration.configuration
    assert asked.repository is not UNSET
    return examine(given.context, given.configuration.path(asked.repository), wanted=given.wanted)


def _logs(given: Given) -> Examined:
    from credex_actions.maintenance.logs.examining import examine
    from credex_actions.maintenance.logs.reading import Group as LogGroups

    groups = [LogGroups(each.group, duration(each.since)) for each in given.configuration.configuration.logs]
    return joined([examine(given.context, scope, groups, given.kept, wanted=given.wanted) for scope in given.scopes])


def _deployments(given: Given) -> Examined:
    """Of each repository, the environments that are its own."""
    from credex_actions.maintenance.deployments.examining import examine

    asked = given.configuration.configuration.deployments
    assert asked is not UNSET
    default = "" if asked.repository is UNSET else asked.repository
    owners: dict[str, dict[str, str]] = {}
    for name, each in asked.environments.items():
        owners.setdefault(default if each.repository is UNSET else each.repository, {})[name] = (
            name if each.branch is UNSET else each.branch
        )
    window = duration(asked.window)
    parts = [
        examine(given.context, partial(given.session, repository), environments, window, wanted=given.wanted)
        for repository, environments in owners.items()
    ]
    return joined(parts)


def joined(parts: Sequence[Examined]) -> Examined:
    return Examined(
        findings=tuple(each for part in parts for each in part.findings),
        ran=tuple(each for part in parts for each in part.ran),
        charts=tuple(each for part in parts for each in part.charts),
        notes=tuple(each for part in parts for each in part.notes),
        calls=sum(part.calls for part in parts),
        kept={name: values for part in parts for name, values in part.kept.items()},
    )


GROUPS: Final[dict[str, Group]] = {
    "account": Group(account.CHECKS, _account, no_policies, aws=True, by_account=True),
    "databases": Group(databases.CHECKS, _databases, no_databases, aws=True),
    "terraform": Group(terraform.CHECKS, _terraform, no_repository),
    "repository": Group(repository.CHECKS, _repository, no_repository),
    "logs": Group(logs.CHECKS, _logs, no_logs, aws=True, by_account=True),
    "deployments": Group(deployments.CHECKS, _deployments, no_deployments),
}
