"""What Image Builder has in one account and region: resources by ARN, images in the making, and what was answered to client tokens."""

import threading
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import boto3
from botocore.config import Config

from credex_actions.sandbox.aws.ec2.site import Site
from credex_actions.sandbox.aws.refusals import Refusal

Document = dict[str, Any]
IN_PROGRESS: Final = frozenset(("PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"))
STEPS: Final = ("LaunchBuildInstance", "ApplyBuildComponents", "RunSanitizeScript", "CreateOutputAMI", "TerminateBuildInstance")
"""Of the workflow build-image, as far as there is something to do here. Source: Image Builder user guide, "Default workflows"."""


@dataclass
class Workflow:
    """`steps`: name -> status and message."""

    id: str = field(default_factory=lambda: f"wf-{uuid4()}")
    status: str = "PENDING"
    message: str = ""
    steps: dict[str, tuple[str, str]] = field(default_factory=lambda: dict.fromkeys(STEPS, ("PENDING", "")))
    ids: dict[str, str] = field(default_factory=lambda: {name: f"step-{uuid4()}" for name in STEPS})


@dataclass
class Image:
    """`parts`: the recipe, the infrastructure and the distribution as they were when it was begun. `shows`: from when on it is listed."""

    arn: str
    name: str
    version: str
    created: float
    request: Document
    parts: dict[str, Document]
    shows: float
    status: str = "PENDING"
    reason: str = ""
    failure: Document = field(default_factory=dict)
    ami: str = ""
    workflow: Workflow = field(default_factory=Workflow)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def in_progress(self) -> bool:
        return self.status in IN_PROGRESS


@dataclass
class ImageBuilders:
    """`endpoint`: the sandbox's own, at which builds ask EC2 and SSM. `numbers`: the last build number of each version, which is never given again."""

    site: Site
    endpoint: str = ""
    resources: dict[str, Document] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    answered: dict[tuple[str, str], tuple[Document, Document]] = field(default_factory=dict)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _session: boto3.session.Session = field(default_factory=boto3.session.Session)

    def client(self, service: str) -> Any:
        """Kept: loading what EC2 offers takes longer than a build here."""
        key = (self.endpoint, service)
        if key not in self._clients:
            self._clients[key] = self._session.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint,
                region_name=self.site.region,
                aws_access_key_id=f"AKIA{self.site.account}SBOX",
                aws_secret_access_key="sandbox",  # noqa: S106 - nobody checks it
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self._clients[key]

    def arn(self, rest: str) -> str:
        return f"arn:aws:imagebuilder:{self.site.region}:{self.site.account}:{rest}"

    def numbered(self, version: str) -> str:
        self.numbers[version] = self.numbers.get(version, 0) + 1
        return f"{version}/{self.numbers[version]}"

    def of(self, arn: str) -> Document:
        found = self.resources.get(arn)
        if found is None:
            raise missing(arn)
        return found

    def close(self) -> None:
        """Its builds end by themselves: what they ask is not answered any more."""
        for image in self.images.values():
            image.cancelled.set()


def missing(arn: str) -> Refusal:
    return Refusal("ResourceNotFoundException", f"The requested resource {arn} could not be found.", 404)


def invalid(message: str) -> Refusal:
    return Refusal("InvalidRequestException", message)


def slug(name: str) -> str:
    """As a name stands in ARNs."""
    return name.lower().replace(" ", "-")
