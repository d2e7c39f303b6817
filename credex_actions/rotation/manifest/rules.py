"""What no schema can say of a manifest: which parts a credential has, and that no two write the same place. All faults, each with its line."""

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from credex_actions.core.documents.document import Document
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.core.text import nearest
from credex_actions.rotation.manifest import model as manifest
from credex_actions.rotation.manifest.model import PREVIOUS, WHOLE, Credential, GithubSecret, Manifest, Target

MOST_PLACES: Final = 40
"""Of one credential: each has a tag with its receipt, and a secret takes 50. Source: AWS General Reference, "Tag naming limits and requirements"."""


def parts_of(credential: Credential) -> tuple[str, ...] | None:
    """The parts that its values have; None if only its program knows."""
    match credential:
        case manifest.IamAccessKey():
            return ("access-key-id", "secret-access-key")
        case manifest.Neo4jPassword():
            return ("user", "password")
        case manifest.Generated(format="rsa-pem" | "ed25519-pem"):
            return ("private-key", "public-key")
        case manifest.Generated():
            return ("value", PREVIOUS)
        case manifest.Copied():
            return ("value",)
        case manifest.CommandCredential():
            return None


def whole_of(credential: Credential) -> str:
    """The part that a target without names holds: all of it, as JSON, if there is more than a value."""
    known = parts_of(credential)
    return "value" if known and known[0] == "value" else WHOLE


def faults_of(given: Manifest, document: Document) -> Iterator[Fault]:
    written: dict[str, str] = {}
    managed: dict[str, str] = {}
    for name, credential in given.credentials.items():
        path: Path = ("credentials", name)
        yield from _of_kind(credential, document, path)
        for source in _sources(credential):
            if source in managed:
                yield document.fault(
                    path,
                    f"manages {source}, and so does {managed[source]}",
                    "Two credentials that rotate the same thing break each other.",
                    at_key=True,
                )
            managed.setdefault(source, name)
        count = 0
        for at, target in enumerate(credential.targets):
            here: Path = (*path, "targets", at)
            yield from _of_target(target, document, here)
            for place, part in _places(target, whole_of(credential)):
                count += 1
                if place in written:
                    first = "another target of it" if written[place] == name else written[place]
                    yield document.fault(
                        here, f"writes {place}, and so does {first}", "Each target must have one writer; remove one of them."
                    )
                written.setdefault(place, name)
                yield from _of_part(credential, part, document, here)
        if count > MOST_PLACES:
            yield document.fault(
                (*path, "targets"),
                f"has {count} targets; at most {MOST_PLACES} are supported",
                "Combine some of them into one JSON secret.",
            )
    yield from _of_escrow(given, written, document)


def _of_kind(credential: Credential, document: Document, path: Path) -> Iterator[Fault]:
    match credential:
        case manifest.Neo4jPassword(url=url, url_parameter=parameter) if (url is UNSET) is (parameter is UNSET):
            what = (
                "has neither the database's address nor the parameter that contains it"
                if url is UNSET
                else "has the database's address twice"
            )
            yield document.fault(path, what, "Set url or url-parameter.")
        case manifest.Neo4jPassword(users=users) if users[0] == users[1]:
            yield document.fault(
                (*path, "users"), "lists a user twice", "Two users alternate: while one is in use, the other gets a new password."
            )
        case manifest.Generated(format="rsa-pem", length=int(length)) if not 2048 <= length <= 8192:  # noqa: PLR2004 - RSA keys in use
            yield document.fault((*path, "length"), "is not a valid RSA key length", "Between 2048 and 8192 bits.")
        case manifest.Generated(format=form, length=int(length)) if form != "rsa-pem" and length > 1024:  # noqa: PLR2004 - far beyond any use
            yield document.fault((*path, "length"), "is longer than supported", "At most 1024.")
    if isinstance(credential, manifest.Generated):
        alphabet = credential.alphabet
        if alphabet is not UNSET and credential.format != "text":
            yield document.fault((*path, "alphabet"), f"has no effect with the format {credential.format}", "It applies to format: text.")
        elif alphabet is not UNSET and (len(set(alphabet)) != len(alphabet) or not alphabet.isprintable()):
            yield document.fault(
                (*path, "alphabet"),
                "contains a character twice, or an unprintable one",
                "List each character once, so that all are equally likely.",
            )
    if credential.verify.probe and not isinstance(credential, manifest.IamAccessKey):
        yield document.fault((*path, "verify", "probe"), "applies to iam-access-key only", "For neo4j-password use verify.query.")


