"""Inputs that every command has which speaks to GitHub: the repository, and who asks."""

from typing import Annotated, TypeAlias

from credex_actions.core.command.declaration import Input
from credex_actions.core.command.kinds import SECRET, TEXT
from credex_actions.core.secret import Secret

Repository: TypeAlias = Annotated[str | None, Input("OWNER/NAME; default: GITHUB_REPOSITORY, else the git remote of the checkout", TEXT)]
AppId: TypeAlias = Annotated[
    str | None, Input("id of the GitHub App to act as, instead of the owner of a token; also read from GH_APP_ID", TEXT)
]
AppPrivateKey: TypeAlias = Annotated[
    Secret | None,
    Input("private key of the App (PEM; line breaks may be written as \\n); also read from GH_APP_PRIVATE_KEY", SECRET, from_file=True),
]
AppInstallationId: TypeAlias = Annotated[
    str | None, Input("installation id of the App; default: the one that includes the repository; also read from GH_INSTALLATION_ID", TEXT)
]
