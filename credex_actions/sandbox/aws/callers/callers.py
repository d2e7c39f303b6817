"""From a request to its caller, or to the refusal that AWS would give in the request's own protocol."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

import botocore.session
from moto.backends import get_backend
from moto.iam.models import mark_account_as_visited
from werkzeug.wrappers import Request

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.callers import permissions, signing
from credex_actions.sandbox.aws.callers.keys import Keyring
from credex_actions.sandbox.aws.callers.refusing import refusal
from credex_actions.sandbox.aws.callers.signing import Signed

OWN: Final = re.compile(r"AKIA(\d{12})[A-Z0-9]+")
"""The sandbox's own keys carry the account's number; nobody asks for their secret."""


class Caller(NamedTuple):
    """`name`: of the user or role; "" for the sandbox's own keys and for requests without a signature, which may do everything."""

    account: str
    arn: str
    name: str = ""


class Callers:
    """`keys` and `permissions` belong to all accounts of one sandbox. `sessions_last`: seconds after which a role's session ends, whatever was requested; 0: as asked."""

    def __init__(self) -> None:
        self.keys = Keyring()
        self.permissions = permissions.Permissions()
        self.sessions_last = 0.0

    def claimed(self, key: str, home: str) -> Caller:
        """Whose key it is, right or wrong, and unchecked; one that nobody knows passes for the sandbox's own in `home`."""
        if known := self.keys.find(key):
            user = backend("iam", known.account, "").users.get(known.user)
            return Caller(known.account, user.arn if user else f"arn:aws:iam::{known.account}:user/{known.user}", known.user)
        if role := _assumed(key):
            return Caller(role.account_id, role.arn, role.role_arn.rpartition("/")[2])
        own = OWN.fullmatch(key)
        account = own[1] if own else home
        return Caller(account, f"arn:aws:iam::{account}:user/sandbox")

    def authenticate(self, request: Request, body: bytes, home: str, now: float) -> Caller:
        """`home`: the account of a request without a signature. Raises Refusal."""
        signed = signing.read(request)
        if signed is None:
            if request.headers.get("Authorization", "").startswith(signing.ALGORITHM):
                raise refusal("unreadable", "", request)
            return self.claimed("", home)
        if signed.region not in _regions():
            raise refusal("unknown region", signed.service, request)  # AWS has no address there; the sandbox has one for all
        caller = self.claimed(signed.key, home)
        known = self.keys.find(signed.key)
        if known:
            if not known.passes(now) or "X-Amz-Security-Token" in request.headers:
                raise refusal("unknown key", signed.service, request)
            _check(request, body, signed, known.secret, now)
            mark_account_as_visited(known.account, signed.key, signed.service, signed.region)
        elif caller.name:
            _check_session(request, body, signed, now)
        elif not OWN.fullmatch(signed.key):
            raise refusal("unknown key", signed.service, request)
        return caller

    def authorise(self, caller: Caller, request: Request, body: bytes, operation: str) -> None:
        """Raises Refusal for what the caller is denied."""
        signed = signing.read(request)
        if signed is None or not caller.name:
            return
        action = permissions.action(signed.service, operation)
        if self.permissions.denied(caller.name, action):
            on = _resource(caller, signed, body)
            why = f"User: {caller.arn} is not authorized to perform: {action}{on} with an explicit deny in an identity-based policy"
            raise refusal("denied", signed.service, request, why)

    def forget(self, account: str) -> None:
        self.keys.forget(account)
        self.keys.seconds = 0.0
        self.sessions_last = 0.0
        self.permissions.clear()


@cache
def _regions() -> frozenset[str]:
    session = botocore.session.get_session()
    return frozenset(
        region for partition in session.get_available_partitions() for region in session.get_available_regions("ec2", partition)
    )


def _check_session(request: Request, body: bytes, signed: Signed, now: float) -> None:
    role = _assumed(signed.key)
    if request.headers.get("X-Amz-Security-Token") != role.session_token:
        raise refusal("unknown key", signed.service, request)
    if role.expiration.replace(tzinfo=UTC).timestamp() <= now:
        raise refusal("expired session", signed.service, request)
    _check(request, body, signed, role.secret_access_key, now)


def _check(request: Request, body: bytes, signed: Signed, secret: str, now: float) -> None:
    made = signing.made_at(request)
    why = signing.clock_trouble(signed.service, made, datetime.fromtimestamp(now, UTC)) if made else ""
    if why:
        raise refusal("wrong clock", signed.service, request, why)
    if not signing.fits(request, body, signed, secret):
        raise refusal("wrong signature", signed.service, request)


def _assumed(key: str) -> Any:
    """STS's record of a session, in whatever account; None if there is none."""
    accounts = list(get_backend("sts").values()) if key.startswith("ASIA") else []
    for account in accounts:
        if found := account["aws"].get_assumed_role_from_access_key(key):
            return found
    return None


def _resource(caller: Caller, signed: Signed, body: bytes) -> str:
    """What the message says of the resource, for the services whose messages a rotation has to understand; "" for others."""
    if signed.service == "iam":
        user = parse_qs(body.decode("utf-8", "replace")).get("UserName", [caller.name])[0]
        return f" on resource: user {user}"
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return ""
    if not isinstance(given, dict):
        return ""
    if signed.service == "secretsmanager" and "SecretId" in given:
        return f" on resource: {given['SecretId']}"
    if signed.service == "ssm" and "Name" in given:
        return f" on resource: arn:aws:ssm:{signed.region}:{caller.account}:parameter/{str(given['Name']).lstrip('/')}"
    return ""
