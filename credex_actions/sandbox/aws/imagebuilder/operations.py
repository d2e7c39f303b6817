"""The operations of Image Builder that the sandbox answers; moto has none of them."""

from collections.abc import Callable
from typing import Final

from credex_actions.sandbox.aws.imagebuilder import images, resources
from credex_actions.sandbox.aws.imagebuilder.checking import check
from credex_actions.sandbox.aws.imagebuilder.records import Document, ImageBuilders
from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.shapes import model

SERVICE: Final = "imagebuilder"
OPERATIONS: Final[dict[str, Callable[[ImageBuilders, Document, float], Document]]] = {
    "CreateComponent": resources.create_component,
    "GetComponent": resources.get_component,
    "DeleteComponent": resources.delete,
    "CreateImageRecipe": resources.create_image_recipe,
    "GetImageRecipe": resources.get_image_recipe,
    "DeleteImageRecipe": resources.delete,
    "CreateInfrastructureConfiguration": resources.create_infrastructure_configuration,
    "GetInfrastructureConfiguration": resources.get_infrastructure_configuration,
    "DeleteInfrastructureConfiguration": resources.delete,
    "CreateDistributionConfiguration": resources.create_distribution_configuration,
    "GetDistributionConfiguration": resources.get_distribution_configuration,
    "ListDistributionConfigurations": resources.list_distribution_configurations,
    "DeleteDistributionConfiguration": resources.delete,
    "TagResource": resources.tag_resource,
    "CreateImage": images.create_image,
    "GetImage": images.get_image,
    "ListImageBuildVersions": images.list_image_build_versions,
    "ListWorkflowExecutions": images.list_workflow_executions,
    "ListWorkflowStepExecutions": images.list_workflow_step_executions,
    "CancelImageCreation": images.cancel_image_creation,
    "DeleteImage": images.delete_image,
}
MISMATCH: Final = "You have specified a client token for an operation using parameter values that differ from a previous request that uses the same client token."


def answer(builders: ImageBuilders, name: str, request: Document, now: float) -> Document:
    """Raises Refusal. A request that is sent twice with its token happens once, whatever has become of it since."""
    if name not in OPERATIONS:
        raise Refusal("ClientException", f"The sandbox does not answer {name} of Image Builder.")
    shape = model(SERVICE).operation_model(name).input_shape
    if shape:
        check(shape, request)
    builders.site.settle()
    key = (name, str(request.get("clientToken", "")))
    if key[1] and key in builders.answered:
        asked, former = builders.answered[key]
        if asked != request:
            raise Refusal("IdempotentParameterMismatchException", MISMATCH)
        return former
    answered = {"requestId": "sandbox"} | OPERATIONS[name](builders, request, now)
    if name == "TagResource":
        return {}
    if key[1]:
        answered["clientToken"] = key[1]
        builders.answered[key] = (request, answered)
    return answered
