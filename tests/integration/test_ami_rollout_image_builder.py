"""neo4j-ami-rollout --mode build with image.builder.via: image-builder: the sandbox's Image Builder runs the recipe's script on an instance, and everything after is as with SSM."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.called import ended, told, under_way
from tests.integration.guarding import Guard, before_the_approval
from tests.integration.image_building import VERSION, Building, ground_in, tags
from tests.version_sources import package, path_of

ARNS = "arn:aws:imagebuilder:eu-west-1:123456789012"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Building]:
    with ground_in(tmp_path_factory.mktemp("image-builder"), "image-builder") as ground:
        yield ground


@pytest.fixture
def building(ground: Building) -> Building:
    return ground.fresh()


def left(building: Building) -> list[str]:
    """What Image Builder has of the environment's recipes, and which of its instances are not terminated."""
    service = building.sandbox.client("imagebuilder")
    listed = service.list_distribution_configurations()["distributionConfigurationSummaryList"]
    found = [each["arn"] for each in listed if each["tags"]["credex:environment"] == building.environment]
    states = {each["State"]["Name"] for each in instances(building)}
    return [*found, *(states - {"terminated", "shutting-down"})]


def instances(building: Building) -> list[Any]:
    """Those of Image Builder."""
    filters = [
        {"Name": "tag:credex:environment", "Values": [building.environment]},
        {"Name": "tag:CreatedBy", "Values": ["EC2 Image Builder"]},
    ]
    pages = building.ec2.describe_instances(Filters=filters)["Reservations"]
    return [each for page in pages for each in page["Instances"]]


def until_building(building: Building, process: Any) -> None:
    """Until the script is at work on the instance."""
    end = time.monotonic() + 120
    while not any(each["State"]["Name"] == "running" for each in instances(building)):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


def test_image_builder_builds_an_ami_once_as_the_policy_allows_it(building: Building) -> None:
    plan = building.run("build", "--dry-run")
    told(plan, 0, "create component/credex-neo4j-", "with Image Builder", "test that", "delete distribution-configuration/credex-neo4j-")
    assert left(building) == building.images() == []
    with Guard(building.sandbox, before_the_approval("neo4j-ami-rollout-image-builder", Role="LedgerSpace")).serving() as guard:
        built = building.run("build", AWS_ENDPOINT_URL=guard.url)
        told(built, 0, "built: neo4j-", "it boots, and Neo4j responds")
        assert guard.denied == []
    (image,) = building.images()
    assert (built.outputs["outcome"], built.outputs["image-id"], built.outputs["version"]) == ("built", image["ImageId"], VERSION)
    assert (image["State"], image["DeregistrationProtection"], bool(image["DeprecationTime"])) == (
        "available",
        "enabled-without-cooldown",
        True,
    )
    found = tags(image)
    assert found["credex:neo4j-version"] == VERSION
    assert (found["credex:recipe"], found["credex:run"]) == (built.report["recipe"], built.report["run"])
    assert found["credex:boot-test"].startswith("passed ")
    assert [each["Ebs"]["Encrypted"] for each in image["BlockDeviceMappings"]] == [True]
    assert image["Public"] is False
    (builder,) = instances(building)
    assert builder["MetadataOptions"]["HttpTokens"] == "required"
    assert not builder.get("KeyName")
    assert (left(building), building.states()) == ([], {"terminated"})
    made = building.calls_of("CreateImage", "imagebuilder")
    again = building.run("build")
    told(again, 0, "exists already and was not built again")
    assert again.outputs["image-id"] == image["ImageId"]
    assert building.calls_of("CreateImage", "imagebuilder") == made


