"""Who we are on GitHub: an App by its key, or the holder of a token. Nothing here asks GitHub."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from credex_actions.core.faults import Fault
from credex_actions.core.secret import Secret

PEM: Final = re.compile(r"-----BEGIN (?:RSA )?PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+\n-----END (?:RSA )?PRIVATE KEY-----")


class AppCredentials(NamedTuple):
    """`identity`: the App's id, or its client id. `installation`: None if the repository tells it."""

    identity: str
    key: Secret
    installation: int | None


class TokenCredentials(NamedTuple):
    """`source`: where it came from, for messages."""

    token: Secret
    source: str


Credentials = AppCredentials | TokenCredentials


class GivenCredentials(NamedTuple):
    """The five as they were given, in one place."""

    token: Secret | None
    app_id: str | None
    key: Secret | None
    installation: str | None
    names: tuple[str, str, str, str]  # of token, id, key, installation

    @property
    def app(self) -> bool:
        return bool(self.app_id or self.key)


INPUTS: Final = ("token", "app-id", "app-private-key", "app-installation-id")
VARIABLES: Final = ("GITHUB_TOKEN", "GH_APP_ID", "GH_APP_PRIVATE_KEY", "GH_INSTALLATION_ID")


def of_environment(environment: Mapping[str, str]) -> GivenCredentials:
    token = environment.get("GH_TOKEN") or environment.get("GITHUB_TOKEN")
    key = environment.get("GH_APP_PRIVATE_KEY")
    name = "GH_TOKEN" if environment.get("GH_TOKEN") else "GITHUB_TOKEN"
    app_id, installation = environment.get("GH_APP_ID"), environment.get("GH_INSTALLATION_ID")
    return GivenCredentials(Secret(token) if token else None, app_id, Secret(key) if key else None, installation, (name, *VARIABLES[1:]))


def masked(given: GivenCredentials, environment: Mapping[str, str]) -> list[Secret]:
    """All that has to be hidden, also what is not chosen."""
    elsewhere = of_environment(environment)
    others = (Secret(environment[name]) for name in ("GH_TOKEN", "GITHUB_TOKEN") if environment.get(name))
    keys = [key for key in (given.key, elsewhere.key) if key]
    whole = [Secret(text) for text in map(pem, keys) if text]
    return [secret for secret in (given.token, *others, *keys, *whole) if secret]


def choose(given: GivenCredentials, environment: Mapping[str, str]) -> Credentials | list[Fault]:
    """Inputs come before the environment, and an App before a token. What is chosen has to be whole: nothing falls back silently."""
    elsewhere = of_environment(environment)
    for each in (given, elsewhere):
        if each.app:
            return _app(each, elsewhere)
        if each.token:
            text = each.token.reveal().strip(" \t\r\n")
            if not re.fullmatch(r"[!-~]+", text):
                return [
                    Fault(
                        "is not a token: it is empty, or contains spaces or characters that no token has",
                        "Provide only the token.",
                        each.names[0],
                    )
                ]
            return TokenCredentials(Secret(text), each.names[0])
    hint = "Set GH_APP_ID and GH_APP_PRIVATE_KEY of a GitHub App, or GH_TOKEN; in Actions, add `token: ${{ github.token }}` to the step's `with`."
    return [Fault("no GitHub credentials are provided", hint, "token")]


def _app(given: GivenCredentials, elsewhere: GivenCredentials) -> Credentials | list[Fault]:
    """The id may be an input while the key stays in the environment: ids are no secrets."""
    _, id_name, key_name, installation_name = given.names
    identity, key = given.app_id or elsewhere.app_id, given.key or elsewhere.key
    faults = list(_faults(identity, key, id_name, key_name))
    number = (given.installation or elsewhere.installation or "").strip()
    if number and not re.fullmatch(r"[0-9]{1,18}", number, re.ASCII):
        faults.append(
            Fault(
                "is not a number",
                "It is at the end of the installation's URL; without it, the installation of the repository is used.",
                installation_name,
            )
        )
    if faults or identity is None or key is None:
        return faults
    return AppCredentials(identity.strip(), Secret(pem(key) or ""), int(number) if number else None)


def _faults(identity: str | None, key: Secret | None, id_name: str, key_name: str) -> Iterator[Fault]:
    if not identity:
        yield Fault("is missing: the App's private key is set, but not its id", "It is shown on the App's settings page.", id_name)
    elif not re.fullmatch(r"[0-9]{1,18}|Iv[0-9A-Za-z.]{4,60}", identity.strip(), re.ASCII):
        yield Fault("is neither an App id (a number) nor a client id (Iv…)", "It is shown on the App's settings page.", id_name)
    if not key:
        yield Fault(
            "is missing: the App's id is set, but not its private key", f"Set {VARIABLES[2]} to the content of the PEM file.", key_name
        )
    elif pem(key) is None:
        hint = "Provide the whole content of the .pem file that GitHub generated, from -----BEGIN to -----END; line breaks may be written as \\n."
        yield Fault("is not a readable private key in PEM format", hint, key_name)


def pem(key: Secret) -> str | None:
    """The key as a PEM text: escaped or lost line ends are put right. None if it is no RSA key."""
    text = key.reveal().strip().strip("\"'").replace("\\r", "").replace("\\n", "\n").replace("\r", "").strip()
    head, body, tail = re.match(r"(-----BEGIN [A-Z ]+-----)?(.*?)(-----END [A-Z ]+-----)?$", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if not head or not tail:
        return None
    lines = "".join(body.split())
    whole = "\n".join([head, *(lines[at : at + 64] for at in range(0, len(lines), 64)), tail])
    if not PEM.fullmatch(whole):
        return None
    return f"{whole}\n" if _is_rsa(f"{whole}\n") else None


@cache
def _is_rsa(whole: str) -> bool:
    """Once for each key: loading it checks its numbers, which takes 50 ms."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return isinstance(load_pem_private_key(whole.encode(), None), RSAPrivateKey)
    except (ValueError, TypeError):
        return False
