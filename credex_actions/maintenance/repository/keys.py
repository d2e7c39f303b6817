"""Which stored keys a workflow could do without, since what it signs in to trusts GitHub's OIDC tokens. Pure.

Source: GitHub docs, "OpenID Connect"; the inputs are those of the actions' own documentation.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from credex_actions.core.documentation import page_at
from credex_actions.core.text import one_line
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.repository.workflows import Workflow

CHECK: Final = "key-replaceable"


class _SignIn(NamedTuple):
    """`action`: its name, without the ref. `inputs`: a stored key goes into one of them; `instead`: says what OIDC takes there."""

    action: str
    inputs: tuple[str, ...]
    where: str
    instead: str


ACTIONS: Final = (
    _SignIn("aws-actions/configure-aws-credentials", ("aws-access-key-id", "aws-secret-access-key"), "AWS", "role-to-assume"),
    _SignIn("google-github-actions/auth", ("credentials_json",), "Google Cloud", "workload_identity_provider"),
    _SignIn("azure/login", ("creds",), "Azure", "client-id, tenant-id and subscription-id"),
    _SignIn("pypa/gh-action-pypi-publish", ("password",), "PyPI", "a trusted publisher, and no password"),
    _SignIn("hashicorp/vault-action", ("token",), "Vault", "method: jwt, and a role"),
)
VARIABLE: Final = re.compile(r"^\s*(?:-\s*)?(AWS_SECRET_ACCESS_KEY|AWS_SECRET_KEY)\s*:\s*[\"']?\$\{\{\s*secrets\.(\w+)", re.MULTILINE)
"""A mapping of an environment or of secrets that are passed on."""
SECRET: Final = re.compile(r"\$\{\{.*\bsecrets\.(\w+)")
FALLBACK: Final = "role-to-assume"
GUIDES: Final = {"AWS": page_at("docs/how-to/sign-in-to-aws.md#replace-long-lived-keys")}
"""Step by step, by what is signed in to."""


def replaceable(workflows: Iterable[Workflow]) -> Iterator[Finding]:
    for workflow in workflows:
        found = [*_by_action(workflow), *_by_variable(workflow)]
        for where in dict.fromkeys(where for where, *_ in found):
            yield _finding(workflow, where, [(secret, line, instead) for each, secret, line, instead in found if each == where])


def _by_action(workflow: Workflow) -> Iterator[tuple[str, str, int, str]]:
    for use in workflow.uses:
        name = use.what.partition("@")[0].lower()
        for each in ACTIONS:
            if name != each.action:
                continue
            if FALLBACK in use.inputs and each.where == "AWS" and use.inputs[FALLBACK]:
                continue  # a role that is assumed: by OIDC, or by keys that may be for nothing else
            for given in each.inputs:
                if found := SECRET.search(str(use.inputs.get(given, ""))):
                    yield each.where, found[1], use.number, each.instead


def _by_variable(workflow: Workflow) -> Iterator[tuple[str, str, int, str]]:
    """Steps that read AWS's variables, or a called workflow that is passed the keys, and no role at all in the file."""
    if FALLBACK in workflow.text:
        return
    for found in VARIABLE.finditer(workflow.text):
        yield (
            "AWS",
            found[2],
            workflow.text.count("\n", 0, found.start(1)) + 1,
            "a role (aws-actions/configure-aws-credentials, role-to-assume)",
        )


def _finding(workflow: Workflow, where: str, found: list[tuple[str, int, str]]) -> Finding:
    secrets = ", ".join(sorted({secret for secret, *_ in found}))
    _, line, instead = found[0]
    guide = f" Step by step: {GUIDES[where]}" if where in GUIDES else ""
    return Finding(
        check=CHECK,
        severity="medium",
        resource=workflow.file,
        key=where,
        title=f"{workflow.file} signs in to {where} with a stored key",
        why=f"It uses {one_line(secrets, 200)}, which does not expire and is in every copy of the secrets; {where} accepts GitHub's OIDC token instead, which lasts for the job.",
        fix=f"Let {where} trust the repository's OIDC tokens, grant the job id-token: write, use {instead}, then delete the key and the secret.{guide}",
        place=Place(file=workflow.file, line=line),
    )
