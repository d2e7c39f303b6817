"""Inputs that every command has which speaks to AWS: the role that it signs in as."""

from typing import Annotated, TypeAlias

from credex_actions.core.command.declaration import Input
from credex_actions.core.command.kinds import ROLE_ARN, SESSION_NAME, SESSION_SECONDS

RoleToAssume: TypeAlias = Annotated[
    str | None,
    Input(
        "ARN of the IAM role to sign in as, with GitHub's OIDC token (the job needs permissions: id-token: write), "
        "otherwise with the available AWS credentials; default: those credentials themselves",
        ROLE_ARN,
    ),
]
RoleDurationSeconds: TypeAlias = Annotated[
    int, Input("duration of the role session in seconds, 900 to 43200; it is renewed before it expires", SESSION_SECONDS)
]
RoleSessionName: TypeAlias = Annotated[str, Input("name of the role session, as shown in CloudTrail", SESSION_NAME)]
