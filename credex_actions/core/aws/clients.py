"""AWS clients, for reading and for writing, and what became of a write (architecture.md, idea 1).

Clients that write make one attempt: left alone, botocore would send a RegisterTaskDefinition again whose response was lost.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, Final

import boto3
import botocore.config
import botocore.exceptions
import botocore.parsers

from credex_actions._version import __version__
from credex_actions.core import foreign_answers
from credex_actions.core.faults import NO_AWS_CREDENTIALS, NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.foreign_answers import ForeignAnswerError
from credex_actions.core.loop import Lost, NoEffect
from credex_actions.core.text import one_line

CONNECTIONS: Final = 50
"""Kept by a client: what asks AWS for many things side by side asks for so many at a time."""

UNREACHABLE: Final = (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)
"""No answer came: the endpoint is down, the connection broke, or it timed out."""

UNREADABLE: Final = (ForeignAnswerError, botocore.parsers.ResponseParserError)
"""An answer came, and it was not the service's."""

NOT_ALLOWED: Final = frozenset(
    ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Client.UnauthorizedOperation")
)
BAD_CREDENTIALS: Final = frozenset(
    ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException",
     "SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthFailure", "RequestExpired", "MissingAuthenticationToken", "IncompleteSignature")
)  # fmt: skip

EXPIRED_FOR_EC2: Final = "RequestExpired"
"""It also means a clock that is wrong. Source: EC2 API reference, "Error codes"."""
EXPIRED: Final = frozenset(("ExpiredToken", "ExpiredTokenException", EXPIRED_FOR_EC2))

REQUEST_REFUSED: Final = frozenset(
    ("ClientException", "InvalidParameterException", "InvalidParameterValueException", "ValidationException", "ValidationError",
     "ServiceNotFoundException", "ServiceNotActiveException", "ResourceNotFoundException", "ParameterNotFound")
)  # fmt: skip
"""What the caller asked for cannot be: sending it again would change nothing."""


class NotSignedIn(botocore.exceptions.BotoCoreError):
    """A role's session could not be had, or not be renewed, so that a call was never sent. `passing`: it may work when it is tried again."""

    def __init__(self, fault: Fault, *, passing: bool = False) -> None:
        super().__init__()
        self.args = (fault.what,)
        self.fault = fault
        self.passing = passing


class BadEndpoint(botocore.exceptions.BotoCoreError):
    """An address, made of the region or given by AWS_ENDPOINT_URL, that is none; botocore raises a bare ValueError."""

    fmt = "{error_msg}"


def own_session() -> boto3.session.Session:
    """A session by the environment's credentials, and in its region: boto3 reads AWS_DEFAULT_REGION alone, other tools AWS_REGION first.

    Raises Failure(BAD_INPUT) where its settings are none: a profile that nobody has, a file that cannot be read.
    """
    try:
        return boto3.session.Session(region_name=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None)
    except botocore.exceptions.BotoCoreError as error:
        raise explain(error) from None


