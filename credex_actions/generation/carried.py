"""Which commands a release carries the packages of, and what the READMEs say about it. releasing/packages.py takes them from here, and actions/start.py has the second table."""

from typing import Final

COMMANDS: Final = (
    "apply-terraform",
    "comment-on-pull-request",
    "deploy-task-definition",
    "guard-terraform-plan",
    "migrate",
    "plan-terraform",
    "promote",
    "render-task-definition",
    "trigger-dev-deploy",
    "verify-deployment",
)

TOKEN_SUFFICES: Final = ("comment-on-pull-request", "promote", "trigger-dev-deploy")
"""Those that need compiled packages for the private key of a GitHub App only."""


def sentence(command: str) -> str:
    installed = (
        "installed from the runner's package index, pinned by hash; without an index it ends with exit code 4 before anything is done."
    )
    if command not in COMMANDS:
        return f"It needs packages that have to be compiled, so they are not part of a release but {installed}"
    if command in TOKEN_SUFFICES:
        return f"With a token, a release has all that it needs, and no package index is asked. To sign in as a GitHub App it needs packages that have to be compiled: they are {installed}"
    return "A release has all that it needs: no package index is asked."
