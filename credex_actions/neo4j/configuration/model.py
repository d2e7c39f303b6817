"""The configuration of the databases as types: what msgspec reads, and what the published JSON Schema and the reference page are generated from."""

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from credex_actions.core.documents.structures import Span, Strict, Text

Name: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="name of a database")]
Tags: TypeAlias = Annotated[
    dict[Annotated[str, Meta(min_length=1, max_length=128)], Annotated[str, Meta(max_length=256)]],
    Meta(min_length=1, max_length=10),
]
Parameter: TypeAlias = Annotated[str, Meta(pattern=r"^/[A-Za-z0-9_.\-/]+$", max_length=1011, examples=["/credex/production/name"])]

NEWEST_AMAZON_LINUX: Final = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


class Instances(Strict, frozen=True, kw_only=True):
    """The EC2 instances that run a database, found by their tags. Another number of instances than `count` is an error: a second one may hold an older copy."""

    tags: Annotated[Tags, Meta(description="tags that an instance has to have, all of them")]
    count: Annotated[int, Meta(ge=1, le=15, description="how many there are; more than one is a cluster")] = 1


class Connect(Strict, frozen=True, kw_only=True):
    """How the suite reaches Bolt."""

    via: Annotated[
        Literal["bolt", "ssm-tunnel", "instance"],
        Meta(description="directly, through SSM port forwarding, or by commands that SSM runs on the instance"),
    ] = "bolt"
    port: Annotated[int, Meta(ge=1, le=65_535, description="Bolt's port on the instance")] = 7687
    patience: Annotated[Span, Meta(description="how long a connection is waited for")] = "30s"


class Login(Strict, frozen=True, kw_only=True):
    """Where the user and the password are; never the password itself."""

    secret: Annotated[Text, Meta(description="name or ARN of a secret in Secrets Manager: JSON with `user` and `password`")] | UnsetType = (
        UNSET
    )
    user_parameter: Annotated[Parameter, Meta(description="SSM parameter that holds the user")] | UnsetType = UNSET
    password_parameter: Annotated[Parameter, Meta(description="SSM parameter (SecureString) that holds the password")] | UnsetType = UNSET


class Volume(Strict, frozen=True, kw_only=True):
    """An EBS volume, found by its tags."""

    tags: Annotated[Tags, Meta(description="tags that the volume has to have, all of them")]


class OwnVolume(Strict, frozen=True, kw_only=True):
    """Data on a volume of its own, which outlives the instance."""

    volume: Annotated[Volume, Meta(description="the volume that holds the data")]
    device: Annotated[Text, Meta(description="device name of its attachment")] = "/dev/sdf"
    path: Annotated[str, Meta(pattern=r"^/[^\s]*$", max_length=1024, description="where the instance mounts it")] = "/var/lib/neo4j/data"


class Check(Strict, frozen=True, kw_only=True):
    """A query whose answer tells whether the database holds what it should hold."""

    query: Annotated[str, Meta(min_length=1, max_length=4096, description="Cypher that returns one value and writes nothing")]
    expect: Annotated[bool | int | float | str | None, Meta(description="the value")] = True
    within: Annotated[Span, Meta(description="how long it may take")] = "30s"


class Database(Strict, frozen=True, kw_only=True):
    """One database of one Neo4j DBMS."""

    instances: Annotated[Instances, Meta(description="where it runs")]
    login: Annotated[Login, Meta(description="as whom the suite logs in")]
    data: Annotated[
        OwnVolume | Literal["root"],
        Meta(description="the volume that holds the data, or `root`, which every change refuses but `migrate-data-volume`"),
    ]
    database: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9.-]{2,62}$", description="its name in the DBMS")] = "neo4j"
    order: Annotated[int, Meta(ge=0, le=1000, description="lower is rolled earlier: the least critical first")] = 100
    connect: Annotated[Connect, Meta(description="how it is reached")] = Connect()
    url: (
        Annotated[
            str,
            Meta(pattern=r"^(bolt|neo4j)(\+s|\+ssc)?://[^/@\s]+$", description="where it listens; default: the instance's private address"),
        ]
        | UnsetType
    ) = UNSET
    url_parameter: (
        Annotated[Parameter, Meta(description="SSM parameter that holds its Bolt URL, and is updated if the address changes")] | UnsetType
    ) = UNSET
    checks: Annotated[list[Check], Meta(max_length=50, description="what has to be true of it after a restore or a roll-out")] = field(
        default_factory=list
    )


class Keep(Strict, frozen=True, kw_only=True):
    """A backup is pruned only if it is neither among the last nor younger than that. The newest good one is always kept."""

    last: Annotated[int, Meta(ge=1, le=1000, description="number of backups")] = 7
    days: Annotated[int, Meta(ge=0, le=3650, description="days")] = 30


class Backup(Strict, frozen=True, kw_only=True):
    """How backups are taken, and how old they may become."""

    method: Annotated[
        Literal["snapshot", "dump", "aws-backup"],
        Meta(description="an EBS snapshot, `neo4j-admin database dump` to S3, or an AWS Backup job"),
    ] = "snapshot"
    quiesce: Annotated[
        Literal["checkpoint", "stop"],
        Meta(
            description="before a snapshot: a checkpoint, where the edition has db.checkpoint (the database runs on), or a clean stop of Neo4j "
            "for the seconds until the snapshot is begun"
        ),
    ] = "checkpoint"
    maximum_age: Annotated[Span, Meta(description="the age of the newest backup above which it is stale")] = "24h"
    drill_every: Annotated[Span, Meta(description="how often a backup has to be restored and compared")] = "7d"
    keep: Annotated[Keep, Meta(description="what pruning leaves")] = Keep()
    bucket: (
        Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="S3 bucket of dumps; `dump` needs it")] | UnsetType
    ) = UNSET
    prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9!_.*'()/-]*$", max_length=512, description="begins the names of dumps")] = "neo4j/"
    vault: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{2,50}$", description="AWS Backup vault; `aws-backup` needs it")] | UnsetType = UNSET
    role: (
        Annotated[
            str,
            Meta(
                pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,576}$",
                description="ARN of the role that AWS Backup assumes; default: AWSBackupDefaultServiceRole of the account",
            ),
        ]
        | UnsetType
    ) = UNSET
    kms_key: Annotated[Text, Meta(description="that encrypts backups; default: that of the volume or the bucket")] | UnsetType = UNSET


