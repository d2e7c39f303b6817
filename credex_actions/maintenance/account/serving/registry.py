"""Images of ECR without a tag."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from credex_actions.maintenance.account.found import Found, Record, aws, older, plain
from credex_actions.maintenance.account.reading import Absent
from credex_actions.maintenance.account.serving.services import batches, definitions
from credex_actions.maintenance.account.survey import Survey

INDEXES: Final = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
AT_ONCE: Final = 100
GIB: Final = 1 << 30


def check(survey: Survey) -> Iterator[Found]:
    limit = survey.setting("image-untagged", "days")
    for repository in survey.reading.pages("ecr", "describe_repositories", "repositories"):
        name = repository["repositoryName"]
        old = [
            each
            for each in survey.reading.pages(
                "ecr", "describe_images", "imageDetails", repositoryName=name, filter={"tagStatus": "UNTAGGED"}
            )
            if is_old(each, survey.now, limit)
        ]
        if not old or _expires(survey, name):
            continue
        needed = _in_indexes(survey, name) | _in_use(survey)
        left = [each for each in old if each["imageDigest"] not in needed]
        if left:
            yield found(repository, left, survey)


def is_old(image: Record, now: datetime, limit: float) -> bool:
    """Pulled lately is as good as new: something names it by its digest."""
    pulled = image.get("lastRecordedPullTime")
    return not image.get("imageTags") and older(image["imagePushedAt"], now, limit) and (not pulled or older(pulled, now, limit))


def _expires(survey: Survey, repository: str) -> bool:
    try:
        text = survey.reading.one("ecr", "get_lifecycle_policy", repositoryName=repository)["lifecyclePolicyText"]
    except Absent:
        return False
    return expires_untagged(json.loads(text))


def expires_untagged(policy: Record) -> bool:
    return any(each.get("selection", {}).get("tagStatus") in {"untagged", "any"} for each in policy.get("rules", ()))


def _in_indexes(survey: Survey, repository: str) -> set[str]:
    """The images of an index, one for each platform, have no tag of their own."""
    tagged = survey.reading.pages("ecr", "describe_images", "imageDetails", repositoryName=repository, filter={"tagStatus": "TAGGED"})
    digests = [{"imageDigest": each["imageDigest"]} for each in tagged if each.get("imageManifestMediaType", INDEXES[0]) in INDEXES]
    needed: set[str] = set()
    for some in batches(digests, AT_ONCE):
        answer = survey.reading.one(
            "ecr", "batch_get_image", repositoryName=repository, imageIds=list(some), acceptedMediaTypes=list(INDEXES)
        )
        for each in answer["images"]:
            needed |= children(json.loads(each["imageManifest"]))
    return needed


def children(manifest: Any) -> set[str]:
    return {each["digest"] for each in manifest.get("manifests", ()) if isinstance(each, dict) and "digest" in each}


def _in_use(survey: Survey) -> set[str]:
    images = (container.get("image", "") for each in survey.shared(definitions) for container in each["containerDefinitions"])
    return {image.partition("@")[2] for image in images}


def found(repository: Record, images: list[Record], survey: Survey) -> Found:
    name = repository["repositoryName"]
    size = sum(each.get("imageSizeInBytes", 0) for each in images) / GIB
    cost = survey.prices.of("registry-storage", size)
    many = f"{len(images)} {'image' if len(images) == 1 else 'images'}"
    policy = {
        "rules": [
            {
                "rulePriority": 1,
                "description": "expire untagged images",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": int(survey.setting("image-untagged", "days")) or 1,
                },
                "action": {"type": "expire"},
            }
        ]
    }
    return Found(
        check="image-untagged",
        resource=repository["repositoryArn"],
        title=f"repository {plain(name)} keeps {many} without a tag",
        why=f"{size:.2f} GiB at most, the oldest pushed on {min(each['imagePushedAt'] for each in images):%Y-%m-%d}; no image index and no task definition in use names them{survey.prices.says(cost)}",
        fix=aws(
            "ecr",
            "put-lifecycle-policy",
            survey.scope.region,
            repository_name=name,
            lifecycle_policy_text=json.dumps(policy, separators=(",", ":")),
        ),
        monthly_cost=cost,
    )
