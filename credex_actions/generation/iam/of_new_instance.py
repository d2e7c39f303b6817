"""Permissions of roll-outs to a new instance, which takes the place of the old one."""

from typing import Final

from credex_actions.generation.iam.conditions import OF_DATABASES, UNPROVEN, created_with, has, keys
from credex_actions.generation.iam.grant import Grant
from credex_actions.generation.iam.of_reaching import INSTANCES
from credex_actions.generation.iam.of_scratch import VOLUMES

NEW_INSTANCE: Final = (
    Grant(
        "Successor",
        ("ec2:RunInstances",),
        "`rollout.swap: new-instance`; with a placement group, a dedicated host or a license, their resources too",
        INSTANCES,
        {"StringEquals": {"aws:RequestTag/TAG": "VALUE"}, **created_with(UNPROVEN)},
    ),
    Grant("SuccessorRoot", ("ec2:RunInstances",), "as above", VOLUMES, created_with("credex:run")),
    Grant(
        "DiscardSuccessor",
        ("ec2:TerminateInstances",),
        "as above, of one on which no database was proven; nothing sets that tag later",
        INSTANCES,
        {**OF_DATABASES, **has(UNPROVEN)},
    ),
    Grant("ProveSuccessor", ("ec2:DeleteTags",), "as above", INSTANCES, {**keys(UNPROVEN), **OF_DATABASES}),
)
