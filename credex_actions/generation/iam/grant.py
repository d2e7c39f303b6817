"""A line of the table of permissions, and how a call of AWS's API is named in a policy."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

ANY: Final = ("*",)


class Grant(NamedTuple):
    """Permissions that go together. `sid`: of the statement. `when`: the inputs that need it; "" for always. `on`: ARNs, with names in capitals to be replaced.

    `condition`: of the statement. `unseen`: why an action is here that no recorded call shows, by the action.
    """

    sid: str
    actions: tuple[str, ...]
    when: str = ""
    on: tuple[str, ...] = ANY
    condition: Mapping[str, Mapping[str, Any]] = {}
    unseen: Mapping[str, str] = {}


class Job(NamedTuple):
    """What an action needs of GitHub: permissions of its job with their reasons, and of an App in its place."""

    permissions: Mapping[str, str]
    app: str = ""


PREFIXES: Final = {"monitoring": "cloudwatch"}
"""Services whose name in a policy is another one than that under which their requests are signed."""

NAMES: Final = {
    "access-analyzer:GetFindingV2": "access-analyzer:GetFinding",
    "access-analyzer:ListFindingsV2": "access-analyzer:ListFindings",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
}
"""Operations whose permission has another name. Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3", "… for AWS IAM Access Analyzer"."""

FREE: Final = frozenset(("sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"))
"""What nobody has to be allowed: AWS answers the first to everyone, and the second is for the role's trust policy to decide."""


def action_of(service: str, operation: str) -> str:
    """The action in a policy that allows a call; "" for one that needs none, such as one that nobody signed, which names no service."""
    if not service:
        return ""
    called = f"{PREFIXES.get(service, service)}:{operation}"
    return "" if called in FREE else NAMES.get(called, called)
