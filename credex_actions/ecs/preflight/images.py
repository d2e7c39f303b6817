"""Container images: they are in ECR, for the platform that the tasks run on."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.aws.clients import Clients
from credex_actions.ecs.preflight.finding import Finding, PathStep, Unreadable, tried

ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)

ABSENT: Final = frozenset(("RepositoryNotFoundException", "ImageNotFoundException"))

INDEXES: Final = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS: Final = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")

ARCHITECTURES: Final = {"X86_64": "amd64", "ARM64": "arm64"}


class Image(NamedTuple):
    """An image in ECR. `platforms`: those it has, as `linux/amd64`; empty if its manifest does not tell. `digests`: its own, and those of the images for single platforms in it."""

    platforms: frozenset[str]
    digests: frozenset[str] = frozenset()


def look(clients: Clients, definition: Mapping[str, Any], _service: Mapping[str, Any] | None) -> Iterator[Finding]:
    wanted = platform_of(definition)
    seen: dict[str, Any] = {}
    for index, container in enumerate(definition.get("containerDefinitions", ())):
        reference = container.get("image", "")
        path: tuple[PathStep, ...] = ("containerDefinitions", index, "image")
        subject = f"image of {container.get('name', index)}"
        match = ECR.fullmatch(reference)
        if match is None:
            yield Finding(subject, "skipped", f"{reference} is in a registry other than ECR", path=path)
            continue
        if reference not in seen:
            seen[reference] = in_ecr(clients, match)
        yield judge(subject, reference, seen[reference], wanted, path)


def platform_of(definition: Mapping[str, Any]) -> str | None:
    """The platform that the tasks need, as images name it; None if nothing says it (EC2 instances may be of either kind).

    Fargate without runtimePlatform is LINUX on X86_64. Source: ECS API, RuntimePlatform.
    """
    runtime = definition.get("runtimePlatform") or {}
    if not runtime and "FARGATE" not in definition.get("requiresCompatibilities", ()):
        return None
    system = "windows" if str(runtime.get("operatingSystemFamily", "LINUX")).startswith("WINDOWS") else "linux"
    return f"{system}/{ARCHITECTURES.get(runtime.get('cpuArchitecture', 'X86_64'), 'amd64')}"


def in_ecr(clients: Clients, named: re.Match[str]) -> Image | Unreadable | None:
    """What ECR has under a name that ECR matches; None if there is nothing."""
    found: Image | Unreadable | None = tried(ABSENT, _image, clients, named.groupdict())
    return found


def _image(clients: Clients, found: Mapping[str, str | None]) -> Image | None:
    ecr = clients.read("ecr", found["region"])
    place = {"registryId": found["account"], "repositoryName": found["repository"]}
    identifier = {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"] or "latest"}
    answer = ecr.batch_get_image(**place, imageIds=[identifier], acceptedMediaTypes=[*INDEXES, *MANIFESTS])
    if not answer.get("images"):
        return None
    image = answer["images"][0]
    inside = json.loads(image.get("imageManifest") or "{}").get("manifests", ())
    platforms = (each.get("platform", {}) for each in inside)
    named = {f"{each.get('os')}/{each.get('architecture')}" for each in platforms if each.get("os") not in {None, "unknown"}}
    digests = (image.get("imageId", {}).get("imageDigest"), *(each.get("digest") for each in inside))
    return Image(frozenset(named), frozenset(filter(None, digests)))


def judge(subject: str, reference: str, image: Image | Unreadable | None, wanted: str | None, path: tuple[PathStep, ...]) -> Finding:
    if isinstance(image, Unreadable):
        return Finding(subject, "skipped", image.why, path=path)
    if image is None:
        return Finding(subject, "fault", f"{reference} does not exist in ECR", "Was it pushed, to this region, with this tag?", path)
    if wanted and image.platforms and wanted not in image.platforms:
        has = ", ".join(sorted(image.platforms))
        return Finding(
            subject,
            "fault",
            f"{reference} is built for {has}, the tasks run on {wanted}",
            "Build it for that platform, or set runtimePlatform.",
            path,
        )
    if wanted and not image.platforms:
        return Finding(subject, "ok", f"exists in ECR; its manifest does not state its platform ({wanted} is needed)", path=path)
    return Finding(subject, "ok", f"exists in ECR{f' for {wanted}' if wanted else ''}", path=path)