def test_the_sandbox_refuses_what_image_builder_refuses(ground: Building) -> None:
    service: Any = ground.sandbox.client("imagebuilder")
    place = {"instanceProfileName": "x", "clientToken": "a"}
    service.create_infrastructure_configuration(name="Of Its Own", **place)
    assert service.create_infrastructure_configuration(name="Of Its Own", **place)["infrastructureConfigurationArn"].endswith("/of-its-own")
    refused: list[tuple[str, str, Mapping[str, Any]]] = [
        ("create_infrastructure_configuration", "IdempotentParameterMismatchException", {"name": "another", **place}),
        ("create_infrastructure_configuration", "ResourceAlreadyExistsException", {"name": "of its own", "instanceProfileName": "x"}),
        ("create_infrastructure_configuration", "must match pattern", {"name": "a.b.c", "instanceProfileName": "x"}),
        (
            "create_infrastructure_configuration",
            "keys CreatedBy",
            {"name": "abc", "instanceProfileName": "x", "resourceTags": {"Name": "x"}},
        ),
        ("create_component", "semanticVersion must match", {"name": "abc", "semanticVersion": "1.0", "platform": "Linux", "data": "x"}),
        ("create_component", "schemaVersion", {"name": "abc", "semanticVersion": "1.0.0", "platform": "Linux", "data": "phases: []"}),
        ("get_image_recipe", "ResourceNotFoundException", {"imageRecipeArn": f"{ARNS}:image-recipe/none/1.0.0"}),
        ("cancel_image_creation", "ResourceNotFoundException", {"imageBuildVersionArn": f"{ARNS}:image/none/1.0.0/1"}),
    ]
    for operation, words, given in refused:
        with pytest.raises(ClientError, match=words):
            getattr(service, operation)(**given)
    ground.sandbox.fault("ListDistributionConfigurations", 1, "throttle")
    with pytest.raises(ClientError, match="CallRateLimitExceededException"):
        service.list_distribution_configurations()


def test_a_component_that_fails_is_told_and_nothing_is_left(building: Building) -> None:
    """Also through throttling, and a response that is lost."""
    building.sandbox.fault("CreateComponent", 1, "throttle")
    building.sandbox.fault("CreateImage", 1, "drop-after")
    building.sources.files[f"/yum/{path_of('neo4j', VERSION)}"] = package("neo4j", "5.26.9")
    got = building.run("build")
    told(
        got,
        1,
        "mismatch: a package is not the one that the package index vouches for",
        "step InstallNeo4j of the component's phase build",
        "the SHA-256 of",
        "workflow step ApplyBuildComponents failed",
        "the log group /aws/imagebuilder/credex-neo4j-",
    )
    assert got.outputs["image-id"] is None
    assert building.images() == left(building) == []
    assert len(instances(building)) == 1


def test_a_build_that_was_killed_in_the_middle_is_continued_by_one_of_two_runs(building: Building) -> None:
    with under_way(building.begin("build")) as process:
        until_building(building, process)
        process.kill()
        process.wait()
    with under_way(building.begin("build")) as first, under_way(building.begin("build")) as second:
        results = [process.communicate(timeout=240) for process in (first, second)]
        assert [first.returncode, second.returncode] == [0, 0], results
    (image,) = building.images()
    assert {json.loads(stdout)["image-id"] for stdout, _ in results} == {image["ImageId"]}
    assert tags(image)["credex:boot-test"].startswith("passed ")
    assert len(instances(building)) == 1
    assert (left(building), building.states()) == ([], {"terminated"})


def test_a_cancelled_build_is_cancelled_in_image_builder_and_a_killed_one_is_swept(building: Building) -> None:
    building.sandbox.fault("StopInstances", 1, "slow", 3)  # Image Builder's, before it creates the AMI
    with under_way(building.begin("build")) as process:
        until_building(building, process)
        process.send_signal(signal.SIGTERM)
        got = ended(process, building.folder / building.environment)
    told(got, 143, "cancelled")
    assert building.calls_of("CancelImageCreation", "imagebuilder")
    assert left(building) == building.images() == []
    building.sandbox.fault("StopInstances", 1, "slow", 3)
    with under_way(building.begin("build")) as process:
        until_building(building, process)
        process.kill()
        process.wait()
    assert left(building)
    told(building.run("sweep"), 0, "delete distribution-configuration/", " things removed")
    assert left(building) == building.images() == []
