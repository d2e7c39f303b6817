"""Opens GitHub for one repository: credentials become an API whose token renews itself, with the least permissions."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.github.connection import refusals
from credex_actions.github.connection.answers import Refused, text_at
from credex_actions.github.connection.api import Api
from credex_actions.github.connection.credentials import AppCredentials, Credentials
from credex_actions.github.connection.limits import server_time
from credex_actions.github.connection.place import Place
from credex_actions.github.connection.pygithub import Auth

RENEW_BEFORE: Final = 300.0
"""Seconds before its end at which an installation's token is renewed."""
JUST_MADE: Final = 1.0


@dataclass
class InstallationTokens:
    """Tokens of an App's installation for one repository. `hide` hears of each new one before it is used."""

    app: AppCredentials
    place: Place
    wanted: Mapping[str, str]
    wished: Mapping[str, str]
    api: Api
    hide: Callable[[str], None]
    slug: str = ""
    _text: str = ""
    _made: float = 0.0
    _ends: float = 0.0  # by this machine's monotonic clock
    _installation: int | None = None
    _renewing: threading.RLock = field(default_factory=threading.RLock)
    _granted_wishes: Mapping[str, str] = field(default_factory=dict)

    def token(self) -> str:
        """Raises Failure with what is wrong with the App, its key, its installation or its permissions."""
        with self._renewing:
            if time.monotonic() >= self._ends - RENEW_BEFORE:
                try:
                    self._renew()
                except Refused as error:
                    fault = refusals.about_the_app(error, self.app, self.place.repository, self.api.clock.now().timestamp())
                    raise refusals.failure(fault) from None
            return self._text

    def renew(self) -> bool:
        """A token that GitHub takes no more is replaced; one that was just made may not be known everywhere yet, and is tried again."""
        if time.monotonic() - self._made < JUST_MADE:
            self.api.clock.sleep(JUST_MADE)
        else:
            self._ends = 0.0
        return True

    def _renew(self) -> None:
        if self._installation is None:
            self._installation = self._look_up()
        body = {"repositories": [self.place.repository.partition("/")[2]], "permissions": {**self.wanted, **self._granted_wishes}}
        # Repeated like a read: a token that nobody got dies by itself.
        answer = self.api.repeated("POST", f"/app/installations/{self._installation}/access_tokens", body, read=_token)
        self._text, ends = answer.document
        self.hide(self._text)
        self._made = time.monotonic()
        self._ends = time.monotonic() + ends - (server_time(answer.headers) or time.time())

    def _look_up(self) -> int:
        number, self.slug, granted = self.api.get(f"/repos/{self.place.repository}/installation", _installation).document
        self._granted_wishes = {
            name: level for name, level in self.wished.items() if not refusals.missing_permissions({name: level}, granted)
        }
        missing = refusals.missing_permissions(self.wanted, granted)
        if missing:
            raise refusals.failure(refusals.lacking(missing, self.app))
        if self.app.installation not in (None, number):
            what = f"the installation {self.app.installation} does not include {self.place.repository}: that is {number}"
            raise refusals.failure(
                Fault(what, "Correct it or omit it: the installation of the repository is used by default.", "app-installation-id")
            )
        return int(number)


def _installation(document: Mapping[str, Any]) -> tuple[int, str, Mapping[str, str]]:
    return int(document["id"]), str(document.get("app_slug", "")), dict(document.get("permissions", {}))


def _token(document: Mapping[str, Any]) -> tuple[str, float]:
    """The token, and when it ends, in seconds since the epoch by the server's clock."""
    return text_at("token")(document), datetime.fromisoformat(text_at("expires_at")(document)).timestamp()


class RenewingAuth(Auth.Auth):
    """What PyGithub asks for a token before each request."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    @property
    def token_type(self) -> str:
        return "Bearer"

    @property
    def token(self) -> str:
        return self._token()


@dataclass
class Session:
    """`actor`: the login under which our runs appear; empty if it is not known."""

    api: Api
    place: Place
    credentials: Credentials
    installation: InstallationTokens | None = None
    _actor: str | None = field(default=None)

    @property
    def apis(self) -> list[Api]:
        """All that ask GitHub here: as the repository's, and as the App itself."""
        return [self.api, *([self.installation.api] if self.installation else [])]

    @property
    def path(self) -> str:
        """Of the repository."""
        return f"/repos/{self.place.repository}"

    def actor(self) -> str:
        if self._actor is None:
            self._actor = self._look_for_actor()
        return self._actor

    def _look_for_actor(self) -> str:
        if self.installation is not None:
            self.installation.token()
            return f"{self.installation.slug}[bot]" if self.installation.slug else ""
        try:
            return str(self.api.get("/user", text_at("login")).document)
        except Refused as error:
            # A job's own token has no user.
            return "github-actions[bot]" if error.status == HTTPStatus.FORBIDDEN else ""

    def refused(self, error: Refused, where: str) -> Failure:
        """A refusal in words, for a request that has no closer ones."""
        return Failure(Exit.BAD_INPUT, refusals.about_the_token(error, self.credentials, where))


def another(session: Session) -> Session:
    """For another thread: the same tokens, a connection of its own."""
    api = replace(session.api, _requesters={}, _known={})
    return replace(session, api=api)


def _signing(pem: str) -> Callable[[dict[str, Any]], str]:
    """Signs with a key that credentials.pem() has checked: PyGithub would load it for each token, and each loading checks it for 50 ms."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    return lambda payload: jwt.encode(payload, key, algorithm="RS256")


def open_session(
    place: Place,
    credentials: Credentials,
    wanted: Mapping[str, str],
    clock: Clock,
    say: Callable[[str], None],
    hide: Callable[[str], None],
    wished: Mapping[str, str] | None = None,
) -> Session:
    """`wanted`: the permissions that an App's token is requested, and no more; `wished`: those that it also gets where the App has them."""
    if not isinstance(credentials, AppCredentials):
        text = credentials.token.reveal()
        return Session(Api(place.api, Auth.Token(text), clock, say), place, credentials)
    app_api = Api(place.api, Auth.AppAuth(credentials.identity, sign_func=_signing(credentials.key.reveal())), clock, say)
    tokens = InstallationTokens(credentials, place, wanted, wished or {}, app_api, hide)
    api = Api(place.api, RenewingAuth(tokens.token), clock, say, renew=tokens.renew)
    return Session(api, place, credentials, tokens)
