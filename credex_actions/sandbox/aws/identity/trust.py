"""Whether a role lets the bearer of an OIDC token in, as IAM and STS judge it, and the words in which they turn one away.

Source: STS API reference, AssumeRoleWithWebIdentity; IAM guide, "Available keys for OIDC federation" and "IAM JSON policy elements: Condition operators".
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from credex_actions.sandbox.aws.identity import tokens
from credex_actions.sandbox.aws.refusals import Refusal

ACTION: Final = "sts:AssumeRoleWithWebIdentity"
SHORTEST, LONGEST = 900, 43_200

MATCHES: Final[dict[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda found, wanted: found == wanted,
    "StringEqualsIgnoreCase": lambda found, wanted: found.lower() == wanted.lower(),
    "StringLike": lambda found, wanted: fnmatchcase(found, wanted.replace("[", "[[]")),
}


class Provider(NamedTuple):
    """An identity provider of an account: its host, and the audiences that it takes."""

    arn: str
    url: str
    audiences: tuple[str, ...]


def admitted(token: str, policy: str, providers: Iterable[Provider]) -> dict[str, Any]:
    """The token's claims. `policy`: the role's trust policy, "" if there is no such role. Raises Refusal."""
    try:
        claims = tokens.read(token)
    except tokens.BadTokenError as error:
        if error.expired:
            what = f"Token expired: current date/time {int(time.time())} must be before the expiration date/time {error.expired}"
            raise Refusal("ExpiredTokenException", what) from None
        raise Refusal("InvalidIdentityToken", str(error)) from None
    provider = next((each for each in providers if each.url.rstrip("/") == tokens.HOST), None)
    if provider is None:
        raise Refusal("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {tokens.ISSUER}")
    if claims["aud"] not in provider.audiences:
        raise Refusal("InvalidIdentityToken", "Incorrect token audience")
    statements = json.loads(policy or "{}").get("Statement", [])
    statements = [statements] if isinstance(statements, Mapping) else statements
    verdicts = [each.get("Effect") for each in statements if _speaks_of(each, provider) and _holds(each.get("Condition", {}), claims)]
    if "Allow" not in verdicts or "Deny" in verdicts:
        raise Refusal("AccessDenied", f"Not authorized to perform {ACTION}", 403)
    return claims


def duration(asked: int, longest: int) -> int:
    """Raises Refusal for a session that is shorter than STS, or longer than the role, allows."""
    for bound, wrong, words in ((SHORTEST, asked < SHORTEST, "greater"), (LONGEST, asked > LONGEST, "less")):
        if wrong:
            failed = f"Value '{asked}' at 'durationSeconds' failed to satisfy constraint: Member must have value {words} than or equal to {bound}"
            raise Refusal("ValidationError", f"1 validation error detected: {failed}")
    if asked > longest:
        raise Refusal("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return asked


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _speaks_of(statement: Mapping[str, Any], provider: Provider) -> bool:
    principal = statement.get("Principal", {})
    federated = _listed(principal.get("Federated")) if isinstance(principal, Mapping) else [principal]
    actions = [action.lower() for action in _listed(statement.get("Action"))]
    return any(each in {provider.arn, "*"} for each in federated) and any(fnmatchcase(ACTION.lower(), action) for action in actions)


def _holds(condition: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Every operator and every key. Raises ValueError for an operator that this sandbox does not know."""
    return all(_one(operator, _claim(key, claims), _listed(wanted)) for operator, keys in condition.items() for key, wanted in keys.items())


def _claim(key: str, claims: Mapping[str, Any]) -> str | None:
    host, _, name = key.rpartition(":")
    return str(claims[name]) if host.lower() == tokens.HOST and name in claims else None


def _one(operator: str, found: str | None, wanted: list[str]) -> bool:
    name = operator.rpartition(":")[2]
    if name.endswith("IfExists") and found is None:
        return True
    positive = name.removesuffix("IfExists").replace("StringNot", "String")
    if positive not in MATCHES:
        raise ValueError(f"the sandbox does not know the condition operator {operator} of a trust policy")
    met = found is not None and any(MATCHES[positive](found, each) for each in wanted)
    return not met if "StringNot" in name else met or (operator.startswith("ForAllValues:") and found is None)
