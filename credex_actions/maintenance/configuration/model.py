"""The configuration of maintenance-report as types: what msgspec reads, and what the published JSON Schema and the reference page are generated from."""

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from credex_actions.core.documents.structures import Span, Strict, Text

Region: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$", examples=["af-south-1"])]
Path: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1024)]
Environment: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$", examples=["production"])]
FullName: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", examples=["OWNER/NAME"])]
Address: TypeAlias = Annotated[str, Meta(pattern=r"^https?://[^/@\s?#]+(/[^@\s#]*)?$", max_length=1024, examples=["https://HOST"])]


class Account(Strict, frozen=True, kw_only=True):
    """An AWS account, and where in it to look."""

    name: Annotated[str, Meta(min_length=1, max_length=100, description="what it is called in the report")]
    role: (
        Annotated[
            str,
            Meta(
                pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,576}$",
                description="ARN of a role in it, which the job's own credentials may assume; default: those credentials, so their own account",
            ),
        ]
        | UnsetType
    ) = UNSET
    regions: Annotated[list[Region], Meta(max_length=40, description="regions; default: that of the job")] = field(default_factory=list)


class Databases(Strict, frozen=True, kw_only=True):
    """The databases of several environments."""

    config: Annotated[Path, Meta(description="their configuration, `neo4j.yml`")]
    environments: Annotated[
        list[Environment], Meta(min_length=1, max_length=20, description="each of them stands for `{environment}` once")
    ]


class Propose(Strict, frozen=True, kw_only=True):
    """Where `mode: propose` writes Terraform. Only what is found in that account and region is proposed there."""

    directory: Annotated[Path, Meta(description="directory with Terraform that is applied to the account, relative to the repository")]
    account: (
        Annotated[str, Meta(pattern=r"^[0-9]{12}$", description="id of the account; default: that of the job's credentials")] | UnsetType
    ) = UNSET
    region: Annotated[Region, Meta(description="its region; default: that of the job")] | UnsetType = UNSET
    alarm_topic: (
        Annotated[
            str,
            Meta(
                pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$",
                description="ARN of the topic that alarms notify; without it no alarm is proposed",
            ),
        ]
        | UnsetType
    ) = UNSET


class LogGroup(Strict, frozen=True, kw_only=True):
    """Log groups whose events are reviewed."""

    group: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_/.#*?-]{1,512}$", examples=["/ecs/credex-core-*"], description="name, or a glob of names")
    ]
    since: Annotated[Span, Meta(description="how far back")] = "7d"


class DeployedEnvironment(Strict, frozen=True, kw_only=True):
    """An environment of GitHub's deployments."""

    branch: Annotated[Text, Meta(description="the branch that is deployed to it; default: its own name")] | UnsetType = UNSET
    repository: Annotated[FullName, Meta(description="whose deployments they are; default: that of `deployments`")] | UnsetType = UNSET


class Deployments(Strict, frozen=True, kw_only=True):
    """What is deployed where, for the measures of delivery."""

    environments: Annotated[
        dict[Environment, DeployedEnvironment],
        Meta(min_length=1, max_length=20, description="each under its name, in the order in which a change passes them"),
    ]
    repository: Annotated[FullName, Meta(description="default: the repository that the job runs for")] | UnsetType = UNSET
    window: Annotated[Span, Meta(description="how far back")] = "30d"


class TerraformDirectory(Strict, frozen=True, kw_only=True):
    """A directory that is applied, and how: as for plan-terraform. It is planned, read-only, to find what has drifted."""

    directory: Annotated[Path, Meta(description="relative to the repository")]
    name: Annotated[str, Meta(max_length=100, description="of the environment, for the report")] = ""
    var_files: Annotated[list[Path], Meta(max_length=20, description="files of variables, relative to the repository")] = field(
        default_factory=list
    )
    backend_config: Annotated[
        list[Text], Meta(max_length=20, description="settings of the backend: `name=value`, or files relative to the repository")
    ] = field(default_factory=list)
    config: Annotated[Path, Meta(description="the file of `guard-terraform-plan`, relative to the repository")] | UnsetType = UNSET


class Accepted(Strict, frozen=True, kw_only=True):
    """Findings that somebody has decided to live with for a time. They are listed apart and do not count."""

    check: Annotated[Text, Meta(description="name of a check, or a glob of names")]
    until: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-12-31"], description="the last day, by UTC")]
    reason: Annotated[str, Meta(min_length=3, max_length=500, description="why; it is shown with the finding")]
    resource: Annotated[Text, Meta(description="the resource of the finding, or a glob")] = "*"
    account: Annotated[Text, Meta(description="id of the account, or a glob")] = "*"


class Configuration(Strict, frozen=True, kw_only=True):
    """Where to look. Checks of what is not configured here are skipped."""

    version: Annotated[Literal[1], Meta(description="of the form that this page describes")] = 1
    accounts: Annotated[
        list[Account], Meta(max_length=200, description="AWS accounts; default: the account and the region of the job's own credentials")
    ] = field(default_factory=list)
    databases: (
        Annotated[Path | Databases, Meta(description="the configuration of the databases, `neo4j.yml`; or that and its environments")]
        | UnsetType
    ) = UNSET
    repository: Annotated[Path, Meta(description="folder of a checkout")] | UnsetType = UNSET
    terraform: Annotated[list[TerraformDirectory], Meta(max_length=50, description="directories that are planned to find drift")] = field(
        default_factory=list
    )
    logs: Annotated[list[LogGroup], Meta(max_length=100, description="log groups whose events are reviewed")] = field(default_factory=list)
    deployments: Annotated[Deployments, Meta(description="what is deployed where")] | UnsetType = UNSET
    checks: Annotated[
        dict[str, dict[str, float]],
        Meta(description="settings of checks, each under the name of its check ([all of them](maintenance-checks.md))"),
    ] = field(default_factory=dict)
    accepted: Annotated[list[Accepted], Meta(max_length=1000, description="findings that do not count for a time")] = field(
        default_factory=list
    )
    policies: Annotated[list[Path], Meta(max_length=50, description="files of Cloud Custodian policies of your own")] = field(
        default_factory=list
    )
    propose: Annotated[Propose, Meta(description="where pull requests write Terraform")] | UnsetType = UNSET
    owner_tags: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=128)]],
        Meta(min_length=1, max_length=10, description="tags that name the owner of a resource; the first that it has counts"),
    ] = field(default_factory=lambda: ["Owner", "owner", "Team", "team"])
    prices: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")], Annotated[float, Meta(ge=0)]],
        Meta(max_length=500, description="prices in USD that differ from those of the suite, each under its name there"),
    ] = field(default_factory=dict)
    registries: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,252}(:[0-9]{1,5})?$", examples=["registry.example.com"])], Address],
        Meta(max_length=20, description="where a registry of Terraform is asked instead, under its host: a mirror"),
    ] = field(default_factory=dict)
