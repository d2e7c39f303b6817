"""IAM's credential report: every user's password and keys in two calls, however many users there are.

Source: IAM guide, "Generate credential reports for your AWS account". A report may be four hours old, so what it says is looked at once more before it is reported.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from typing import Final

from credex_actions.maintenance.account.found import Record
from credex_actions.maintenance.account.iam.waiting import finished
from credex_actions.maintenance.account.survey import Survey

ROOT: Final = "<root_account>"


@dataclass(frozen=True)
class Key:
    """`used`: None for never."""

    active: bool
    created: datetime | None
    used: datetime | None


@dataclass(frozen=True, kw_only=True)
class User:
    """`name`: "<root_account>" for the root user. `signed_in`: None for never, or for no password. `certificates`: whether it signs with one: no use of it is kept."""

    name: str
    arn: str
    created: datetime
    password: bool
    signed_in: datetime | None
    mfa: bool
    keys: tuple[Key, ...]
    certificates: bool = False

    @property
    def is_root(self) -> bool:
        return self.name == ROOT

    @property
    def last_active(self) -> datetime | None:
        return max(filter(None, (self.signed_in, *(each.used for each in self.keys))), default=None)


def credential_report(survey: Survey) -> tuple[User, ...]:
    reading = survey.reading
    finished(
        reading,
        "iam:GenerateCredentialReport",
        lambda: reading.one("iam", "generate_credential_report"),
        lambda answer: answer.get("State") == "COMPLETE",
    )
    return tuple(users(reading.one("iam", "get_credential_report")["Content"].decode()))


def users(text: str) -> Iterator[User]:
    for row in csv.DictReader(StringIO(text)):
        yield User(
            name=row["user"],
            arn=row["arn"],
            created=moment(row["user_creation_time"]) or datetime.max.replace(tzinfo=UTC),
            password=row["password_enabled"] == "true",  # noqa: S105 - a flag
            signed_in=moment(row["password_last_used"]),
            mfa=row["mfa_active"] == "true",
            keys=tuple(_keys(row)),
            certificates="true" in {row.get("cert_1_active"), row.get("cert_2_active")},
        )


def _keys(row: Record) -> Iterator[Key]:
    for number in (1, 2):
        created = moment(row[f"access_key_{number}_last_rotated"])
        if created:
            yield Key(row[f"access_key_{number}_active"] == "true", created, moment(row[f"access_key_{number}_last_used_date"]))


def moment(text: str) -> datetime | None:
    """None for N/A, no_information and not_supported."""
    return datetime.fromisoformat(text) if text[:1].isdigit() else None