class Source(Strict, frozen=True, kw_only=True):
    """A place that publishes which versions of Neo4j there are."""

    kind: Annotated[
        Literal["maven", "yum", "debian", "docker-hub", "github"],
        Meta(
            description="Maven's metadata (`maven-metadata.xml`), a yum repository (its folder), a Debian index (its file `Packages` or `Packages.gz`), "
            "the tags of a repository of Docker Hub, or those of a repository of GitHub; both by the address of their API"
        ),
    ]
    url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^/@\s?#]+(/[^@\s#]*)?$",
            max_length=1024,
            examples=["https://yum.neo4j.com/stable/5/"],
            description="its address; http only on this machine",
        ),
    ]


class Builder(Strict, frozen=True, kw_only=True):
    """Where an AMI is built and tested: on instances of their own, which end with it. What is not set is that of the database that is rolled first."""

    instance_type: Annotated[Text, Meta(examples=["t3.large"], description="its type; it needs memory for Neo4j")] | UnsetType = UNSET
    subnet: (
        Annotated[
            str, Meta(pattern=r"^subnet-[0-9a-f]{8,17}$", description="id of a subnet from which SSM and the package index are reached")
        ]
        | UnsetType
    ) = UNSET
    security_groups: (
        Annotated[
            list[Annotated[str, Meta(pattern=r"^sg-[0-9a-f]{8,17}$")]],
            Meta(min_length=1, max_length=5, description="ids of security groups; nothing has to come in"),
        ]
        | UnsetType
    ) = UNSET
    profile: Annotated[Text, Meta(description="name or ARN of an instance profile with AmazonSSMManagedInstanceCore")] | UnsetType = UNSET


class Image(Strict, frozen=True, kw_only=True):
    """The AMI that the instances are built from."""

    series: Annotated[
        str, Meta(pattern=r"^[0-9]{1,4}\.[0-9]{1,2}$", examples=['"5.26"'], description="Neo4j's minor series, in quotes")
    ] = "5.26"
    edition: Annotated[Literal["community", "enterprise"], Meta(description="Neo4j's edition")] = "community"
    base_parameter: Annotated[Parameter, Meta(description="SSM parameter that holds the id of the base AMI")] = NEWEST_AMAZON_LINUX
    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9()\[\] ./'@_-]{3,90}$", description="begins the names of the AMIs")] = "neo4j"
    keep: Annotated[int, Meta(ge=1, le=100, description="number of AMIs that are kept; one in use is always kept")] = 3
    deprecate_after: Annotated[Span, Meta(description="when an AMI is deprecated, counted from its build")] = "365d"
    accept_license: Annotated[
        bool, Meta(description="that Neo4j's license agreement for Enterprise Edition is accepted; `edition: enterprise` needs it to build")
    ] = False
    builder: Annotated[Builder, Meta(description="where it is built")] = Builder()
    sources: (
        Annotated[
            list[Source],
            Meta(
                min_length=1,
                max_length=10,
                description="where versions are looked up; two kinds of them have to agree. Default: the tags of neo4j/neo4j on GitHub, and Neo4j's yum repositories",
            ),
        ]
        | UnsetType
    ) = UNSET


class Service(Strict, frozen=True, kw_only=True):
    """The ECS service that uses the databases."""

    cluster: Annotated[Text, Meta(description="name or ARN")]
    name: Annotated[Text, Meta(description="name")]


class Window(Strict, frozen=True, kw_only=True):
    """When a roll-out may begin."""

    cron: Annotated[
        str, Meta(max_length=100, examples=['"0 2 * * 2"'], description="five fields: minute, hour, day of month, month, day of week")
    ]
    hours: Annotated[float, Meta(gt=0, le=24, description="how long it is open")] = 2
    time_zone: Annotated[str, Meta(max_length=64, description="name in the IANA Time Zone Database")] = "UTC"


class Rollout(Strict, frozen=True, kw_only=True):
    """How a new AMI reaches the instances."""

    service: Annotated[Service, Meta(description="the service that is redeployed if an address changes")] | UnsetType = UNSET
    drain: Annotated[
        Literal["stop-writes", "none"], Meta(description="what is done before a database stops: its databases become read-only, or nothing")
    ] = "stop-writes"
    bake: Annotated[Span, Meta(description="how long one has to run well before the next one is rolled")] = "15m"
    alarms: Annotated[list[Text], Meta(max_length=100, description="CloudWatch alarms that stop a roll-out; names")] = field(
        default_factory=list
    )
    window: Annotated[Window, Meta(description="when it may begin; default: at any time")] | UnsetType = UNSET


class Configuration(Strict, frozen=True, kw_only=True):
    """Which databases there are, and how they are backed up, built and rolled."""

    databases: Annotated[dict[Name, Database], Meta(min_length=1, max_length=100, description="each under its name")]
    version: Annotated[Literal[1], Meta(description="of the form that this page describes")] = 1
    backup: Annotated[Backup, Meta(description="of every database")] = Backup()
    image: Annotated[Image, Meta(description="of every instance")] = Image()
    rollout: Annotated[Rollout, Meta(description="of every instance")] = Rollout()
