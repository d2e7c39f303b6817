"""Where the user data from before a roll-out are kept: in a launch template that nothing is launched from, named by the database and their digest. It costs nothing, takes what EC2 takes as user data, and
is read by whoever could read those of the instance.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import botocore.exceptions

from credex_actions.aws.tags import as_list
from credex_actions.core.aws.clients import Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.rollout.user_data.content import SHORT, digest, short

NONE: Final = digest(b"")
"""Of an instance without any: nothing has to be kept of them."""
PREFIX: Final = "credex-user-data-"
LONGEST_NAME: Final = 128
"""Source: EC2 API reference, CreateLaunchTemplate."""
EXISTS: Final = "InvalidLaunchTemplateName.AlreadyExistsException"
UNKNOWN: Final = "InvalidLaunchTemplateName.NotFoundException"


def name_of(database: str, which: str) -> str:
    """One of its own for each database: what is deleted for one is not missed by another. The name of a group's member may be longer than there is room for: its digest tells it apart."""
    room = LONGEST_NAME - len(PREFIX) - len(which) - 1
    told = database if len(database) <= room else f"{database[: room - SHORT - 1]}-{short(sha256(database.encode()).hexdigest())}"
    return f"{PREFIX}{told}-{which}"


def keep(clients: Clients, database: str, user_data: bytes, tags: Mapping[str, str]) -> None:
    """One that exists has the same content, or is none of ours: `kept` tells."""
    specified = [{"ResourceType": "launch-template", "Tags": as_list(tags)}]
    data = {"UserData": b64encode(user_data).decode()}
    try:
        with one_write():
            clients.write("ec2").create_launch_template(
                LaunchTemplateName=name_of(database, digest(user_data)), LaunchTemplateData=data, TagSpecifications=specified
            )
    except botocore.exceptions.ClientError as error:
        if code_of(error) != EXISTS:
            raise


def kept(clients: Clients, clock: Clock, database: str, which: str) -> bytes | None:
    """None if they are not there, or are not what their digest says."""
    if which == NONE:
        return b""
    ec2: Any = clients.read("ec2")
    name = name_of(database, which)
    try:
        found = look_again(clock, lambda: ec2.describe_launch_template_versions(LaunchTemplateName=name, Versions=["$Default"]))[
            "LaunchTemplateVersions"
        ]
    except botocore.exceptions.ClientError as error:
        if code_of(error) != UNKNOWN:
            raise
        return None
    user_data = b64decode(found[0]["LaunchTemplateData"].get("UserData", "")) if found else b""
    return user_data if digest(user_data) == which else None
