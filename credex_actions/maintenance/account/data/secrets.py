"""Secrets that are never rotated, and secrets in plain parameters. No value is ever read: the operations used here do not return any."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from credex_actions.maintenance.account.found import Found, Record, aws, days_since, older, plain, tags_of
from credex_actions.maintenance.account.survey import Survey

GRACE: Final = 7
"""Days after which a rotation that is due has failed."""

SECRET: Final = re.compile(
    r"(?:^|[^a-z])(?:passw(?:or)?d|passphrase|pass|pwd|secrets?|tokens?|api[-_.]?keys?|private[-_.]?keys?|access[-_.]?keys?|credentials?|auth[-_.]?keys?|jwt)(?:[^a-z]|$)"
)
AN_ALLUSION: Final = re.compile(
    r"(?:^|[^a-z])(?:arn|name|id|ids|url|uri|path|ttl|expiry|expires|expiration|lifetime|duration|length|policy|min|max|public|version|rotation|enabled|"
    r"issuer|endpoint|algorithm|count|limit|location|region|bucket|prefix|parameter|file|days|hours|minutes|seconds)(?:[^a-z]|$)"
)
"""What a name has that is about a secret and does not hold it: `db_secret_arn`, `token_ttl`."""
CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def secrets(survey: Survey) -> tuple[Record, ...]:
    return tuple(survey.reading.pages("secretsmanager", "list_secrets", "SecretList"))


def check_rotation(survey: Survey) -> Iterator[Found]:
    limit = survey.setting("secret-unrotated", "days")
    for each in survey.shared(secrets):
        why = unrotated(each, survey.now, limit)
        if why and each.get("PrimaryRegion", survey.scope.region) == survey.scope.region:  # a replica is rotated with it
            yield _unrotated(each, why, survey)


def unrotated(secret: Record, now: datetime, limit: float) -> str:
    """Why it is; "" if it is not. What another service manages, it rotates in its way."""
    if secret.get("OwningService") or secret.get("DeletedDate"):
        return ""
    due = secret.get("NextRotationDate")
    if secret.get("RotationEnabled") and due and now - due > timedelta(days=GRACE):
        return f"its rotation is enabled and was due {days_since(due, now)} days ago"
    times = [secret[each] for each in ("LastRotatedDate", "LastChangedDate", "CreatedDate") if secret.get(each)]
    if not times or not older(max(times), now, limit):
        return ""
    return f"neither rotated nor changed for {days_since(max(times), now)} days"


def _unrotated(secret: Record, why: str, survey: Survey) -> Found:
    return Found(
        check="secret-unrotated",
        resource=secret["ARN"],
        title=f"secret {plain(secret['Name'])} is not rotated",
        why=why,
        fix=aws("secretsmanager", "describe-secret", survey.scope.region, secret_id=secret["Name"])
        + "  # then add it to the manifest of rotate-secrets, or enable its rotation",
        tags=tags_of(secret),
    )


def check_parameters(survey: Survey) -> Iterator[Found]:
    types = [{"Key": "Type", "Option": "Equals", "Values": ["String", "StringList"]}]
    for each in survey.reading.pages("ssm", "describe_parameters", "Parameters", ParameterFilters=types):
        if each["Type"] != "SecureString" and sounds_secret(each["Name"]):
            yield _plaintext(each, survey)


def sounds_secret(name: str) -> bool:
    """By the last part of its path: what stands before it says whose it is."""
    last = CAMEL.sub("_", name.rpartition("/")[2]).lower()
    return bool(SECRET.search(last)) and not AN_ALLUSION.search(last)


def _plaintext(parameter: Record, survey: Survey) -> Found:
    name, region = parameter["Name"], survey.scope.region
    return Found(
        check="parameter-plaintext",
        resource=parameter.get("ARN") or survey.arn("ssm", f"parameter/{name.lstrip('/')}"),
        title=f"parameter {plain(name)} holds a secret in plain text",
        why=f"its type is {parameter['Type']}: whoever may list parameters reads it, and it shows in Terraform's state and in the console. Its value was not read",
        fix=f"Store a new value as SecureString under a new name, since the type of a parameter in a hierarchy cannot be changed, and revoke the present one: "
        f"{aws('ssm', 'delete-parameter', region, name=name)}",
    )
