"""As whom the suite logs in: user and password from Secrets Manager or Parameter Store, also those of an earlier time, which a restored store knows."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, explain, message_of
from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path, json_path
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.secret import Secret
from credex_actions.databases.versions import parameter_version, secret_version
from credex_actions.neo4j.configuration.groups import entry_of
from credex_actions.neo4j.configuration.model import Database

USERS: Final = ("user", "username")
"""Keys of the user in a secret's JSON. RDS and its kin write the second."""
MISSING: Final = {"ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"}
UNREADABLE: Final = {"DecryptionFailure", "InvalidKeyId", "InvalidRequestException"}


@dataclass(frozen=True)
class InSecret:
    """`version`: an id; "" is the current one."""

    name: str
    version: str = ""


@dataclass(frozen=True)
class InParameters:
    """Names, with `:version` for one that is not the current one."""

    user: str
    password: str


Source: TypeAlias = InSecret | InParameters


@dataclass(frozen=True)
class Login:
    """`source`: where it is read. With `connect.via: instance` it is read there alone, and here both are empty."""

    user: str
    password: Secret
    source: Source


class _WrongError(Exception):
    """A fault, before it is placed. `member`: of `login`, in neo4j.yml."""

    def __init__(self, member: str, what: str, hint: str) -> None:
        super().__init__(what)
        self.member, self.what, self.hint = member, what, hint


def logins(
    clients: Clients,
    database: Database,
    taken: datetime | None = None,
    *,
    mask: Callable[[str], None],
    name: str = "",
    document: Document | None = None,
) -> tuple[Login, ...]:
    """What to log in with, most likely first. With `taken`, when the store was copied: the login of that time, then the current one.

    Two at most: a user is locked after three failures. `mask`: the runner's; it knows each value before anything else is done with it. `name`,
    `document`: the database in neo4j.yml, for the lines of faults. Raises Failure.
    """
    try:
        sources = list(dict.fromkeys(_sources(clients, database, taken)))
        if database.connect.via == "instance":
            return tuple(Login("", Secret(""), source) for source in sources)
        found = {source: _read(clients, source, mask) for source in sources}
    except _WrongError as wrong:
        path: Path = ("databases", entry_of(name), "login", *([wrong.member] if wrong.member else []))
        fault = document.fault(path, wrong.what, wrong.hint) if document else Fault(wrong.what, wrong.hint, json_path(path))
        raise Failure(Exit.BAD_INPUT, fault) from None
    except (ClientError, BotoCoreError) as error:
        raise explain(error) from None
    distinct = {(user, password): Login(user, password, source) for source, (user, password) in reversed(found.items())}
    return tuple(reversed(distinct.values()))


def _sources(clients: Clients, database: Database, taken: datetime | None) -> Iterator[Source]:
    login = database.login
    if isinstance(login.secret, str):
        if taken:
            with _named("secret", login.secret, "secretsmanager:ListSecretVersionIds"):
                version = secret_version(clients, login.secret, taken)
            if version:
                yield InSecret(login.secret, version)
        yield InSecret(login.secret)
        return
    assert isinstance(login.user_parameter, str)
    assert isinstance(login.password_parameter, str)
    if taken:
        with _named("user-parameter", login.user_parameter, "ssm:GetParameterHistory"):
            user = parameter_version(clients, login.user_parameter, taken)
        with _named("password-parameter", login.password_parameter, "ssm:GetParameterHistory"):
            password = parameter_version(clients, login.password_parameter, taken)
        if user or password:
            yield InParameters(_at(login.user_parameter, user), _at(login.password_parameter, password))
    yield InParameters(login.user_parameter, login.password_parameter)


def _at(name: str, version: str) -> str:
    return f"{name}:{version}" if version else name


def _read(clients: Clients, source: Source, mask: Callable[[str], None]) -> tuple[str, Secret]:
    match source:
        case InSecret(name, version):
            request = {"SecretId": name} | ({"VersionId": version} if version else {})
            with _named("secret", name, "secretsmanager:GetSecretValue"):
                text = clients.read("secretsmanager").get_secret_value(**request).get("SecretString", "")
            return _of_json(text, name, mask)
        case InParameters(user, password):
            with _named("password-parameter", password, "ssm:GetParameter"):
                secret = clients.read("ssm").get_parameter(Name=password, WithDecryption=True)["Parameter"]["Value"]
            mask(secret)
            with _named("user-parameter", user, "ssm:GetParameter"):
                found = clients.read("ssm").get_parameter(Name=user, WithDecryption=True)["Parameter"]["Value"]
            return found, Secret(secret)


def _of_json(text: str, name: str, mask: Callable[[str], None]) -> tuple[str, Secret]:
    try:
        document: Any = json.loads(text)
    except ValueError:
        mask(text)  # it may be the password alone
        document = None
    if not isinstance(document, dict):
        raise _WrongError("secret", f"the secret {name} is not a JSON object", 'Write it as {"user": "…", "password": "…"}.')
    password = document.get("password")
    if isinstance(password, str):
        mask(password)
    user = next((document[key] for key in USERS if isinstance(document.get(key), str)), "")
    missing = [key for key, value in (("user", user), ("password", password)) if not value or not isinstance(value, str)]
    if missing:
        what = f"the secret {name} has no {' and no '.join(missing)}, or not as a string"
        raise _WrongError("secret", what, 'Write it as {"user": "…", "password": "…"}.')
    return user, Secret(str(password))


@contextmanager
def _named(member: str, what: str, permission: str) -> Iterator[None]:
    """Around the reading of `what`: AWS's refusals become faults of the member of `login` that names it."""
    try:
        yield
    except ClientError as error:
        code, kind = code_of(error), "secret" if member == "secret" else "parameter"
        if code in MISSING:
            hint = "Create it, or correct the name, the region or the account."
            raise _WrongError(member, f"the {kind} {what} does not exist", hint) from None
        if code in NOT_ALLOWED:
            hint = f"Grant the role {permission}, and kms:Decrypt for its key."
            raise _WrongError(member, f"access denied to the {kind} {what}: {message_of(error)}", hint) from None
        if code in UNREADABLE:
            hint = "The message is AWS's own."
            raise _WrongError(member, f"the {kind} {what} cannot be read: {code}: {message_of(error)}", hint) from None
        raise
