"""The ECS operations that the sandbox answers, by the name that the API gives them."""

from collections.abc import Callable

from credex_actions.sandbox.aws.ecs import clusters, runs, service_deployments, services, task_definitions, task_sets
from credex_actions.sandbox.aws.ecs.records import Document
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.shapes import model, understood

Answering = Callable[[Region, Document, float], Document]

OPERATIONS: dict[str, Answering] = {
    "CreateCluster": clusters.create_cluster,
    "DescribeClusters": clusters.describe_clusters,
    "ListClusters": clusters.list_clusters,
    "DeleteCluster": clusters.delete_cluster,
    "UpdateCluster": clusters.update_cluster,
    "UpdateClusterSettings": clusters.update_cluster,
    "PutClusterCapacityProviders": clusters.update_cluster,
    "ListAccountSettings": clusters.list_account_settings,
    "PutAccountSetting": clusters.put_account_setting,
    "PutAccountSettingDefault": clusters.put_account_setting,
    "TagResource": clusters.tag_resource,
    "UntagResource": clusters.untag_resource,
    "ListTagsForResource": clusters.list_tags_for_resource,
    "RegisterTaskDefinition": task_definitions.register_task_definition,
    "DescribeTaskDefinition": task_definitions.describe_task_definition,
    "DeregisterTaskDefinition": task_definitions.deregister_task_definition,
    "DeleteTaskDefinitions": task_definitions.delete_task_definitions,
    "ListTaskDefinitions": task_definitions.list_task_definitions,
    "ListTaskDefinitionFamilies": task_definitions.list_task_definition_families,
    "CreateService": services.create_service,
    "UpdateService": services.update_service,
    "DeleteService": services.delete_service,
    "DescribeServices": services.describe_services,
    "ListServices": services.list_services,
    "RunTask": runs.run_task,
    "StopTask": runs.stop_task,
    "DescribeTasks": runs.describe_tasks,
    "ListTasks": runs.list_tasks,
    "ListServiceDeployments": service_deployments.list_service_deployments,
    "DescribeServiceDeployments": service_deployments.describe_service_deployments,
    "StopServiceDeployment": service_deployments.stop_service_deployment,
    "DescribeServiceRevisions": service_deployments.describe_service_revisions,
    "CreateTaskSet": task_sets.create_task_set,
    "UpdateTaskSet": task_sets.update_task_set,
    "DescribeTaskSets": task_sets.describe_task_sets,
    "DeleteTaskSet": task_sets.delete_task_set,
    "UpdateServicePrimaryTaskSet": task_sets.update_service_primary_task_set,
}


def answer(region: Region, name: str, request: Document, now: float) -> Document:
    """Raises Refusal for what ECS would refuse, and for what the sandbox does not do."""
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Refusal(
            "UnsupportedFeatureException", f"The sandbox does not support ecs:{name} (see docs/sandbox.md for what it does not support)."
        )
    return operation(region, understood(model("ecs").operation_model(name).input_shape, request), now)