class Clients:
    """Clients of one session, the environment's own if none is given: `read(service)` with botocore's retries, `write(service)` without.

    `before_write` is called directly before a request of a writing client is sent: a clock's `check`, which raises where a signal has come.
    """

    def __init__(
        self,
        max_retries: int = 3,
        session: boto3.session.Session | None = None,
        *,
        before_write: Callable[[], None] = lambda: None,
    ) -> None:
        self._before_write = before_write
        self._session = session or own_session()
        shared = {
            "user_agent_extra": f"credex-actions/{__version__}",
            "connect_timeout": 10,
            "read_timeout": 30,
            "max_pool_connections": CONNECTIONS,
        }
        self._reading = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": max_retries + 1}, **shared)  # type: ignore[arg-type]
        self._writing = botocore.config.Config(retries={"total_max_attempts": 1}, **shared)  # type: ignore[arg-type]
        self._cached = cache(self._make)
        self._making = Lock()  # a session makes its clients one at a time; the clients themselves may be shared by threads

    @property
    def session(self) -> boto3.session.Session:
        """For a part of the work that makes clients of its own."""
        return self._session

    @property
    def region(self) -> str | None:
        return self._session.region_name

    def environment(self, region: str) -> dict[str, str]:
        """For another program: the session's credentials, as long as they are valid, and a region. Raises what botocore raises where there are none."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise botocore.exceptions.NoCredentialsError
        frozen = credentials.get_frozen_credentials()
        token = {"AWS_SESSION_TOKEN": frozen.token} if frozen.token else {}
        given = {"AWS_ACCESS_KEY_ID": str(frozen.access_key), "AWS_SECRET_ACCESS_KEY": str(frozen.secret_key), **token}
        return given | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}

    def read(self, service: str, region: str | None = None) -> Any:
        """`region`: where it is not the session's own; a container may log elsewhere."""
        return self._cached(service, region, writes=False)

    def write(self, service: str) -> Any:
        return self._cached(service, None, writes=True)

    def _make(self, service: str, region: str | None, *, writes: bool) -> Any:
        with self._making:
            try:
                client: Any = self._session.client(service, region_name=region, config=self._writing if writes else self._reading)  # type: ignore[call-overload]
            except ValueError as error:
                if isinstance(error, botocore.exceptions.BotoCoreError):
                    raise
                raise BadEndpoint(error_msg=str(error)) from error
        foreign_answers.watch(client)
        if writes:
            client.meta.events.register("before-send", self._look_before_sending)
        return client

    def _look_before_sending(self, **_: object) -> None:
        """On `before-send`, where an answer would take the place of sending: so there is none."""
        self._before_write()


