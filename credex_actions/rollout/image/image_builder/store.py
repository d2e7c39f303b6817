"""What Image Builder has, read and deleted by ARN."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.rollout.image.image_builder.names import (
    COMPONENT,
    DEFINED,
    DISTRIBUTION,
    IMAGE,
    INFRASTRUCTURE,
    RECIPE,
    Names,
    kind_of,
    token_of,
)

GONE: Final = "ResourceNotFoundException"
ENDED: Final = frozenset((GONE, "InvalidRequestException", "ResourceInUseException"))
"""What Image Builder says of a build that cannot be cancelled any more."""
READS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    COMPONENT: lambda client, arn: client.get_component(componentBuildVersionArn=arn)["component"],
    RECIPE: lambda client, arn: client.get_image_recipe(imageRecipeArn=arn)["imageRecipe"],
    INFRASTRUCTURE: lambda client, arn: client.get_infrastructure_configuration(infrastructureConfigurationArn=arn)[
        "infrastructureConfiguration"
    ],
    DISTRIBUTION: lambda client, arn: client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"],
    IMAGE: lambda client, arn: client.get_image(imageBuildVersionArn=arn)["image"],
}
DELETES: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    COMPONENT: lambda client, arn: client.delete_component(componentBuildVersionArn=arn),
    RECIPE: lambda client, arn: client.delete_image_recipe(imageRecipeArn=arn),
    INFRASTRUCTURE: lambda client, arn: client.delete_infrastructure_configuration(infrastructureConfigurationArn=arn),
    DISTRIBUTION: lambda client, arn: client.delete_distribution_configuration(distributionConfigurationArn=arn),
    IMAGE: lambda client, arn: client.delete_image(imageBuildVersionArn=arn),
}
"""By the kind that an ARN names."""


@dataclass
class Store:
    """Reads and deletes by ARN."""

    clients: Clients
    clock: Clock

    def read(self, arn: str) -> Mapping[str, Any] | None:
        """None for what does not exist."""
        read, client = READS[kind_of(arn.rpartition(":")[2])], self.clients.read("imagebuilder")
        try:
            found: Mapping[str, Any] = look_again(self.clock, lambda: read(client, arn))
        except botocore.exceptions.ClientError as error:
            if code_of(error) == GONE:
                return None
            raise
        return found

    def builds(self, image: str) -> list[Mapping[str, Any]]:
        """`image`: ARN of its version. Oldest first."""
        pages = self.clients.read("imagebuilder").get_paginator("list_image_build_versions")
        try:
            found = look_again(
                self.clock, lambda: [each for page in pages.paginate(imageVersionArn=image) for each in page.get("imageSummaryList", ())]
            )
        except botocore.exceptions.ClientError as error:
            if code_of(error) == GONE:
                return []
            raise
        return sorted(found, key=lambda each: int(each["arn"].rpartition("/")[2]))

    def defined(self, names: Names) -> tuple[str, ...]:
        """What exists besides the claim and the images, by the ends of their ARNs; of a component the newest build."""
        records = (self.read(names.arn(kind)) for kind in DEFINED)
        return tuple(names.resource_of(record["arn"]) for record in records if record)

    def distributions(self) -> list[Mapping[str, Any]]:
        """All of the account and region, with their tags."""
        pages = self.clients.read("imagebuilder").get_paginator("list_distribution_configurations")
        found: list[Mapping[str, Any]] = look_again(
            self.clock, lambda: [each for page in pages.paginate() for each in page.get("distributionConfigurationSummaryList", ())]
        )
        return found

    def workflows(self, image: str) -> list[Mapping[str, Any]]:
        pages = self.clients.read("imagebuilder").get_paginator("list_workflow_executions")
        found: list[Mapping[str, Any]] = look_again(
            self.clock, lambda: [each for page in pages.paginate(imageBuildVersionArn=image) for each in page.get("workflowExecutions", ())]
        )
        return found

    def steps(self, workflow: str) -> list[Mapping[str, Any]]:
        pages = self.clients.read("imagebuilder").get_paginator("list_workflow_step_executions")
        found: list[Mapping[str, Any]] = look_again(
            self.clock, lambda: [each for page in pages.paginate(workflowExecutionId=workflow) for each in page.get("steps", ())]
        )
        return found

    def cancel(self, arn: str, run: str) -> None:
        """One that has ended meanwhile is a success: the next look tells how."""
        try:
            with one_write():
                self.clients.write("imagebuilder").cancel_image_creation(imageBuildVersionArn=arn, clientToken=token_of(run, arn))
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in ENDED:
                raise

    def delete(self, arn: str) -> None:
        """One that is gone is a success."""
        try:
            with one_write():
                DELETES[kind_of(arn.rpartition(":")[2])](self.clients.write("imagebuilder"), arn)
        except botocore.exceptions.ClientError as error:
            if code_of(error) != GONE:
                raise
