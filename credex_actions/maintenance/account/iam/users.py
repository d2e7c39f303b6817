"""Users and their access keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credex_actions.maintenance.account.found import Found, ago, aws, days, days_since, older, plain, tags_of
from credex_actions.maintenance.account.iam.credential_report import User, credential_report
from credex_actions.maintenance.account.reading import Absent
from credex_actions.maintenance.account.survey import Survey


@dataclass(frozen=True)
class AccessKey:
    """`used`: None for never."""

    id: str
    created: datetime
    used: datetime | None
    service: str = ""


@dataclass(frozen=True)
class Candidate:
    """A user as he is now: a report may be four hours old. `keys`: the active ones. `other`: whether there are credentials whose use IAM does not keep:
    passwords for one service (CodeCommit, Bedrock's API keys), SSH keys.
    """

    user: User
    keys: tuple[AccessKey, ...]
    other: bool
    tags: Mapping[str, str]


def candidates(survey: Survey) -> tuple[Candidate, ...]:
    """Users of whom a check may have something to say, looked at once more; those who are gone by now are left out."""
    limits = {name: survey.setting(name, "days") for name in ("access-key-old", "access-key-unused", "user-inactive")}
    return tuple(
        candidate
        for each in survey.shared(credential_report)
        if not each.is_root and is_suspect(each, survey.now, min(limits.values()))
        if (candidate := _now(survey, each))
    )


def is_suspect(user: User, now: datetime, limit: float) -> bool:
    old = any(key.active and key.created and older(key.created, now, limit) for key in user.keys)
    return old or is_inactive(user, now, limit)


def is_inactive(user: User, now: datetime, limit: float) -> bool:
    return not user.certificates and older(user.created, now, limit) and (user.last_active is None or older(user.last_active, now, limit))


def _now(survey: Survey, user: User) -> Candidate | None:
    reading = survey.reading
    try:
        tags = tags_of({"Tags": list(reading.pages("iam", "list_user_tags", "Tags", UserName=user.name))})
        listed = [
            each for each in reading.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=user.name) if each["Status"] == "Active"
        ]
        keys: list[AccessKey] = []
        for each in listed:
            last = reading.one("iam", "get_access_key_last_used", AccessKeyId=each["AccessKeyId"])["AccessKeyLastUsed"]
            keys.append(AccessKey(each["AccessKeyId"], each["CreateDate"], last.get("LastUsedDate"), str(last.get("ServiceName", ""))))
        special = reading.one("iam", "list_service_specific_credentials", UserName=user.name)["ServiceSpecificCredentials"]
        ssh = list(reading.pages("iam", "list_ssh_public_keys", "SSHPublicKeys", UserName=user.name))
    except Absent:
        return None
    return Candidate(user, tuple(keys), any(each["Status"] == "Active" for each in (*special, *ssh)), tags)


def check_inactive(survey: Survey) -> Iterator[Found]:
    for each in inactive(survey):
        yield _inactive(each, survey)


def inactive(survey: Survey) -> list[Candidate]:
    limit = survey.setting("user-inactive", "days")
    return [
        each
        for each in survey.shared(candidates)
        if is_inactive(each.user, survey.now, limit) and not each.other and not _used(each, survey.now, limit)
    ]


def _used(candidate: Candidate, now: datetime, limit: float) -> bool:
    """Since the report was written, or by a key that is newer than it."""
    return any(not older(each.used or each.created, now, limit) for each in candidate.keys)


def check_keys(survey: Survey) -> Iterator[Found]:
    """What nobody uses is reported as that alone: it is deleted, not rotated."""
    for user in survey.shared(credential_report):
        if user.is_root:
            yield from _keys_of_root(user, survey)
    gone = {each.user.name for each in inactive(survey)}
    old, unused = survey.setting("access-key-old", "days"), survey.setting("access-key-unused", "days")
    for candidate in survey.shared(candidates):
        if candidate.user.name in gone:
            continue
        for key in candidate.keys:
            name = judged(key, survey.now, old, unused)
            if name:
                yield _key(name, candidate, key, survey)


def judged(key: AccessKey, now: datetime, old: float, unused: float) -> str:
    """The check that it falls under; "" for none."""
    if older(key.used or key.created, now, unused) and older(key.created, now, unused):
        return "access-key-unused"
    return "access-key-old" if older(key.created, now, old) else ""


def check_mfa(survey: Survey) -> Iterator[Found]:
    for each in survey.shared(credential_report):
        if each.is_root:
            if not each.mfa and _root_still_without(survey, each):
                yield _root(each)
        elif each.password and not each.mfa and _still_without(survey, each):
            yield _without_mfa(each)


def _root_still_without(survey: Survey, root: User) -> bool:
    """In GovCloud nobody signs in as it, and an organisation may have taken its password away; the report says "no MFA" of both. Source: IAM guide, "AWS account root user in
    GovCloud", "Centrally manage root access for member accounts".
    """
    if root.arn.startswith("arn:aws-us-gov:"):
        return False
    summary = survey.reading.one("iam", "get_account_summary")["SummaryMap"]
    return bool(summary.get("AccountPasswordPresent", 1)) and not summary.get("AccountMFAEnabled")


def _still_without(survey: Survey, user: User) -> bool:
    try:
        survey.reading.one("iam", "get_login_profile", UserName=user.name)
        return not list(survey.reading.pages("iam", "list_mfa_devices", "MFADevices", UserName=user.name))
    except Absent:
        return False


def _key(name: str, candidate: Candidate, key: AccessKey, survey: Survey) -> Found:
    user, age = candidate.user, days_since(key.created, survey.now)
    used = (
        f"last used {ago(key.used, survey.now)}" + (f" for {plain(key.service)}" if key.service not in {"", "N/A"} else "")
        if key.used
        else "never used"
    )
    given: dict[str, Any] = {"user_name": user.name, "access_key_id": key.id}
    if name == "access-key-unused":
        title, fix = "is used by nobody", aws("iam", "update-access-key", **given, status="Inactive")
    else:
        title, fix = (
            f"is {age} days old",
            f"{aws('iam', 'create-access-key', user_name=user.name)}; once the new key is in use: {aws('iam', 'update-access-key', **given, status='Inactive')}",
        )
    return Found(
        check=name,
        resource=user.arn,
        key=key.id,
        title=f"access key {key.id} of {plain(user.name)} {title}",
        why=f"created {age} days ago, {used}",
        fix=fix,
        tags=candidate.tags,
        region="",
    )


def _keys_of_root(user: User, survey: Survey) -> Iterator[Found]:
    """IAM tells their ids to the root user alone."""
    for number, key in enumerate(user.keys, 1):
        if key.active and key.created:
            yield Found(
                check="access-key-old",
                resource=user.arn,
                key=f"root-{number}",
                title="the root user has an access key",
                why=f"created {ago(key.created, survey.now)}, {f'last used {ago(key.used, survey.now)}' if key.used else 'never used'}; no policy restricts what it does",
                fix="Sign in as the root user, open Security credentials, and delete the access key.",
                severity="high",
                region="",
            )


def _inactive(candidate: Candidate, survey: Survey) -> Found:
    user, limit = candidate.user, survey.setting("user-inactive", "days")
    last = f"last active {ago(user.last_active, survey.now)}" if user.last_active else "never active"
    has = [
        *(["a password"] if user.password else []),
        *([f"{len(candidate.keys)} active {'key' if len(candidate.keys) == 1 else 'keys'}"] if candidate.keys else []),
    ]
    steps = [aws("iam", "delete-login-profile", user_name=user.name)] if user.password else []
    steps += [aws("iam", "update-access-key", user_name=user.name, access_key_id=each.id, status="Inactive") for each in candidate.keys]
    return Found(
        check="user-inactive",
        resource=user.arn,
        title=f"user {plain(user.name)} has not been active for {days(limit)}",
        why=f"created {ago(user.created, survey.now)}, {last}; has {' and '.join(has) or 'neither a password nor an active key'}",
        fix=" && ".join(steps) or aws("iam", "delete-user", user_name=user.name),
        tags=candidate.tags,
        region="",
    )


def _without_mfa(user: User) -> Found:
    return Found(
        check="user-without-mfa",
        resource=user.arn,
        title=f"user {plain(user.name)} signs in with a password alone",
        why="there is a password for the console and no MFA device",
        fix=f"Have the user assign an MFA device, or take the password away: {aws('iam', 'delete-login-profile', user_name=user.name)}",
        region="",
    )


def _root(user: User) -> Found:
    return Found(
        check="user-without-mfa",
        resource=user.arn,
        title="the root user signs in with a password alone",
        why="the root user has no MFA device, and no policy restricts what it does",
        fix="Sign in as the root user, open Security credentials, and assign an MFA device.",
        region="",
    )
