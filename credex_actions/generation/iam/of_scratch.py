"""Permissions for instances that live as long as their run, of drills, builds and rehearsals: launched with a tag, and removed only if they bear it."""

from typing import Final

from credex_actions.generation.iam.conditions import SCRATCH, created_with, has, keys
from credex_actions.generation.iam.grant import Grant
from credex_actions.generation.iam.of_reaching import DOCUMENTED, INSTANCES

VOLUMES: Final = ("arn:aws:ec2:*:*:volume/*",)
SNAPSHOTS: Final = ("arn:aws:ec2:*::snapshot/*",)
IMAGES: Final = ("arn:aws:ec2:*::image/*",)
PLACES: Final = tuple(f"arn:aws:ec2:*:*:{kind}/*" for kind in ("network-interface", "security-group", "subnet"))
PASSED: Final = "a condition of EC2 for whoever starts an instance with a profile, not a call"
TO_EC2: Final = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
KEY: Final = ("arn:aws:kms:REGION:ACCOUNT:key/KEY",)
FOR_EBS: Final = "EC2 asks for it on the caller's behalf"


def scratch(when: str) -> tuple[Grant, ...]:
    """`when`: the modes that launch them; each of them removes them, too."""
    return (
        Grant("Scratch", ("ec2:RunInstances",), when, (*INSTANCES, *VOLUMES), created_with(SCRATCH)),
        Grant("ScratchFrom", ("ec2:RunInstances",), when, (*IMAGES, *SNAPSHOTS, *PLACES)),
        Grant("LeaseScratch", ("ec2:CreateTags",), when, condition={**keys("credex:lease"), **has(SCRATCH)}),
        Grant(
            "ReachScratch",
            ("ssm:SendCommand", "ssm:StartSession"),
            when,
            INSTANCES,
            {"StringLike": {f"ssm:resourceTag/{SCRATCH}": "*"}, **DOCUMENTED},
        ),
        Grant("RemoveScratch", ("ec2:DeleteVolume", "ec2:TerminateInstances"), f"{when}, `mode: sweep`", condition=has(SCRATCH)),
    )


def volume_keys(when: str) -> tuple[Grant, ...]:
    """Source: Amazon EBS user guide, "Requirements for Amazon EBS encryption", "Permissions for users"."""
    used = ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    via = {"StringEquals": {"kms:ViaService": "ec2.REGION.amazonaws.com"}}
    what = f"only with volumes or snapshots under a KMS key of your own: {when}"
    return (
        Grant("VolumeKey", used, what, KEY, via, unseen=dict.fromkeys(used, FOR_EBS)),
        Grant(
            "VolumeKeyGrant",
            ("kms:CreateGrant",),
            what,
            KEY,
            {**via, "Bool": {"kms:GrantIsForAWSResource": "true"}},
            unseen={"kms:CreateGrant": FOR_EBS},
        ),
    )