def code_of(error: botocore.exceptions.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_throttling(error: botocore.exceptions.ClientError) -> bool:
    return code_of(error).startswith(
        ("Throttl", "RequestLimitExceeded", "TooManyRequests", "SlowDown", "RequestThrottled", "CallRateLimitExceeded")
    )


def is_passing(error: BaseException) -> bool:
    """A read that failed like this may work when it is sent again."""
    if isinstance(error, botocore.exceptions.ClientError):
        return is_throttling(error) or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500  # noqa: PLR2004 - HTTP
    if is_unsendable(error):
        return False
    return isinstance(error, UNREACHABLE + UNREADABLE) or (isinstance(error, NotSignedIn) and error.passing)


def is_unsendable(error: BaseException) -> bool:
    """What would have been sent is no HTTP, such as a token of two lines: the network has not seen it, and waiting does not change it."""
    return isinstance(error, botocore.exceptions.HTTPClientError) and "header value" in str(error)


@contextmanager
def one_write() -> Iterator[None]:
    """Names what became of a write that failed: NoEffect, Lost, or the service's own refusal, which passes as it is."""
    try:
        yield
    except (botocore.exceptions.EndpointConnectionError, botocore.exceptions.ConnectTimeoutError) as error:
        raise NoEffect(one_line(str(error))) from error
    except NotSignedIn as error:
        if error.passing:
            raise NoEffect(one_line(str(error))) from error
        raise
    except UNREACHABLE + UNREADABLE as error:
        if is_unsendable(error):
            raise
        raise Lost(one_line(str(error))) from error
    except botocore.exceptions.ClientError as error:
        if is_throttling(error):
            raise NoEffect(message_of(error)) from error
        if is_passing(error):  # it may have worked all the same
            raise Lost(message_of(error)) from error
        raise


def message_of(error: botocore.exceptions.ClientError) -> str:
    return one_line(str(error.response.get("Error", {}).get("Message", "") or error), 600)


def explain(error: botocore.exceptions.BotoCoreError | botocore.exceptions.ClientError, left: str = NOTHING_CHANGED) -> Failure:
    """What AWS, or the way to it, answered, as a failure that says what to do.

    Credentials and permissions are the user's to fix (BAD_INPUT) as long as nothing was changed; everything else is REMOTE.
    """
    yours = Exit.BAD_INPUT if left == NOTHING_CHANGED else Exit.REMOTE
    match error:
        case botocore.exceptions.ClientError():
            return _explain_answer(error, yours, left)
        case NotSignedIn():
            return Failure(Exit.REMOTE if error.passing else yours, error.fault, left=left)
        case botocore.exceptions.NoCredentialsError() | botocore.exceptions.PartialCredentialsError():
            fault = Fault(
                NO_AWS_CREDENTIALS,
                "In a workflow, set role-to-assume, or assume a role in a step before this one. On your own machine, sign in (aws sso login) and set "
                "AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            )
            return Failure(yours, fault, left=left)
        case botocore.exceptions.NoRegionError():
            return Failure(
                yours,
                Fault(
                    "no AWS region is set",
                    "Set AWS_REGION, in a workflow by `env: {AWS_REGION: …}` of the job, or let the step that assumes the role set it; it must not be empty.",
                ),
                left=left,
            )
        case botocore.exceptions.ParamValidationError():
            return Failure(yours, Fault(one_line(str(error), 1000), "Correct the named input."), left=left)
        case botocore.exceptions.HTTPClientError() if is_unsendable(error):  # whose words would show a session's token
            what = "the credentials or the region contain a line break or another character that cannot be sent"
            return Failure(
                yours, Fault(what, "Check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and AWS_REGION for parts of another line."), left=left
            )
        case botocore.exceptions.ConnectionError() | botocore.exceptions.HTTPClientError():
            fault = Fault(
                f"AWS cannot be reached: {one_line(str(error))}",
                "Check the network of the runner, then run the same command again: it continues.",
            )
            return Failure(Exit.REMOTE, fault, left=left)
        case ForeignAnswerError() | botocore.parsers.ResponseParserError():
            hint = "Check HTTPS_PROXY and AWS_ENDPOINT_URL of the runner, and what responds there; then run the same command again."
            return Failure(Exit.REMOTE, Fault(one_line(str(error)), hint), left=left)
        case _:
            return Failure(yours, Fault(one_line(str(error)), "Check the AWS settings of this job."), left=left)


class NotAllowed(Failure):
    """AWS does not allow the credentials what was asked of it."""


def _explain_answer(error: botocore.exceptions.ClientError, yours: Exit, left: str) -> Failure:
    operation, code, message = error.operation_name, code_of(error), message_of(error)
    if code in NOT_ALLOWED:
        return NotAllowed(yours, Fault(f"AWS does not allow {operation}: {message}", "Grant the role this permission."), left=left)
    if code in EXPIRED:
        hint = "Set role-to-assume: a session that the command itself starts is renewed before it expires. Or increase the duration of the existing session."
        what, check = "the AWS credentials have expired", ""
        if code == EXPIRED_FOR_EC2:
            what, check = f"{what}, or the clock of this machine is wrong", " Check the clock of this machine."
        return Failure(yours, Fault(f"{what} ({operation}: {code})", f"{hint}{check}", "role-to-assume"), left=left)
    if code in BAD_CREDENTIALS and "scoped to a valid region" in message:
        return Failure(yours, Fault(f"AWS does not know the region ({operation}: {code}: {message})", "Check AWS_REGION."), left=left)
    if code in BAD_CREDENTIALS:
        hint = "Assume the role again, or renew the keys; check that the clock of this machine is correct."
        return Failure(yours, Fault(f"AWS does not accept the credentials ({operation}: {code})", hint), left=left)
    if code == "ClusterNotFoundException":
        return Failure(yours, Fault("the cluster does not exist", "Check the name, the region and the account.", "cluster"), left=left)
    if code in REQUEST_REFUSED:
        return Failure(yours, Fault(f"AWS rejects {operation}: {message}", "The message is AWS's own."), left=left)
    hint = "Run the same command again: it continues." if is_passing(error) else "The message is AWS's own."
    return Failure(Exit.REMOTE, Fault(f"{operation} failed: {code}: {message}", hint), left=left)
