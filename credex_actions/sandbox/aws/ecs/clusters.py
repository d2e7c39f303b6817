"""ECS operations on clusters, capacity providers' names, account settings and tags."""

from credex_actions.sandbox.aws.ecs.records import Cluster, Document
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.refusals import Refusal, invalid


def create_cluster(region: Region, request: Document, now: float) -> Document:
    del now
    name = request.get("clusterName", "default")
    found = region.clusters.get(name)
    if found is None or found.status != "ACTIVE":
        keys = ("settings", "capacityProviders", "defaultCapacityProviderStrategy", "configuration", "serviceConnectDefaults", "tags")
        found = Cluster(name, region.arn(f"cluster/{name}"), {key: request[key] for key in keys if key in request})
        region.clusters[name] = found
    return {"cluster": described(region, found, {"TAGS", "SETTINGS", "CONFIGURATIONS"})}


def described(region: Region, cluster: Cluster, include: set[str]) -> Document:
    tasks = [task for task in region.tasks.values() if task.cluster == cluster.name]
    services = [each for each in region.services.values() if each.cluster == cluster.name and each.status == "ACTIVE"]
    fields = cluster.fields
    return {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": sum(task.status == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task.status in {"PROVISIONING", "PENDING"} for task in tasks),
        "activeServicesCount": len(services),
        "statistics": [],
        "tags": fields.get("tags", []) if "TAGS" in include else [],
        "settings": fields.get("settings", [{"name": "containerInsights", "value": "disabled"}]) if "SETTINGS" in include else [],
        "capacityProviders": fields.get("capacityProviders", []),
        "defaultCapacityProviderStrategy": fields.get("defaultCapacityProviderStrategy", []),
        **({"configuration": fields["configuration"]} if "CONFIGURATIONS" in include and "configuration" in fields else {}),
    }


def describe_clusters(region: Region, request: Document, now: float) -> Document:
    del now
    found, failures = [], []
    for each in request.get("clusters") or ["default"]:
        name = each.rpartition("/")[2]
        if name in region.clusters:
            found.append(described(region, region.clusters[name], set(request.get("include", ()))))
        else:
            failures.append({"arn": region.arn(f"cluster/{name}"), "reason": "MISSING"})
    return {"clusters": found, "failures": failures}


def list_clusters(region: Region, request: Document, now: float) -> Document:
    del request, now
    return {"clusterArns": [each.arn for each in region.clusters.values() if each.status == "ACTIVE"]}


def delete_cluster(region: Region, request: Document, now: float) -> Document:
    del now
    cluster = region.cluster(request["cluster"])
    if any(each.cluster == cluster.name and each.status == "ACTIVE" for each in region.services.values()):
        raise Refusal("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(task.cluster == cluster.name and not task.ended for task in region.tasks.values()):
        raise Refusal("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    cluster.status = "INACTIVE"
    return {"cluster": described(region, cluster, {"TAGS", "SETTINGS", "CONFIGURATIONS"})}


def update_cluster(region: Region, request: Document, now: float) -> Document:
    """UpdateCluster, UpdateClusterSettings and PutClusterCapacityProviders: what is given replaces what was there."""
    del now
    cluster = region.cluster(request["cluster"])
    cluster.fields |= {key: value for key, value in request.items() if key != "cluster"}
    return {"cluster": described(region, cluster, {"TAGS", "SETTINGS", "CONFIGURATIONS"})}


DEFAULT_SETTINGS = {
    "serviceLongArnFormat": "enabled",
    "taskLongArnFormat": "enabled",
    "containerInsights": "disabled",
    "tagResourceAuthorization": "on",
}


def list_account_settings(region: Region, request: Document, now: float) -> Document:
    del now
    settings = DEFAULT_SETTINGS | region.settings
    wanted = request.get("name")
    return {"settings": [{"name": name, "value": value} for name, value in settings.items() if wanted in {None, name}]}


def put_account_setting(region: Region, request: Document, now: float) -> Document:
    del now
    region.settings[request["name"]] = request["value"]
    return {"setting": {"name": request["name"], "value": request["value"]}}


def tag_resource(region: Region, request: Document, now: float) -> Document:
    del now
    tags = tags_of(region, request["resourceArn"])
    new = {each["key"] for each in request["tags"]}
    tags[:] = [*(each for each in tags if each["key"] not in new), *request["tags"]]
    return {}


def untag_resource(region: Region, request: Document, now: float) -> Document:
    del now
    tags = tags_of(region, request["resourceArn"])
    tags[:] = [each for each in tags if each["key"] not in request["tagKeys"]]
    return {}


def list_tags_for_resource(region: Region, request: Document, now: float) -> Document:
    del now
    return {"tags": list(tags_of(region, request["resourceArn"]))}


def tags_of(region: Region, arn: str) -> list[Document]:
    """The tags of a resource, as they are kept: changing the list changes them."""
    kind, _, name = arn.rpartition(":")[2].partition("/") if ":task-definition/" not in arn else ("task-definition", "", arn)
    if kind == "task-definition":
        return region.definition(arn).tags
    kept: Document = {}
    if kind == "cluster":
        kept = region.cluster(arn).fields
    elif kind == "service":
        kept = region.service(*name.split("/")).fields
    elif kind == "task" and (task := region.tasks.get(name.rpartition("/")[2])):
        kept = task.request
    else:
        raise invalid("The specified resource was not found. Specify a valid resource ARN.")
    tags: list[Document] = kept.setdefault("tags", [])
    return tags
