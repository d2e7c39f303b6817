"""Components, image recipes, infrastructure and distribution configurations: created under a name that is taken once, read, listed, tagged, deleted."""

from datetime import UTC, datetime
from typing import Any, Final

from credex_actions.sandbox.aws.imagebuilder import component
from credex_actions.sandbox.aws.imagebuilder.records import Document, ImageBuilders, invalid, missing, slug
from credex_actions.sandbox.aws.refusals import Refusal

PAGE: Final = 25
RESERVED: Final = frozenset(("CreatedBy", "Ec2ImageBuilderArn", "Name", "Tags"))
"""Tags that a build instance gets from Image Builder. Source: API reference, CreateInfrastructureConfiguration, resourceTags."""


def at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def create_component(builders: ImageBuilders, request: Document, now: float) -> Document:
    if ("data" in request) == ("uri" in request):
        raise Refusal("InvalidParameterCombinationException", "Exactly one of data and uri has to be set.")
    component.read(request.get("data", ""))
    arn = builders.numbered(builders.arn(f"component/{slug(request['name'])}/{request['semanticVersion']}"))
    kept = {name: request[name] for name in ("name", "platform", "data", "description", "tags") if name in request}
    more = {"arn": arn, "version": request["semanticVersion"], "type": "BUILD", "owner": builders.site.account, "dateCreated": at(now)}
    builders.resources[arn] = kept | more
    return {"componentBuildVersionArn": arn}


def get_component(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    return {"component": builders.of(newest_component(builders, request["componentBuildVersionArn"]))}


def newest_component(builders: ImageBuilders, arn: str) -> str:
    """The newest build, where `arn` names a version. Raises Refusal."""
    if arn in builders.resources:
        return arn
    found = [each for each in builders.resources if each.rpartition("/")[0] == arn]
    if not found:
        raise missing(arn)
    return max(found, key=lambda each: int(each.rpartition("/")[2]))


def create_image_recipe(builders: ImageBuilders, request: Document, now: float) -> Document:
    arn = builders.arn(f"image-recipe/{slug(request['name'])}/{request['semanticVersion']}")
    _free(builders, "ImageRecipe", arn)
    for each in request.get("components", ()):
        newest_component(builders, each["componentArn"])
    parent = request["parentImage"]
    if parent not in builders.site.records.amis:
        raise invalid(f"The parent image {parent} does not exist (the sandbox knows AMIs by their ids).")
    kept = {name: request[name] for name in ("name", "components", "parentImage", "blockDeviceMappings", "tags") if name in request}
    more = {"arn": arn, "version": request["semanticVersion"], "type": "AMI", "platform": "Linux", "owner": builders.site.account}
    builders.resources[arn] = kept | more | {"dateCreated": at(now)}
    return {"imageRecipeArn": arn}


def create_infrastructure_configuration(builders: ImageBuilders, request: Document, now: float) -> Document:
    arn = builders.arn(f"infrastructure-configuration/{slug(request['name'])}")
    _free(builders, "InfrastructureConfiguration", arn)
    if "subnetId" in request and not request.get("securityGroupIds"):
        raise invalid("securityGroupIds have to be set where subnetId is.")
    if RESERVED & request.get("resourceTags", {}).keys():
        raise invalid(f"resourceTags cannot have the keys {', '.join(sorted(RESERVED))}.")
    builders.resources[arn] = _configuration(request, arn, now)
    return {"infrastructureConfigurationArn": arn}


def create_distribution_configuration(builders: ImageBuilders, request: Document, now: float) -> Document:
    arn = builders.arn(f"distribution-configuration/{slug(request['name'])}")
    _free(builders, "DistributionConfiguration", arn)
    if [each["region"] for each in request["distributions"]] != [builders.site.region]:
        raise invalid("The sandbox distributes to its own region alone.")
    builders.resources[arn] = _configuration(request, arn, now) | {"timeoutMinutes": 720}
    return {"distributionConfigurationArn": arn}


def _configuration(request: Document, arn: str, now: float) -> Document:
    return {name: value for name, value in request.items() if name != "clientToken"} | {"arn": arn, "dateCreated": at(now)}


def _free(builders: ImageBuilders, kind: str, arn: str) -> None:
    if arn in builders.resources:
        raise Refusal("ResourceAlreadyExistsException", f"The following resource '{kind}' already exists: '{arn}'.")


def get_image_recipe(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    return {"imageRecipe": builders.of(request["imageRecipeArn"])}


def get_infrastructure_configuration(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    return {"infrastructureConfiguration": builders.of(request["infrastructureConfigurationArn"])}


def get_distribution_configuration(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    return {"distributionConfiguration": builders.of(request["distributionConfigurationArn"])}


def list_distribution_configurations(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    if request.get("filters"):
        raise invalid("The sandbox lists distribution configurations without filters.")
    found = [each for each in builders.resources.values() if ":distribution-configuration/" in each["arn"]]
    kept = ("arn", "name", "dateCreated", "tags")
    told = [{name: each[name] for name in kept if name in each} | {"regions": [builders.site.region]} for each in found]
    return paged("distributionConfigurationSummaryList", told, request)


def paged(member: str, found: list[Any], request: Document) -> Document:
    start = int(request.get("nextToken") or 0)
    end = start + int(request.get("maxResults") or PAGE)
    return {member: found[start:end]} | ({"nextToken": str(end)} if end < len(found) else {})


def delete(builders: ImageBuilders, request: Document, now: float) -> Document:
    """Of each kind: what something else needs is not deleted."""
    del now
    ((parameter, arn),) = request.items()
    builders.of(arn)
    used = [
        each["arn"] for each in builders.resources.values() if any(_names(arn, part["componentArn"]) for part in each.get("components", ()))
    ]
    used += [each.arn for each in builders.images.values() if each.in_progress and arn in each.parts]
    if used:
        what = f"The resource {arn} has other resources that depend on it: {', '.join(used)}."
        raise Refusal("ResourceDependencyException", what)
    del builders.resources[arn]
    return {parameter: arn}


def _names(arn: str, wanted: str) -> bool:
    return wanted in {arn, arn.rpartition("/")[0]}


def tag_resource(builders: ImageBuilders, request: Document, now: float) -> Document:
    del now
    arn = request["resourceArn"]
    image = builders.images.get(arn)
    kept = image.request if image else builders.of(arn)
    kept["tags"] = kept.get("tags", {}) | request["tags"]
    return {}