def _sources(credential: Credential) -> Iterator[str]:
    match credential:
        case manifest.IamAccessKey(user=user, role=role):
            yield f"the IAM user {user}{f' of {role}' if role is not UNSET else ''}"
        case manifest.Neo4jPassword(url=url, url_parameter=parameter, users=users):
            for user in dict.fromkeys(users):
                yield f"the user {user} at {parameter if url is UNSET else url}"


def _places(target: Target, whole: str) -> Iterator[tuple[str, str]]:
    """Each place that a target writes, and the part that it gets."""
    match target:
        case GithubSecret(names=names):
            scope = _scope(target)
            for part, name in names.items():
                yield f"{scope} {name.upper()}", part
        case manifest.SsmParameter(names=names):
            for part, name in names.items():
                yield f"parameter {name}", part
        case manifest.SecretsManagerSecret(secret=secret, names=names):
            if names is UNSET:
                yield f"secret {secret}", whole
            else:
                for part, key in names.items():
                    yield f"secret {secret} key {key}", part
        case manifest.EnvFile(path=path, names=names):
            for part, name in names.items():
                yield f"{path} {name}", part
        case manifest.CommandTarget(name=name, part=part):
            yield f"command {name}", part


def _scope(target: GithubSecret) -> str:
    if target.organisation is not UNSET:
        return f"GitHub organisation {target.organisation}:"
    environment = f" environment {target.environment}" if target.environment is not UNSET else " Dependabot" if target.dependabot else ""
    return f"GitHub {'' if target.repository is UNSET else target.repository}{environment}:"


def _of_target(target: Target, document: Document, path: Path) -> Iterator[Fault]:
    if not isinstance(target, GithubSecret):
        return
    named = [word for word, given in (("organisation", target.organisation), ("environment", target.environment)) if given is not UNSET]
    named += ["dependabot"] if target.dependabot else []
    if len(named) > 1:
        yield document.fault(path, f"names {' and '.join(named)}: a secret has only one of them", "Write a target for each.")
    for part, name in target.names.items():
        if name.upper().startswith("GITHUB_"):
            yield document.fault((*path, "names", part), "begins with GITHUB_, which is reserved by GitHub", "Use another name.")
    if target.marker is not UNSET and target.dependabot:
        yield document.fault((*path, "marker"), "is a variable, which Dependabot does not have", "Remove it.")
    if target.marker is not UNSET and not {"access-key-id", "user"} & set(target.names):
        yield document.fault(
            (*path, "marker"), "marks a pair, but there is none", "It applies only if access-key-id or user is among the names."
        )


def _of_part(credential: Credential, part: str, document: Document, path: Path) -> Iterator[Fault]:
    known = parts_of(credential)
    if known is None or part in known or (part == WHOLE and "value" not in known):
        return
    guess = nearest(part, list(known))
    meant = f"Did you mean {guess}?" if guess else f"It has {', '.join([*known, *([WHOLE] if 'value' not in known else [])])}."
    yield document.fault((*path, "names", part), f"'{part}' is not a part of such a credential", meant, at_key=True)


def _of_escrow(given: Manifest, written: dict[str, str], document: Document) -> Iterator[Fault]:
    """A target inside the escrow would overwrite what is kept there."""
    word = "secret" if isinstance(given.escrow, manifest.SecretsManagerEscrow) else "parameter"
    for place, name in written.items():
        if place.startswith(f"{word} {given.escrow.prefix}"):
            what = f"{name} writes {place}, which belongs to the escrow"
            yield document.fault(("credentials", name, "targets"), what, "Use another name for the escrow or the target.")
