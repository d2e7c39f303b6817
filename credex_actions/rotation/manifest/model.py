"""The manifest as types: what msgspec reads, what the published JSON Schema is drawn from, and what every other module works with."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from credex_actions.core.documents.structures import Span, Strict, Text

Variable: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=255, description="the name of a variable")]
Program: TypeAlias = Annotated[list[Text], Meta(min_length=1, description="a program and its arguments, run without a shell")]
Repository: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", description="OWNER/NAME")]

Name: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$", description="name of a credential")]

WHOLE: Final = "json"
"""The part of a credential that is all its parts, as one JSON object: a pair that cannot be read half old."""
PREVIOUS: Final = "previous"
"""The part of a `generated` credential that is its previous value, for as long as the grace lasts; then its value."""


class Probe(Strict, frozen=True, kw_only=True):
    """A call that the new credential has to be allowed: that AWS knows a key does not say that the key may do its work."""

    call: Annotated[str, Meta(pattern=r"^[a-z0-9-]+\.[a-z][a-z0-9_]*$", description="service.operation as boto3 names them")]
    parameters: Annotated[dict[str, Any], Meta(description="the call's parameters")] = field(default_factory=dict, name="with")


class Verification(Strict, frozen=True, kw_only=True):
    successes: Annotated[int, Meta(ge=1, le=50, description="consecutive successes, each with a fresh connection")] = 3
    within: Annotated[Span, Meta(description="how long it is tested")] = "5m"
    probe: Annotated[Probe | None, Meta(description="a call that the access key has to be allowed")] = None
    query: Annotated[str, Meta(max_length=4096, description="Cypher that the new database user has to be allowed to run")] = "RETURN 1"


# Targets: where the value is written.


class GithubSecret(Strict, frozen=True, kw_only=True, tag_field="to", tag="github-secret"):
    """Secrets of GitHub: of a repository, of one of its environments, of an organisation (its visibility is kept), or of Dependabot."""

    names: Annotated[dict[str, Variable], Meta(min_length=1, description="part of the credential: name of the secret")]
    repository: Annotated[Repository, Meta(description="OWNER/NAME; default: where the command runs")] | UnsetType = UNSET
    environment: Annotated[Text, Meta(description="of the repository")] | UnsetType = UNSET
    organisation: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+$", description="whose secret it is; it has to exist")] | UnsetType = UNSET
    dependabot: Annotated[bool, Meta(description="a secret for Dependabot's runs")] = False
    marker: (
        Annotated[
            Variable,
            Meta(description="a variable that accompanies a pair of secrets: `writing:…` while it is written, then what the pair names"),
        ]
        | UnsetType
    ) = UNSET


class SsmParameter(Strict, frozen=True, kw_only=True, tag_field="to", tag="ssm-parameter"):
    """Parameters that exist; their type, tier, tags and labels stay as they are."""

    names: Annotated[
        dict[str, Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.\-/]+$", max_length=1011)]],
        Meta(min_length=1, description="part of the credential: name of the parameter"),
    ]


class SecretsManagerSecret(Strict, frozen=True, kw_only=True, tag_field="to", tag="secrets-manager"):
    """A secret that exists. Without names its value is the credential's own; with them it is JSON, of which these keys are replaced."""

    secret: Annotated[Text, Meta(description="its name or ARN")]
    names: Annotated[dict[str, Text], Meta(description="part of the credential: key of the JSON")] | UnsetType = UNSET


class EnvFile(Strict, frozen=True, kw_only=True, tag_field="to", tag="env-file"):
    """A .env file; its other lines stay as they are."""

    path: Annotated[Text, Meta(description="relative to the working directory")]
    names: Annotated[dict[str, Variable], Meta(min_length=1, description="part of the credential: variable")]


class CommandTarget(Strict, frozen=True, kw_only=True, tag_field="to", tag="command"):
    """A program of yours that stores the value, which it reads from its standard input."""

    name: Annotated[Text, Meta(description="its name in reports")]
    run: Program
    part: Annotated[Text, Meta(description="the part that it gets")] = WHOLE


Target: TypeAlias = GithubSecret | SsmParameter | SecretsManagerSecret | EnvFile | CommandTarget


# Consumers: who uses the value.


class EcsService(Strict, frozen=True, kw_only=True, tag_field="is", tag="ecs-service"):
    """A service whose tasks read the value when they start."""

    cluster: Annotated[Text, Meta(description="name or ARN")]
    service: Annotated[Text, Meta(description="name")]
    redeploy: Annotated[bool, Meta(description="restart its tasks and follow them; without it, wait until someone does")] = True


class Workflows(Strict, frozen=True, kw_only=True, tag_field="is", tag="workflows"):
    """Runs of a repository's workflows: those that began before the new value was written still have the old one."""

    repository: Annotated[Repository, Meta(description="OWNER/NAME; default: where the command runs")] | UnsetType = UNSET
    files: Annotated[list[Text], Meta(description="names of workflow files; default: all of them")] = field(default_factory=list)


Consumer: TypeAlias = EcsService | Workflows


# Credentials.


