"""What Image Builder has of one recipe, by name: the recipe's digest is in every name, so that each exists once in an account and region. Pure."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

COMPONENT: Final = "component"
RECIPE: Final = "image-recipe"
INFRASTRUCTURE: Final = "infrastructure-configuration"
DISTRIBUTION: Final = "distribution-configuration"
IMAGE: Final = "image"
"""The words of Image Builder's ARNs. Source: API reference, ImageBuilderArn."""
DEFINED: Final = (COMPONENT, RECIPE, INFRASTRUCTURE)
"""In the order in which they are created: a recipe names the component."""
REMOVED: Final = (IMAGE, RECIPE, COMPONENT, INFRASTRUCTURE, DISTRIBUTION)
"""In the order in which nothing that remains names what is removed."""
VERSIONED: Final = frozenset((COMPONENT, RECIPE, IMAGE))
BEGINS: Final = "credex-neo4j-"


@dataclass(frozen=True)
class Names:
    """`version`: Neo4j's. `of`: how their ARNs begin, as account_of() has it."""

    digest: str
    version: str
    of: str

    @property
    def name(self) -> str:
        return f"{BEGINS}{self.digest}"

    @property
    def semantic_version(self) -> str:
        """Its three numbers without leading zeros: 2025.01.0 is 2025.1.0 here."""
        return ".".join(str(int(part)) for part in self.version.split("."))

    def resource(self, kind: str) -> str:
        """The end of its ARN. Of images and components this is a version, below which the builds are numbered."""
        return f"{kind}/{self.name}" + (f"/{self.semantic_version}" if kind in VERSIONED else "")

    def arn(self, kind: str) -> str:
        return f"{self.of}{self.resource(kind)}"

    def resource_of(self, arn: str) -> str:
        return arn.removeprefix(self.of)


def account_of(caller: str, region: str) -> str:
    """How ARNs of Image Builder begin there. `caller`: an ARN of the account, as GetCallerIdentity has it."""
    parts = caller.split(":")
    return f"arn:{parts[1]}:imagebuilder:{region}:{parts[4]}:"


def kind_of(resource: str) -> str:
    return resource.partition("/")[0]


def token_of(*parts: str) -> str:
    """A client token: 64 characters, which is all that Image Builder takes."""
    return sha256(" ".join(parts).encode()).hexdigest()
