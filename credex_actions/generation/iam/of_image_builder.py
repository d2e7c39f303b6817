"""Permissions of builds by EC2 Image Builder: only for what bears the suite's own name there, and for snapshots that were made by it."""

from typing import Final

from credex_actions.generation.iam.grant import Grant

WHEN: Final = "`image.builder.via: image-builder` with `mode: build` and `mode: plan`"
OWN: Final = ("arn:aws:imagebuilder:REGION:ACCOUNT:*/credex-neo4j-*",)
ROLE: Final = "arn:aws:iam::ACCOUNT:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder"
MADE: Final = {"StringLike": {"aws:ResourceTag/Ec2ImageBuilderArn": "arn:aws:imagebuilder:*:*:image/credex-neo4j-*"}}
"""The tag that Image Builder sets on its AMIs and their snapshots. Source: Image Builder API reference, resourceTags, reserved keys."""

IMAGE_BUILDER: Final = (
    Grant(
        "ImageBuilder",
        (
            "imagebuilder:CancelImageCreation",
            "imagebuilder:CreateComponent",
            "imagebuilder:CreateDistributionConfiguration",
            "imagebuilder:CreateImage",
            "imagebuilder:CreateImageRecipe",
            "imagebuilder:CreateInfrastructureConfiguration",
            "imagebuilder:DeleteComponent",
            "imagebuilder:DeleteDistributionConfiguration",
            "imagebuilder:DeleteImage",
            "imagebuilder:DeleteImageRecipe",
            "imagebuilder:DeleteInfrastructureConfiguration",
            "imagebuilder:GetComponent",
            "imagebuilder:GetDistributionConfiguration",
            "imagebuilder:GetImage",
            "imagebuilder:GetImageRecipe",
            "imagebuilder:GetInfrastructureConfiguration",
            "imagebuilder:TagResource",
        ),
        f"{WHEN}, `mode: sweep`",
        OWN,
    ),
    Grant(
        "ImageBuilderSeen",
        (
            "imagebuilder:ListDistributionConfigurations",
            "imagebuilder:ListImageBuildVersions",
            "imagebuilder:ListWorkflowExecutions",
            "imagebuilder:ListWorkflowStepExecutions",
        ),
        f"{WHEN}, `mode: sweep`",
    ),
    Grant(
        "ImageBuilderRole",
        ("iam:CreateServiceLinkedRole",),
        f"{WHEN}, if the account has never used Image Builder",
        (ROLE,),
        {"StringEquals": {"iam:AWSServiceName": "imagebuilder.amazonaws.com"}},
        unseen={"iam:CreateServiceLinkedRole": "Image Builder asks for it on the caller's behalf"},
    ),
    Grant(
        "ImageBuilderSnapshots",
        ("ec2:DeleteSnapshot",),
        "`mode: build` and `mode: sweep`, for AMIs that Image Builder has made",
        condition=MADE,
        unseen={"ec2:DeleteSnapshot": "EC2 asks for it when an image is deregistered with its snapshots"},
    ),
)
