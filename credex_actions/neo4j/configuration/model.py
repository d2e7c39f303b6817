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

OwnParameter: TypeAlias = Annotated[
    str, Meta(pattern=r"^/([A-Za-z0-9_.\-/]|\{instance\})+$", max_length=1011, examples=["/credex/production/name"])
]

NEWEST_AMAZON_LINUX: Final = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"


class Instances(Strict, frozen=True, kw_only=True):
    """The EC2 instance that runs a database, found by its tags; with `count`, a group of them. Another number of instances is an error: a second one may hold an older copy."""

    tags: Annotated[Tags, Meta(description="tags that an instance has to have, all of them")]
    count: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=100,
                description="how many there are: a group, each of which holds a database of its own; default: one, and no group",
            ),
        ]
        | UnsetType
    ) = UNSET


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
    user_parameter: Annotated[OwnParameter, Meta(description="SSM parameter that holds the user")] | UnsetType = UNSET
    password_parameter: Annotated[OwnParameter, Meta(description="SSM parameter (SecureString) that holds the password")] | UnsetType = (
        UNSET
    )


class Volume(Strict, frozen=True, kw_only=True):
    """An EBS volume, found by its tags."""

    tags: Annotated[Tags, Meta(description="tags that the volume has to have, all of them")]


class OwnVolume(Strict, frozen=True, kw_only=True):
    """Data on a volume of its own, which outlives the instance."""

    volume: Annotated[Volume, Meta(description="the volume that holds the data")]
    device: Annotated[Text, Meta(description="device name of its attachment")] = "/dev/sdf"
    path: Annotated[str, Meta(pattern=r"^/[^\s]*$", max_length=1024, description="where the instance mounts it")] = "/var/lib/neo4j/data"


class Move(Strict, frozen=True, kw_only=True):
    """The volume that `migrate-data-volume` moves data to which are on the root volume."""

    size: Annotated[int, Meta(ge=1, le=65_536, description="GiB; default: twice what the data take, 20 at least")] | UnsetType = UNSET
    device: Annotated[str, Meta(pattern=r"^/dev/[a-z0-9]{2,32}$", description="device name of its attachment")] = "/dev/sdf"
    path: Annotated[
        str, Meta(pattern=r"^/[A-Za-z0-9._/-]+[A-Za-z0-9_-]$", max_length=1024, description="where the data are on the instance")
    ] = "/var/lib/neo4j/data"
    kms_key: Annotated[Text, Meta(description="that encrypts it; default: the account's key for EBS")] | UnsetType = UNSET
    tags: Annotated[Tags, Meta(description='its tags; default: those of the instances, and `Data: "true"`')] | UnsetType = UNSET


class UserData(Strict, frozen=True, kw_only=True):
    """What the first boot of an instance is told. A roll-out brings a new one to the instance, and what its script writes into neo4j.conf with it."""

    file: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1024,
            description="a script, or `#cloud-config`, of at most 16,384 bytes and without secrets; relative to this file",
            examples=["user-data/{environment}/ledger-space.sh"],
        ),
    ]


class Check(Strict, frozen=True, kw_only=True):
    """A query whose answer tells whether the database holds what it should hold."""

    query: Annotated[str, Meta(min_length=1, max_length=4096, description="Cypher that returns one value and writes nothing")]
    expect: Annotated[bool | int | float | str | None, Meta(description="the value")] = True
    within: Annotated[Span, Meta(description="how long it may take")] = "30s"


