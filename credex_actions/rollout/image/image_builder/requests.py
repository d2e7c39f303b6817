"""What Image Builder is sent, from the recipe: pure. The component runs the recipe's own script, as SSM would."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any, Final

from credex_actions.aws.scratch.launching import Place
from credex_actions.rollout.image.image_builder.names import COMPONENT, DISTRIBUTION, INFRASTRUCTURE, RECIPE, Names, token_of
from credex_actions.rollout.image.recipe import Recipe

STEP: Final = "InstallNeo4j"
LONGEST_DOCUMENT: Final = 16_000
"""Characters. Source: API reference, CreateComponent, data."""


def document(recipe: Recipe, within: int) -> str:
    """A component document of AWSTOE. `within`: seconds for the script. Source: Image Builder user guide, "Component document schema and definitions"."""
    return f"""\
name: {STEP}
description: Neo4j {recipe.version} {recipe.edition}, recipe {recipe.digest}
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: {STEP}
        action: ExecuteBash
        timeoutSeconds: {within}
        onFailure: Abort
        inputs:
          commands:
            - |
{indent(recipe.script(), " " * 14)}"""


@dataclass(frozen=True)
class Requests:
    """`ami`, `description`: its name and its description. `root_device`: of the base AMI. `tags`: of the AMI; `own`: of what Image Builder keeps, and of its build instance. `within`: seconds for the script."""

    names: Names
    recipe: Recipe
    place: Place
    ami: str
    description: str
    root_device: str
    tags: Mapping[str, str]
    own: Mapping[str, str]
    within: int

    def definition(self, kind: str, run: str) -> dict[str, Any]:
        """The request that creates it; its client token is the run's."""
        shared = {"name": self.names.name, "clientToken": token_of(run, kind, self.names.name), "tags": dict(self.own)}
        return (
            shared
            | {
                COMPONENT: self._component,
                RECIPE: self._recipe,
                INFRASTRUCTURE: self._infrastructure,
                DISTRIBUTION: self._distribution,
            }[kind]()
        )

    def _component(self) -> dict[str, Any]:
        data = document(self.recipe, self.within)
        return {"semanticVersion": self.names.semantic_version, "platform": "Linux", "data": data}

    def _recipe(self) -> dict[str, Any]:
        """The base AMI by its id, and the root volume encrypted: then the AMI is, without a copy."""
        disk = {"deviceName": self.root_device, "ebs": {"encrypted": True, "deleteOnTermination": True, "volumeType": "gp3"}}
        return {
            "semanticVersion": self.names.semantic_version,
            "parentImage": self.recipe.base,
            "components": [{"componentArn": self.names.arn(COMPONENT)}],
            "blockDeviceMappings": [disk],
        }

    def _infrastructure(self) -> dict[str, Any]:
        """No key pair, and no version 1 of the metadata service."""
        request: dict[str, Any] = {
            "instanceProfileName": self.place.profile.rpartition("/")[2],
            "instanceTypes": [self.place.instance_type],
            "terminateInstanceOnFailure": True,
            "instanceMetadataOptions": {"httpTokens": "required"},
            "resourceTags": dict(self.own),
        }
        if self.place.subnet:
            request["subnetId"] = self.place.subnet
        if self.place.security_groups:
            request["securityGroupIds"] = list(self.place.security_groups)
        return request

    def _distribution(self) -> dict[str, Any]:
        """In this region alone, and without a launch permission: nobody else gets the AMI."""
        ami = {"name": self.ami, "description": self.description, "amiTags": dict(self.tags)}
        return {"distributions": [{"region": self.names.of.split(":")[3], "amiDistributionConfiguration": ami}]}

    def build(self, claim: str, tags: Mapping[str, str]) -> dict[str, Any]:
        """`claim`: what tells the distribution configuration from an earlier one of the name. Whoever builds for it sends the same token and the same request, so that Image Builder builds once."""
        return {
            "imageRecipeArn": self.names.arn(RECIPE),
            "infrastructureConfigurationArn": self.names.arn(INFRASTRUCTURE),
            "distributionConfigurationArn": self.names.arn(DISTRIBUTION),
            "imageTestsConfiguration": {"imageTestsEnabled": False},  # the boot test is ours, whoever builds
            "enhancedImageMetadataEnabled": False,
            "tags": dict(tags),
            "clientToken": token_of(claim, self.names.name),
        }
