"""Who calls, what they may, and how much of their quota is left."""

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.routing import Refusal, Route
from credex_actions.sandbox.github.state import App, Repository, Token, now

WINDOW: Final = 3600.0
LONGEST_JWT: Final = 600
"""Seconds. Source: GitHub docs, "Generating a JSON Web Token (JWT) for a GitHub App"."""
JWT: Final = re.compile(r"[^.]+\.[^.]+\.[^.]+")
DOCS: Final = "https://docs.github.com/rest"


def drawn_keys() -> Iterator[rsa.RSAPrivateKey]:
    """For Apps, each a new one."""
    while True:
        yield rsa.generate_private_key(public_exponent=65537, key_size=2048)


def new_app(hub: Hub, slug: str, permissions: Mapping[str, str], repositories: tuple[str, ...] | None, key: rsa.RSAPrivateKey) -> App:
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    app = App(hub.id(), slug, hub.id(), private.decode(), public.decode(), dict(permissions), repositories)
    hub.apps[app.id] = app
    return app


def new_token(hub: Hub, kind: str, actor: str, permissions: Mapping[str, str], repositories: tuple[str, ...] | None = None) -> Token:
    prefix = {"pat": "github_pat_", "installation": "ghs_", "actions": "ghs_"}[kind]
    token = Token(
        f"{prefix}{secrets.token_hex(24)}", kind, actor, {"metadata": "read", **permissions}, repositories
    )  # everybody has that one
    token.limit = {"pat": 5000, "installation": 5000, "actions": 1000}[kind]
    token.resets = time.time() + WINDOW
    if kind == "installation":
        token.expires = now() + timedelta(hours=1)
    hub.tokens[token.text] = token
    return token


def bearer(header: str) -> str:
    kind, _, text = header.partition(" ")
    if kind.lower() not in {"bearer", "token"}:
        raise Refusal(401, "Bad credentials")
    return text.strip()


def token_of(hub: Hub, header: str) -> Token | None:
    """None if the request has no credentials. Raises Refusal for such as are wrong or have expired."""
    if not header:
        return None
    token = hub.tokens.get(bearer(header))
    if token is None or (token.expires is not None and token.expires <= now()):
        raise Refusal(401, "Bad credentials")
    return token


def app_of(hub: Hub, header: str) -> App:
    """Whose JWT it is, signature and times checked as GitHub does. Raises Refusal."""
    text = bearer(header) if header else ""
    if not JWT.fullmatch(text):
        raise Refusal(401, "A JSON web token could not be decoded")
    try:
        claims: dict[str, Any] = jwt.decode(text, options={"verify_signature": False})
        app = hub.apps.get(int(claims.get("iss", 0)))
    except (jwt.PyJWTError, ValueError, TypeError):
        raise Refusal(401, "A JSON web token could not be decoded") from None
    if app is None:
        raise Refusal(404, "Integration not found")
    try:
        jwt.decode(text, app.public_key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})
    except jwt.PyJWTError:
        raise Refusal(401, "A JSON web token could not be decoded") from None
    current = time.time()
    if claims.get("iat", current + 1) > current + 1:
        message = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        raise Refusal(401, message)
    if claims.get("exp", 0) <= current:
        raise Refusal(
            401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
        )
    if claims["exp"] > current + LONGEST_JWT:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


def check(route: Route, token: Token | None, repository: Repository | None) -> None:
    """Raises Refusal as GitHub does: what a token cannot see is not there, what it may not do is forbidden."""
    if token is None:
        raise Refusal(401, "Requires authentication")
    if repository is not None and token.repositories is not None and repository.full_name not in token.repositories:
        raise Refusal(404, "Not Found")
    if not route.needs:
        return
    wanted = [tuple(each.split(":")) for each in route.needs.split(" or ")]
    if not any(token.may(permission, level) for permission, level in wanted):
        who = "personal access token" if token.kind == "pat" else "integration"
        raise Refusal(
            403, f"Resource not accessible by {who}", {"x-accepted-github-permissions": "; ".join("=".join(each) for each in wanted)}
        )


def limit_headers(token: Token) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(token.limit),
        "x-ratelimit-remaining": str(max(token.limit - token.used, 0)),
        "x-ratelimit-used": str(token.used),
        "x-ratelimit-reset": str(int(token.resets)),
        "x-ratelimit-resource": "core",
    }


def charge(token: Token) -> None:
    """One request of the hour's quota. Raises Refusal if none is left."""
    if time.time() >= token.resets:
        token.used, token.resets = 0, time.time() + WINDOW
    if token.used >= token.limit:
        raise Refusal(403, f"API rate limit exceeded for {token.actor}.", limit_headers(token))
    token.used += 1


def give_back(token: Token) -> None:
    """An authorised 304 costs nothing. Source: GitHub docs, "Best practices for using the REST API"."""
    token.used -= 1
