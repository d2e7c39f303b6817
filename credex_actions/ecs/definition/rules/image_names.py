"""Whether a text can be the name of a container image at all. Only the name is judged: whether a registry has the image, preflight asks.

Source of the grammar: the Distribution project's `reference` package, by which Docker and containerd, and so ECS's agent, read names.
"""

import re
from typing import Final, NamedTuple


class Doubt(NamedTuple):
    what: str
    hint: str


class Name(NamedTuple):
    """An image's name in its parts; what is not there is empty, `tag` and `digest` even if only their `:` or `@` is."""

    registry: str
    repository: str
    tag: str
    digest: str


MASKED: Final = Doubt(
    "is masked: *** stands for a secret that GitHub removed",
    "GitHub drops a job output that contains a secret. Mask nothing that is part of an image's name (configure-aws-credentials:"
    " mask-aws-account-id: false; amazon-ecr-login does not mask the registry), or pass only the tag.",
)
HEXADECIMAL: Final = {"sha256": 64, "sha512": 128}
"""Digits of a digest."""

LONGEST_TAG: Final = 128


def doubt(image: str) -> Doubt | None:
    """What keeps `image` from being one; None if a registry could have it."""
    if not image.strip():
        return Doubt("is empty", "Provide the image, as registry/repository:tag.")
    return _odd_text(image) or _odd_parts(image)


def _odd_text(image: str) -> Doubt | None:
    if "***" in image:
        return MASKED
    if "://" in image:
        return Doubt("begins like a URL", "Remove what precedes the registry's name: https:// is not part of an image name.")
    if image[0] in "'\"" or image[-1] in "'\"":
        return Doubt("contains quotes", "Remove them: an input is used literally.")
    if "," in image or "\n" in image.strip():
        return Doubt("is more than one image", "Provide one of them; images takes one line container=image per container.")
    if image.split() != [image]:
        return Doubt("contains a space", "Remove it; was one of the values it is composed of empty?")
    if any(mark in image for mark in "${}<>%"):
        return Doubt(
            "contains a variable that was not replaced", "Replace it before this step, or write ${NAME} and provide NAME in values."
        )
    if image[-1] in ":/@" or image[0] in ":/@" or any(pair in image.rpartition("]")[2] for pair in ("//", "::", "/:", ":/", ":@", "/@")):
        return Doubt("has an empty part: a registry, a repository or a tag is missing", "Was an output that it is composed of empty?")
    return None


def _odd_parts(image: str) -> Doubt | None:
    name = _parts(image)
    algorithm, _, digits = name.digest.partition(":")
    if name.digest and not (len(digits) == HEXADECIMAL.get(algorithm) and set(digits) <= set("0123456789abcdef")):
        return Doubt("has an invalid digest", "A digest is sha256: and 64 hexadecimal digits, as docker push prints it.")
    if name.repository != name.repository.lower():
        return Doubt("has upper-case letters in the repository name, which no registry accepts", "Write the repository in lower case.")
    if "/" in name.tag:
        return Doubt("has a slash in its tag", "Is it the name of a branch? A tag consists of letters, digits, _, . and - only.")
    plain = name.tag.replace(".", "").replace("-", "").replace("_", "")
    if name.tag and not (
        len(name.tag) <= LONGEST_TAG and name.tag[0] not in ".-" and name.tag.isascii() and (plain.isalnum() or not plain)
    ):
        return Doubt("has an invalid tag", f"A tag has up to {LONGEST_TAG} letters, digits, _, . and -, and does not begin with . or -.")
    part = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
    if not _is_registry(name.registry) or not re.fullmatch(rf"{part}(?:/{part})*", name.repository):
        return Doubt("is not an image name", "Write registry/repository:tag.")
    return None


def _parts(image: str) -> Name:
    name, _, digest = image.partition("@")
    head, slash, rest = name.partition("/")
    is_registry = bool(slash) and (head == "localhost" or head != head.lower() or any(mark in head for mark in ".:"))
    repository, _, tag = (rest if is_registry else name).partition(":")
    return Name(head if is_registry else "", repository, tag, digest)


def _is_registry(text: str) -> bool:
    host, _, port = (text, "", "") if text.endswith("]") else text.partition(":") if not text.startswith("[") else text.rpartition(":")
    plain = host.strip("[]").replace(".", "").replace("-", "").replace(":", "")
    return not text or (
        ".." not in host
        and plain.isalnum()
        and plain.isascii()
        and host[-1] not in ".-"
        and host[0] not in ".-"
        and (not port or port.isdigit())
    )
