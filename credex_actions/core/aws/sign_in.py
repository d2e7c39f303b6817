"""Signs in to AWS as a role, and again before the session ends: by GitHub's OIDC token, else by the credentials that are there.

What it gets stays in this process: no credential enters the job's environment, so a watch may outlive a session, and a test command finds nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, NamedTuple, Protocol

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from credex_actions.core import foreign_answers
from credex_actions.core.aws import identity_token
from credex_actions.core.aws.clients import NotSignedIn, code_of, explain, is_passing, message_of
from credex_actions.core.clock import Cancelled, Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.retry import looks
from credex_actions.core.runner import Runner

EARLY: Final = 900.0
"""Seconds before its end at which a session is renewed, at the first call then; a quarter of its life where that is less."""
LATEST: Final = 450.0
"""Seconds before its end from which no call goes out unless it could be renewed; an eighth of its life where that is less."""
PAUSE: Final = 10.0
"""Seconds after a renewal that failed in which no other is tried."""
PATIENCE: Final = 30.0
"""Seconds for which what passes by itself is borne at the beginning."""

Hide = Callable[[str], None]
Answer = Mapping[str, Any]
"""What STS answers: Credentials and AssumedRoleUser."""


class Asked(Protocol):
    """The inputs of a command that say whom it signs in as."""

    @property
    def role_to_assume(self) -> str | None: ...
    @property
    def role_duration_seconds(self) -> int: ...
    @property
    def role_session_name(self) -> str: ...


class Role(NamedTuple):
    arn: str
    seconds: int
    session_name: str

    @property
    def request(self) -> dict[str, Any]:
        return {"RoleArn": self.arn, "RoleSessionName": self.session_name, "DurationSeconds": self.seconds}


def signed_in(inputs: Asked, runner: Runner, clock: Clock) -> boto3.session.Session | None:
    """A session of the role that `inputs` name; None if they name none, and boto3's own chain counts. Raises Failure before anything is changed."""
    if not inputs.role_to_assume:
        return None
    role = Role(inputs.role_to_assume, inputs.role_duration_seconds, inputs.role_session_name)
    by_token = identity_token.available(runner.environment)
    if by_token:
        runner.mask(runner.environment[identity_token.BEARER])
    policy = looks(NotSignedIn, sleep=clock.sleep, within=lambda error: PATIENCE if getattr(error, "passing", False) else 0.0)
    try:
        own = boto3.session.Session()
        region = _region(runner.environment, own)
        way = _by_identity_token(role, region, runner) if by_token else _by_credentials(role, own, region, runner.in_actions)
        first = policy(way)
    except (BotoCoreError, ClientError) as error:
        raise explain(error) from None
    except Cancelled as cancelled:
        raise Failure(Exit.of(cancelled), Fault("cancelled before anything was changed")) from None
    ends = first["Credentials"]["Expiration"].astimezone(UTC)
    whose = "GitHub's OIDC token" if by_token else "the existing credentials"
    runner.info(f"Signed in to AWS as {first['AssumedRoleUser']['Arn']} with {whose}, until {ends:%H:%M} UTC, renewed before it expires.")
    return renewing(way, first, runner.mask, region)


def assumed(role: Role, by: Any, hide: Hide, region: str | None) -> boto3.session.Session:
    """A session of a role that `by`, a client of STS, may assume; renewed as long as that one's credentials are. Raises ClientError and BotoCoreError."""

    def way() -> Answer:
        answer: Answer = by.assume_role(**role.request)
        return answer

    return renewing(way, way(), hide, region)