class Database(Strict, frozen=True, kw_only=True):
    """One database of one Neo4j DBMS. Two on one instance can be backed up by checkpoint; what stops the instance's Neo4j takes one of them: name it in `databases`."""

    instances: Annotated[Instances, Meta(description="where it runs")]
    login: Annotated[Login, Meta(description="as whom the suite logs in")]
    data: Annotated[
        OwnVolume | Literal["root"],
        Meta(description="the volume that holds the data, or `root`, which every change refuses but `migrate-data-volume`"),
    ]
    move: Annotated[Move, Meta(description="with `data: root`: where they are moved to")] = Move()
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
        Annotated[OwnParameter, Meta(description="SSM parameter that holds its Bolt URL, and is updated if the address changes")]
        | UnsetType
    ) = UNSET
    user_data: (
        Annotated[UserData, Meta(description="the user data that its instance is to have; default: those that it has")] | UnsetType
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
    """By what an AMI is built, and where it is built and tested: on instances of their own, which end with it. What is not set is that of the database that is rolled first."""

    via: Annotated[
        Literal["ssm", "image-builder"],
        Meta(
            description="an EC2 instance of the run that SSM commands, or EC2 Image Builder, from the same recipe; the instance profile then needs EC2InstanceProfileForImageBuilder too"
        ),
    ] = "ssm"
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
    terraform_state: Annotated[
        list[Text],
        Meta(
            max_length=50,
            description="Terraform states whose AMIs are kept: `s3://bucket/key`, or a file",
            examples=[["s3://credex-state/production.tfstate"]],
        ),
    ] = field(default_factory=list)
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


class Rehearsal(Strict, frozen=True, kw_only=True):
    """How a roll-out is rehearsed: the new AMI is launched with a clone of the newest backup, and removed."""

    maximum_age: Annotated[Span, Meta(description="how long a rehearsal counts for a plan and for applying it")] = "7d"
    security_groups: (
        Annotated[
            list[Annotated[str, Meta(pattern=r"^sg-[0-9a-f]{8,17}$")]],
            Meta(
                min_length=1,
                max_length=5,
                description="ids of the security groups of the instance with the clone; with `ssm-tunnel` and `instance` nothing has to come in. "
                "Default: those of the database",
            ),
        ]
        | UnsetType
    ) = UNSET


class Rollout(Strict, frozen=True, kw_only=True):
    """How a new AMI reaches the instances."""

    service: Annotated[Service, Meta(description="the service that is redeployed if an address changes")] | UnsetType = UNSET
    drain: Annotated[
        Literal["stop-writes", "service", "none"],
        Meta(
            description="what is done before a database stops: it becomes read-only (Enterprise Edition; on Community Edition, which cannot, open transactions "
            "get their time and the clean stop ends the writes), the service is scaled to 0 until the database is back, or nothing"
        ),
    ] = "stop-writes"
    drain_within: Annotated[Span, Meta(description="how long open transactions, or the service's tasks, get to end")] = "30s"
    swap: Annotated[
        Literal["replace-root", "new-instance"],
        Meta(
            description="how an AMI comes to a database: the root volume of its instance is replaced, or a new instance is launched, like the old one, and gets the "
            "data volume, where EC2 cannot replace the root volume"
        ),
    ] = "replace-root"
    batch: Annotated[
        int, Meta(ge=1, le=100, description="how many instances of a group are rolled at the same time, after the first one alone")
    ] = 1
    bake: Annotated[Span, Meta(description="how long one has to run well before the next one is rolled")] = "15m"
    silence: Annotated[Span, Meta(description="how long Bolt may not respond meanwhile")] = "30s"
    slowdown: Annotated[
        float,
        Meta(ge=1.1, le=1000, description="how many times slower than before the checks' queries, and RETURN 1, may be at the end of it"),
    ] = 5.0
    start_within: Annotated[
        Span, Meta(description="how long a database may take to respond after its root volume was replaced; then the roll-out goes back")
    ] = "10m"
    alarms: Annotated[list[Text], Meta(max_length=100, description="CloudWatch alarms that stop a roll-out; names")] = field(
        default_factory=list
    )
    longest_transaction: Annotated[Span, Meta(description="a transaction that lasts longer keeps a database from being stopped")] = "1m"
    rehearsal: Annotated[Rehearsal, Meta(description="how a roll-out is rehearsed")] = Rehearsal()
    window: Annotated[Window, Meta(description="when it may begin; default: at any time")] | UnsetType = UNSET


class Configuration(Strict, frozen=True, kw_only=True):
    """Which databases there are, and how they are backed up, built and rolled."""

    databases: Annotated[dict[Name, Database], Meta(min_length=1, max_length=100, description="each under its name")]
    version: Annotated[Literal[1], Meta(description="of the form that this page describes")] = 1
    backup: Annotated[Backup, Meta(description="of every database")] = Backup()
    image: Annotated[Image, Meta(description="of every instance")] = Image()
    rollout: Annotated[Rollout, Meta(description="of every instance")] = Rollout()
