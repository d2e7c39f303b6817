"""Versions of a secret and their staging labels, as Secrets Manager moves them. A label is on one version at a time.

A version is moto's record of it: `version_id`, `createdate`, `version_stages`, and `secret_string` or `secret_binary`.
"""

from typing import Any, Final

from credex_actions.sandbox.aws.refusals import Refusal, invalid

CURRENT: Final = "AWSCURRENT"
PREVIOUS: Final = "AWSPREVIOUS"
Versions = dict[str, dict[str, Any]]


def holder(versions: Versions, label: str) -> str | None:
    """The version that bears a label."""
    return next((identifier for identifier, version in versions.items() if label in version["version_stages"]), None)


def attach(versions: Versions, label: str, to: str) -> None:
    """Whoever had the label loses it. Where AWSCURRENT moves, AWSPREVIOUS follows to the version that it left."""
    former = holder(versions, label)
    if former == to:
        return
    if former is not None:
        versions[former]["version_stages"].remove(label)
    versions[to]["version_stages"].append(label)
    if label == CURRENT and former is not None:
        attach(versions, PREVIOUS, former)


def move(versions: Versions, label: str, to: str | None, away_from: str | None) -> None:
    """UpdateSecretVersionStage. Raises Refusal; then nothing was changed."""
    for each in (to, away_from):
        if each is not None and each not in versions:
            raise invalid(f"Not a valid version: {each}")
    holds = holder(versions, label)
    if to is None:
        if away_from is None:
            raise invalid("You must provide RemoveFromVersionId, MoveToVersionId or both.")
        if label == CURRENT:
            raise invalid("You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.")
    if away_from is not None and away_from != holds:
        raise invalid(f"Version stage {label} not found in version {away_from}")
    if to is None:
        versions[str(away_from)]["version_stages"].remove(label)
        return
    if holds not in {None, to} and away_from is None:
        what = f"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version {holds}"
        raise invalid(f"{what}, so you must explicitly reference that version in RemoveFromVersionId.")
    attach(versions, label, to)


def known(version: dict[str, Any] | None, text: str | None, data: str | None) -> bool | None:
    """Whether a version has this very value; None if it is not there, or waits for its value."""
    if version is None or not {"secret_string", "secret_binary"} & version.keys():
        return None
    return (version.get("secret_string"), version.get("secret_binary")) == (text, data)


def find(versions: Versions, identifier: str | None, label: str | None) -> dict[str, Any]:
    """GetSecretValue's choice: by version, by label, by both, or AWSCURRENT. Raises Refusal."""
    if identifier is not None:
        version = versions.get(identifier)
        what = f"VersionId: {identifier}"
        if version and label and label not in version["version_stages"]:
            raise Refusal("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
    else:
        version = versions.get(holder(versions, label or CURRENT) or "")
        what = f"staging label: {label or CURRENT}"
    if version is None or known(version, None, None) is None:
        raise Refusal("ResourceNotFoundException", f"Secrets Manager can't find the specified secret value for {what}")
    return version
