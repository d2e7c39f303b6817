"""Images: begun, described, listed, cancelled and deleted; the workflow of a build, and why it failed."""

import threading
from typing import Any, Final

from credex_actions.sandbox.aws.imagebuilder.building import Build
from credex_actions.sandbox.aws.imagebuilder.records import Document, Image, ImageBuilders, invalid, missing
from credex_actions.sandbox.aws.imagebuilder.resources import at, newest_component, paged
from credex_actions.sandbox.aws.refusals import Refusal

SHOWS_AFTER: Final = 0.1
"""Seconds in which a list does not show a new image yet."""
WORKFLOW: Final = "arn:aws:imagebuilder:{}:aws:workflow/build/build-image/1.0.2/1"
STATUSES: Final = {"COMPLETED": "totalStepsSucceeded", "FAILED": "totalStepsFailed", "SKIPPED": "totalStepsSkipped"}


def create_image(builders: ImageBuilders, request: Document, now: float) -> Document:
    arns = [request.get(name) for name in ("imageRecipeArn", "infrastructureConfigurationArn", "distributionConfigurationArn")]
    if None in arns:
        raise invalid("The sandbox builds from an image recipe, an infrastructure and a distribution configuration.")
    parts = {str(arn): dict(builders.of(str(arn))) for arn in arns}
    recipe = builders.of(str(arns[0]))
    components = [newest_component(builders, each["componentArn"]) for each in recipe["components"]]
    parts |= {arn: dict(builders.of(arn)) for arn in components}
    arn = builders.numbered(recipe["arn"].replace(":image-recipe/", ":image/"))
    image = Image(arn, recipe["name"], recipe["version"], now, dict(request), parts, now + SHOWS_AFTER)
    builders.images[arn] = image
    recipe_part, infrastructure, distribution = (parts[str(each)] for each in arns)
    build = Build(builders, image, recipe_part, infrastructure, distribution, [parts[each] for each in components])
    for service in ("ec2", "ssm"):
        builders.client(service)  # here, where nobody else makes one at the same time
    threading.Thread(target=build.run, name=f"image-builder-{image.name}", daemon=True).start()
    return {"imageBuildVersionArn": arn}


def _image(builders: ImageBuilders, request: Document) -> Image:
    found = builders.images.get(request["imageBuildVersionArn"])
    if found is None:
        raise missing(request["imageBuildVersionArn"])
    return found


def _told(builders: ImageBuilders, image: Image) -> Document:
    """What summaries and GetImage have."""
    build = image.arn.rpartition("/")[2]
    document: Document = {
        "arn": image.arn,
        "type": "AMI",
        "name": image.name,
        "version": f"{image.version}/{build}",
        "platform": "Linux",
        "state": {"status": image.status} | ({"reason": image.reason} if image.reason else {}),
        "dateCreated": at(image.created),
        "outputResources": {"amis": []},
        "tags": image.request.get("tags", {}),
        "buildType": "USER_INITIATED",
        "imageSource": "CUSTOM",
    }
    if image.ami:
        ami = {"region": builders.site.region, "image": image.ami, "accountId": builders.site.account, "name": image.name}
        document["outputResources"] = {"amis": [ami]}
    return document


def get_image(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    image = _image(builders, request)
    document = _told(builders, image)
    if image.failure:
        document["state"]["failureContext"] = image.failure
    return {"image": document}


def list_image_build_versions(builders: ImageBuilders, request: Document, now: float) -> Document:
    wanted = request.get("imageVersionArn")
    if wanted is None or request.get("filters"):
        raise invalid("The sandbox lists the builds of one imageVersionArn, without filters.")
    found = [each for each in builders.images.values() if each.arn.rpartition("/")[0] == wanted and now >= each.shows]
    told = [_told(builders, each) | {"owner": builders.site.account} for each in found]
    return paged("imageSummaryList", told, request)


def list_workflow_executions(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    image = _image(builders, request)
    workflow = image.workflow
    statuses = [status for status, _ in workflow.steps.values()]
    execution: dict[str, Any] = {
        "workflowBuildVersionArn": WORKFLOW.format(builders.site.region),
        "workflowExecutionId": workflow.id,
        "type": "BUILD",
        "status": workflow.status,
        "message": workflow.message,
        "totalStepCount": len(statuses),
        "startTime": at(image.created),
    }
    execution |= {member: statuses.count(status) for status, member in STATUSES.items()}
    return paged("workflowExecutions", [execution], request) | {"imageBuildVersionArn": image.arn}


def list_workflow_step_executions(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    image = next((each for each in builders.images.values() if each.workflow.id == request["workflowExecutionId"]), None)
    if image is None:
        raise missing(request["workflowExecutionId"])
    steps = [
        {"stepExecutionId": image.workflow.ids[name], "name": name, "action": name, "status": status, "message": message}
        for name, (status, message) in image.workflow.steps.items()
    ]
    more = {"workflowExecutionId": image.workflow.id, "imageBuildVersionArn": image.arn}
    return paged("steps", steps, request) | more


def cancel_image_creation(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    image = _image(builders, request)
    if not image.in_progress:
        raise invalid(f"The image {image.arn} cannot be cancelled: its status is {image.status}.")
    image.cancelled.set()
    return {"imageBuildVersionArn": image.arn}


def delete_image(builders: ImageBuilders, request: Document, now: float) -> Document:
    """The AMI stays."""
    del now
    image = _image(builders, request)
    if image.in_progress:
        raise Refusal("ResourceDependencyException", f"The image {image.arn} cannot be deleted: its status is {image.status}.")
    del builders.images[image.arn]
    return {"imageBuildVersionArn": image.arn}