def renewing(way: Callable[[], Answer], first: Answer, hide: Hide, region: str | None) -> boto3.session.Session:
    """A session that begins with what STS has answered first, and goes `way` again before that ends."""
    renewal = _Renewal(way, hide)
    began = renewal.taken(first)
    life = max((first["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds(), 0.0)
    inner = botocore.session.Session()
    inner._credentials = RefreshableCredentials.create_from_metadata(  # type: ignore[attr-defined] # noqa: SLF001 - botocore has no other way
        began,
        renewal,
        "assume-role",
        advisory_timeout=min(EARLY, life / 4),
        mandatory_timeout=min(LATEST, life / 8),
    )
    return boto3.session.Session(botocore_session=inner, region_name=region)


class _Renewal:
    """What botocore calls, one thread at a time, when a session nears its end."""

    def __init__(self, way: Callable[[], Answer], hide: Hide) -> None:
        self._way = way
        self._hide = hide
        self._failed: tuple[float, Exception] | None = None

    def __call__(self) -> dict[str, str]:
        if self._failed and monotonic() - self._failed[0] < PAUSE:
            raise self._failed[1]
        try:
            answer = self._way()
        except (BotoCoreError, ClientError) as error:
            self._failed = (monotonic(), error)
            raise
        self._failed = None
        return self.taken(answer)

    def taken(self, answer: Answer) -> dict[str, str]:
        given = answer["Credentials"]
        self._hide(given["SecretAccessKey"])
        self._hide(given["SessionToken"])
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }


def _region(environment: Mapping[str, str], own: boto3.session.Session) -> str | None:
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or own.region_name or None


def _settings(**more: Any) -> Config:
    return Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3}, **more)


def _by_identity_token(role: Role, region: str | None, runner: Runner) -> Callable[[], Answer]:
    sts = boto3.session.Session().client("sts", region_name=region, config=_settings(signature_version=UNSIGNED))
    foreign_answers.watch(sts)

    def way() -> Answer:
        token = identity_token.fetched(runner.environment)
        runner.mask(token)
        try:
            answer: Answer = sts.assume_role_with_web_identity(**role.request, WebIdentityToken=token)
        except ClientError as error:
            raise _refused(error, role, identity_token.subject(token)) from None
        return answer

    return way


def _by_credentials(role: Role, own: boto3.session.Session, region: str | None, in_actions: bool) -> Callable[[], Answer]:
    if own.get_credentials() is None:
        lacks = "this job is not allowed to request an OIDC token from GitHub" if in_actions else "there is no OIDC token of a GitHub job"
        hint = identity_token.PERMISSION if in_actions else "Sign in first, with AWS_PROFILE, `aws sso login` or AWS_ACCESS_KEY_ID."
        raise NotSignedIn(Fault(f"{lacks}, and there are no AWS credentials to assume the role with", hint, "role-to-assume"))
    sts = own.client("sts", region_name=region, config=_settings())
    foreign_answers.watch(sts)

    def way() -> Answer:
        try:
            answer: Answer = sts.assume_role(**role.request)
        except ClientError as error:
            if code_of(error) not in {"AccessDenied", "ValidationError"}:
                raise
            raise _refused(error, role, "") from None
        return answer

    return way


def _refused(error: ClientError, role: Role, subject: str) -> NotSignedIn:
    """What STS answered, with what to do about it. Source: STS API reference, errors of AssumeRoleWithWebIdentity and AssumeRole."""
    code, message = code_of(error), message_of(error)
    where = "role-to-assume"
    if code == "AccessDenied" and subject:
        hint = (
            "Check that the role exists. Its trust policy has to allow sts:AssumeRoleWithWebIdentity to the provider token.actions.githubusercontent.com "
            f'of its account, where :aud is "{identity_token.AUDIENCE}" and :sub is "{subject}" (for a job with an environment it contains only that).'
        )
    elif code == "AccessDenied":
        hint = "Check that the role exists. Its trust policy, and a policy of the caller, have to allow sts:AssumeRole."
        hint += f" To sign in with GitHub's OIDC token instead: {identity_token.PERMISSION}"
    elif code == "InvalidIdentityToken":
        hint = f"IAM in the role's account needs the identity provider https://token.actions.githubusercontent.com with the audience {identity_token.AUDIENCE}."
    elif code == "ValidationError" and "DurationSeconds" in message:
        where, hint = (
            "role-duration-seconds",
            "Use a shorter duration (at most 3600 for role chaining), or increase the role's maximum session duration.",
        )
    else:
        hint = "The message is AWS's own."
    passing = is_passing(error) or code in {"IDPCommunicationError", "ExpiredTokenException"}
    return NotSignedIn(Fault(f"AWS does not let this job sign in as {role.arn}: {code}: {message}", hint, where), passing=passing)
