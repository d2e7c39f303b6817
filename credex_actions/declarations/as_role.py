"""Inputs that every command has which speaks to AWS: the role that it signs in as."""

from typing import Annotated, TypeAlias

from credex_actions.core.command.declaration import Input
from credex_actions.core.command.kinds import ROLE_ARN, SESSION_NAME, SESSION_SECONDS

RoleToAssume: TypeAlias = Annotated[
    str | None,
    Input(
        "ARN of the IAM role to sign in as, by GitHub's identity token (the job needs permissions: id-token: write), "
        "else by the AWS credentials that are there; not given: as those credentials",
        ROLE_ARN,
    ),
]
RoleDurationSeconds: TypeAlias = Annotated[
    int, Input("how long a session of that role lasts, in seconds, 900 to 43200; it is renewed before it ends", SESSION_SECONDS)
]
RoleSessionName: TypeAlias = Annotated[str, Input("name of that session, as CloudTrail shows it", SESSION_NAME)]
