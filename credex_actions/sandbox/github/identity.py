"""Who may ask for OIDC tokens, and what the tokens say: GitHub hands a job that has the permission `id-token: write` an address and a bearer for it.

Source: GitHub docs, "OpenID Connect reference".
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

import yaml

from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.speaker import Speaker

PATH: Final = "/_oidc/token"
ADDRESS, BEARER = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
GIVEN_ADDRESS, GIVEN_BEARER = "SANDBOX_ID_TOKEN_URL", "SANDBOX_ID_TOKEN"
"""Variables in which a run has them; only jobs that may are handed them on."""


def bearer(hub: Hub, speaker: Speaker) -> str:
    """A new one, for as long as the run continues."""
    text = secrets.token_hex(24)
    hub.speakers[text] = speaker
    return text


def address(url: str) -> str:
    """Where `url` is the server's own; an audience, and here the job's environment, follow."""
    return f"{url}{PATH}?api-version=2.0"


def handed_on(text: str) -> str:
    """A workflow file in which each job that may ask for tokens gets the address and the bearer, as GitHub's runner gives them to it."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    jobs = document.get("jobs") if isinstance(document, dict) else None
    if not isinstance(jobs, dict):
        return text
    for key, job in jobs.items():
        if isinstance(job, dict) and "steps" in job and _may(job.get("permissions", document.get("permissions"))):
            text = _with_variables(text, str(key), _environment(job))
    return text


def _may(permissions: object) -> bool:
    return permissions == "write-all" or (isinstance(permissions, Mapping) and permissions.get("id-token") == "write")


def _environment(job: Mapping[str, Any]) -> str:
    named = job.get("environment", "")
    return str(named.get("name", "") if isinstance(named, Mapping) else named)


def _with_variables(text: str, job: str, environment: str) -> str:
    """Written into the text, which stays as it is otherwise: a YAML library would write `on` and quoted words again."""
    lines = text.split("\n")
    start = next(at for at, line in enumerate(lines) if re.match(r"jobs: *(#.*)?$", line))
    head = next(at for at in range(start, len(lines)) if re.match(rf" +[\"']?{re.escape(job)}[\"']?: *(#.*)?$", lines[at]))
    indent = len(lines[head]) - len(lines[head].lstrip())
    inside = next(len(line) - len(line.lstrip()) for line in lines[head + 1 :] if line.strip() and not line.lstrip().startswith("#"))
    end = next(
        (at for at in range(head + 1, len(lines)) if lines[at].strip() and len(lines[at]) - len(lines[at].lstrip()) <= indent), len(lines)
    )
    own = next((at for at in range(head + 1, end) if re.match(rf" {{{inside}}}env: *(#.*)?$", lines[at])), None)
    deeper = " " * (inside + 2)
    added = [
        f'{deeper}{ADDRESS}: "${{{{ vars.{GIVEN_ADDRESS} }}}}&environment={environment}"',
        f'{deeper}{BEARER}: "${{{{ vars.{GIVEN_BEARER} }}}}"',
    ]
    if own is None:
        lines[head + 1 : head + 1] = [f"{' ' * inside}env:", *added]
    else:
        lines[own + 1 : own + 1] = added
    return "\n".join(lines)