class Common(Strict, frozen=True, kw_only=True, tag_field="kind"):
    targets: Annotated[list[Target], Meta(max_length=20, description="where it is written, in this order")] = field(default_factory=list)
    used_by: Annotated[list[Consumer], Meta(description="who has the previous value until they restart")] = field(default_factory=list)
    rotate_after: Annotated[Span, Meta(description="the age at which it is due; default: defaults.rotate-after")] | UnsetType = UNSET
    grace: (
        Annotated[
            Span, Meta(description="how long the previous value stays valid, and how long it has to be unused; default: defaults.grace")
        ]
        | UnsetType
    ) = UNSET
    watch: (
        Annotated[Span, Meta(description="how long a deactivated key can be brought back before it is deleted; default: defaults.watch")]
        | UnsetType
    ) = UNSET
    verify: Annotated[Verification, Meta(description="how a new value is tested before it is distributed")] = Verification()
    order: Annotated[int, Meta(ge=0, le=1000, description="lower ones come first; those of the same order are handled in parallel")] = 100
    role: (
        Annotated[str, Meta(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", description="assumed for this credential")] | UnsetType
    ) = UNSET


class IamAccessKey(Common, frozen=True, kw_only=True, tag="iam-access-key"):
    user: Annotated[str, Meta(pattern=r"^[\w+=,.@-]{1,64}$", description="name of the IAM user, without its path")]


class Neo4jPassword(Common, frozen=True, kw_only=True, tag="neo4j-password"):
    """Two users take turns, so that the old password works until nobody needs it."""

    url: Annotated[str, Meta(pattern=r"^(bolt|neo4j)(\+s|\+ssc)?://[^/@]+$", description="address of the database")] | UnsetType = UNSET
    url_parameter: (
        Annotated[str, Meta(pattern=r"^/[A-Za-z0-9_.\-/]+$", description="the SSM parameter that contains that address")] | UnsetType
    ) = UNSET
    users: Annotated[
        list[Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]],
        Meta(min_length=2, max_length=2, description="the two users that alternate; one that does not exist yet is created"),
    ]
    length: Annotated[int, Meta(ge=8, le=512, description="characters of a password")] = 32


class Generated(Common, frozen=True, kw_only=True, tag="generated"):
    """A random value, or a pair of keys."""

    format: Annotated[Literal["hex", "base64", "text", "rsa-pem", "ed25519-pem"], Meta(description="what is generated")] = "base64"
    length: (
        Annotated[int, Meta(ge=16, le=8192, description="bytes of hex and base64, characters of text, bits of an RSA key")] | UnsetType
    ) = UNSET
    alphabet: Annotated[str, Meta(min_length=10, max_length=200, description="characters that a text is generated from")] | UnsetType = (
        UNSET
    )


class Copied(Common, frozen=True, kw_only=True, tag="copied"):
    """A value that someone else issues: it is read from an environment variable, and written wherever it differs."""

    variable: Annotated[Variable, Meta(description="the variable, or the name in copied-values, that holds it")] = field(name="from")


class CommandCredential(Common, frozen=True, kw_only=True, tag="command"):
    """Programs of yours. `create` prints a JSON object of parts; `verify-with` and `revoke` read one from their standard input."""

    create: Annotated[Program, Meta(description='gets {"id": …} on its standard input; the same id means the same value')]
    verify_with: Annotated[Program, Meta(description="exits with code 0 if the value works")]
    revoke: Annotated[Program, Meta(description="revokes a previous value; running it twice must do no harm")] | UnsetType = UNSET


Credential: TypeAlias = IamAccessKey | Neo4jPassword | Generated | Copied | CommandCredential


class SecretsManagerEscrow(Strict, frozen=True, kw_only=True, tag_field="in", tag="secrets-manager"):
    prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9/_+=.@-]{1,400}$", description="prefix of the names of its secrets")] = (
        "credex/rotation/"
    )
    kms_key: Annotated[Text, Meta(description="KMS key that encrypts them; default: the account's own")] | UnsetType = UNSET


class ParameterEscrow(Strict, frozen=True, kw_only=True, tag_field="in", tag="ssm-parameter"):
    prefix: Annotated[str, Meta(pattern=r"^/[A-Za-z0-9_.\-/]{1,400}$", description="prefix of the names of its parameters")] = (
        "/credex/rotation/"
    )
    kms_key: Annotated[Text, Meta(description="KMS key that encrypts them; default: the account's own")] | UnsetType = UNSET


class Defaults(Strict, frozen=True, kw_only=True):
    rotate_after: Annotated[Span, Meta(description="the age at which a value is due")] = "90d"
    grace: Annotated[Span, Meta(description="how long a previous value stays valid")] = "1h"
    watch: Annotated[Span, Meta(description="how long a deactivated key can be brought back")] = "1d"


class Manifest(Strict, frozen=True, kw_only=True):
    """Which credentials there are, where each is stored, who uses it, and how old it may become."""

    credentials: Annotated[dict[Name, Credential], Meta(min_length=1, description="each under its name")]
    version: Annotated[Literal[1], Meta(description="version of the format that this page describes")] = 1
    escrow: Annotated[
        SecretsManagerEscrow | ParameterEscrow, Meta(description="where every new value is stored before it is distributed")
    ] = SecretsManagerEscrow()
    defaults: Annotated[Defaults, Meta(description="defaults of all credentials")] = Defaults()
