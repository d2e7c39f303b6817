"""Identity tokens as GitHub issues them, and as STS reads them: one issuer with one key, whatever number of sandboxes there are in the process."""

import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

HOST: Final = "token.actions.githubusercontent.com"
ISSUER: Final = f"https://{HOST}"
LASTS: Final = 300
"""Seconds. Source: tokens of GitHub-hosted runners, `exp` less `iat`."""


class BadTokenError(Exception):
    """`expired`: with its `exp`; else it is not a token of this issuer."""

    def __init__(self, why: str, expired: int = 0) -> None:
        super().__init__(why)
        self.expired = expired


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def issue(subject: str, audience: str, claims: Mapping[str, Any], lasts: float = LASTS) -> str:
    now = int(time.time())
    standing = {"iss": ISSUER, "sub": subject, "aud": audience, "jti": f"{uuid.uuid4()}", "iat": now, "nbf": now, "exp": int(now + lasts)}
    return jwt.encode({**claims, **standing}, _key(), algorithm="RS256", headers={"kid": "sandbox"})


def read(token: str) -> dict[str, Any]:
    """The claims of a token whose signature and times are right. Raises BadTokenError."""
    try:
        claims: dict[str, Any] = jwt.decode(token, _key().public_key(), algorithms=["RS256"], options={"verify_aud": False})
    except jwt.ExpiredSignatureError:
        raise BadTokenError("expired", int(jwt.decode(token, options={"verify_signature": False})["exp"])) from None
    except jwt.InvalidSignatureError:
        raise BadTokenError("Couldn't retrieve verification key from your identity provider") from None
    except jwt.PyJWTError:
        raise BadTokenError("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)") from None
    return claims
