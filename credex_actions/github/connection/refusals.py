"""What GitHub's refusals mean, and what to do about them: pure."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import one_line
from credex_actions.github.connection.answers import Refused
from credex_actions.github.connection.credentials import AppCredentials, Credentials
from credex_actions.github.connection.limits import server_time

CLOCK_SKEW = 60.0
"""Seconds by which a clock may be ahead: PyGithub dates an App's token so far back."""


def about_the_app(error: Refused, app: AppCredentials, repository: str, now: float) -> Fault:
    """A refusal of a request that was signed with the App's key."""
    skew = now - (server_time(error.headers) or now)
    message = error.message.lower()
    if "'exp'" in message or "'iat'" in message:
        what = f"this machine's clock is {abs(skew) / 60:.0f} minutes {'ahead of' if skew > 0 else 'behind'} GitHub's, so GitHub rejects the App's signature"
        return Fault(what, "Correct the clock (NTP), and run this again.", "app-private-key")
    if "integration not found" in message or "could not be found" in message:
        return Fault(f"there is no GitHub App {app.identity}", "Compare GH_APP_ID with the number on the App's settings page.", "app-id")
    if error.status == HTTPStatus.UNAUTHORIZED:
        hint = "The key belongs to another App, or was revoked: generate a new one on the App's settings page, and store it."
        return Fault(f"GitHub does not accept this private key for the App {app.identity}", hint, "app-private-key")
    if error.status == HTTPStatus.NOT_FOUND:
        hint = "Check the name, and install the App on it (App's settings, Install App)."
        return Fault(f"the App {app.identity} is not installed on {repository}, or the repository does not exist", hint, "repository")
    if error.status == HTTPStatus.FORBIDDEN and "suspend" in message:
        return Fault("the App's installation is suspended", "An owner of the organization can unsuspend it.", "app-installation-id")
    if error.status == HTTPStatus.UNPROCESSABLE_ENTITY and "repositor" in message:
        hint = "Was it renamed? Use its new name, or add it to the App's installation."
        return Fault(f"the App's installation has no repository called {repository}", hint, "repository")
    return in_githubs_words(error, "app-id")


def missing_permissions(wanted: Mapping[str, str], granted: Mapping[str, str]) -> list[str]:
    """`actions: write` for each permission that is wanted and not granted."""
    levels = ("", "read", "write", "admin")
    return [f"{name}: {level}" for name, level in wanted.items() if levels.index(level) > levels.index(granted.get(name, ""))]


def lacking(permissions: list[str], who: Credentials) -> Fault:
    named = ", ".join(permissions)
    if isinstance(who, AppCredentials):
        hint = "Add it on the App's settings page, Permissions & events; then an owner has to accept it for the installation."
        return Fault(f"the App {who.identity} lacks the permission {named}", hint, "app-id")
    hint = f"In Actions, add `permissions: {{ {named} }}` to the job; edit a personal access token in Developer settings."
    return Fault(f"the token lacks the permission {named}", hint, who.source)


def about_the_token(error: Refused, who: Credentials, fallback: str) -> Fault:
    """A refusal of a request that was sent with a token."""
    where = "app-private-key" if isinstance(who, AppCredentials) else who.source
    if error.status == HTTPStatus.UNAUTHORIZED:
        return Fault("GitHub does not accept the token: it is invalid, revoked or expired", "Generate a new one, and store it.", where)
    if sso := re.search(r"url=(https://\S+)", error.headers.get("x-github-sso", "")):
        return Fault("the token is not authorized for the organization's single sign-on", f"Authorize it: {one_line(sso[1], 300)}", where)
    if error.status == HTTPStatus.FORBIDDEN and "not accessible by" in error.message:
        needed = error.headers.get("x-accepted-github-permissions", "")
        return lacking([needed.partition(";")[0].replace("=", ": ").replace(",", ", ") or "that this requires"], who)
    return in_githubs_words(error, fallback)


def in_githubs_words(error: Refused, where: str) -> Fault:
    """For what has no words of ours."""
    hint = (
        ""
        if error.status != HTTPStatus.FORBIDDEN
        else "GitHub's message says why; an owner of the organization may have restricted access."
    )
    return Fault(f"GitHub rejects the request: {error}", hint, where)


def failure(fault: Fault) -> Failure:
    return Failure(Exit.BAD_INPUT, fault)
