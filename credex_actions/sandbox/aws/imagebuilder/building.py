"""One build at work, as the service does it: an instance of the base AMI, the components' scripts by SSM, an AMI of the stopped instance, and the instance is terminated."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import botocore.exceptions

from credex_actions.sandbox.aws.imagebuilder import component
from credex_actions.sandbox.aws.imagebuilder.records import Document, Image, ImageBuilders

LOOKS_EVERY: Final = 0.05
WITHIN: Final = 600.0
GONE: Final = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)
"""The sandbox has ended."""
BEFORE_IT_RUNS: Final = 0.2
"""Seconds in which an image is PENDING."""


class FailedBuild(Exception):
    """Its words are Image Builder's; `failure`: an ImageFailureContext."""

    def __init__(self, reason: str, failure: Document | None = None) -> None:
        super().__init__(reason)
        self.failure = failure or {}


class CancelledBuild(Exception):
    pass


@dataclass
class Build:
    builders: ImageBuilders
    image: Image
    recipe: Document
    infrastructure: Document
    distribution: Document
    components: list[Document]
    instance: str = ""

    def run(self) -> None:
        with suppress(*GONE):
            self._run()

    def _run(self) -> None:
        image = self.image
        image.workflow.status = "RUNNING"
        status, reason = "AVAILABLE", ""
        try:
            self._pause(BEFORE_IT_RUNS)
            self._build()
        except CancelledBuild:
            status, reason = "CANCELLED", "Image creation was cancelled by the user."
        except (FailedBuild, botocore.exceptions.ClientError) as error:
            status, reason = "FAILED", f"Workflow Execution ID: '{image.workflow.id}' failed with reason: {error}"
            image.failure = {"imageStatus": image.status, "workflowExecutionId": image.workflow.id} | getattr(error, "failure", {})
        if self.instance:
            self._client("ec2").terminate_instances(InstanceIds=[self.instance])
        if status == "AVAILABLE":
            image.workflow.steps["TerminateBuildInstance"] = ("COMPLETED", "")
        image.workflow.status = {"AVAILABLE": "COMPLETED"}.get(status, status)
        image.reason, image.status = reason, status

    def _build(self) -> None:
        image = self.image
        image.status = "BUILDING"
        with self._step("LaunchBuildInstance"):
            self._launch()
        with self._step("ApplyBuildComponents"):
            for each in self.components:
                for name, script in component.read(each["data"]):
                    self._apply(each["arn"], name, script)
        with self._step("RunSanitizeScript"):
            self._pause(0)
        with self._step("CreateOutputAMI"):
            ami = self._create()
        if image.request.get("imageTestsConfiguration", {}).get("imageTestsEnabled", True):
            image.status = "TESTING"
            self._pause(BEFORE_IT_RUNS)
        image.status = "DISTRIBUTING"
        self._pause(BEFORE_IT_RUNS)
        image.ami = ami

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        steps = self.image.workflow.steps
        steps[name] = ("RUNNING", "")
        try:
            yield
        except CancelledBuild:
            steps[name] = ("CANCELLED", "")
            raise
        except (FailedBuild, botocore.exceptions.ClientError) as error:
            steps[name] = ("FAILED", str(error)[:500])
            raise
        steps[name] = ("COMPLETED", "")

    def _client(self, service: str) -> Any:
        return self.builders.client(service)

    @property
    def _tags(self) -> dict[str, str]:
        return {"CreatedBy": "EC2 Image Builder", "Ec2ImageBuilderArn": self.image.arn}

    def _launch(self) -> None:
        asked = self.infrastructure
        own = asked.get("resourceTags", {}) | self._tags | {"Name": f"Build instance for {self.image.name}"}
        disks = [
            {"DeviceName": each["deviceName"], "Ebs": {f"{name[0].upper()}{name[1:]}": value for name, value in each["ebs"].items()}}
            for each in self.recipe.get("blockDeviceMappings", ())
        ]
        options = {f"{name[0].upper()}{name[1:]}": value for name, value in asked.get("instanceMetadataOptions", {}).items()}
        request: dict[str, Any] = {
            "ImageId": self.recipe["parentImage"],
            "InstanceType": asked.get("instanceTypes", ["m5.large"])[0],
            "MinCount": 1,
            "MaxCount": 1,
            "IamInstanceProfile": {"Name": asked["instanceProfileName"]},
            "BlockDeviceMappings": disks,
            "TagSpecifications": [{"ResourceType": kind, "Tags": _listed(own)} for kind in ("instance", "volume")],
        }
        request |= {"MetadataOptions": options} if options else {}
        request |= {"SubnetId": asked["subnetId"]} if "subnetId" in asked else {}
        request |= {"SecurityGroupIds": asked["securityGroupIds"]} if asked.get("securityGroupIds") else {}
        request |= {"KeyName": asked["keyPair"]} if "keyPair" in asked else {}
        ec2 = self._client("ec2")
        self.instance = ec2.run_instances(**request)["Instances"][0]["InstanceId"]
        self._until(lambda: self._state(ec2) == "running", "the build instance does not run")
        ssm = self._client("ssm")
        known = [{"Key": "InstanceIds", "Values": [self.instance]}]
        self._until(
            lambda: ssm.describe_instance_information(Filters=known)["InstanceInformationList"], "SSM does not know the build instance"
        )

    def _state(self, ec2: Any) -> str:
        return str(ec2.describe_instances(InstanceIds=[self.instance])["Reservations"][0]["Instances"][0]["State"]["Name"])

    def _apply(self, arn: str, name: str, script: str) -> None:
        ssm = self._client("ssm")
        sent = ssm.send_command(InstanceIds=[self.instance], DocumentName="AWS-RunShellScript", Parameters={"commands": [script]})
        command = sent["Command"]["CommandId"]

        def ended() -> Any:
            with suppress(ssm.exceptions.InvocationDoesNotExist):
                found = ssm.get_command_invocation(CommandId=command, InstanceId=self.instance)
                return found if found["Status"] not in {"Pending", "InProgress", "Delayed"} else None

        try:
            found = self._until(ended, "the component does not end")
        except CancelledBuild:
            ssm.cancel_command(CommandId=command)
            raise
        if found["Status"] != "Success":
            said = found["StandardErrorContent"].replace("failed to run commands: ", "").strip()
            failure = {
                "componentArn": arn,
                "phaseName": "build",
                "stepName": name,
                "action": "ExecuteBash",
                "errorMessage": said or "failed",
            }
            raise FailedBuild(f"Document {arn} failed!", {"failedStep": "ApplyBuildComponents", "componentFailure": failure})

    def _create(self) -> str:
        ec2 = self._client("ec2")
        ec2.stop_instances(InstanceIds=[self.instance])
        self._until(lambda: self._state(ec2) == "stopped", "the build instance does not stop")
        wanted = self.distribution["distributions"][0].get("amiDistributionConfiguration", {})
        tags = wanted.get("amiTags", {}) | self._tags
        made = ec2.create_image(
            InstanceId=self.instance,
            Name=wanted.get("name") or f"{self.image.name} {time.time():.0f}",
            Description=wanted.get("description", ""),
            TagSpecifications=[
                {"ResourceType": "image", "Tags": _listed(tags)},
                {"ResourceType": "snapshot", "Tags": _listed(self._tags)},
            ],
        )
        ami = str(made["ImageId"])
        self._until(lambda: ec2.describe_images(ImageIds=[ami])["Images"][0]["State"] == "available", "the AMI does not become available")
        return ami

    def _pause(self, seconds: float) -> None:
        if self.image.cancelled.wait(seconds):
            raise CancelledBuild

    def _until(self, look: Callable[[], Any], otherwise: str) -> Any:
        end = time.monotonic() + WITHIN
        while not (found := look()):
            self._pause(LOOKS_EVERY)
            if time.monotonic() > end:
                raise FailedBuild(otherwise)
        return found


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
