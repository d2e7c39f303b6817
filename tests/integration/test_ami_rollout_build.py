"""neo4j-ami-rollout --mode build and --mode sweep: AMIs of the sandbox, built by the recipe's own script from packages on loopback, and booted as real databases."""

import json
import signal
import time
from collections.abc import Iterator

import pytest

from tests.integration.called import ended, told, under_way
from tests.integration.guarding import Guard, before_the_approval
from tests.integration.image_building import VERSION, Building, ground_in, tags
from tests.version_sources import package, path_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Building]:
    with ground_in(tmp_path_factory.mktemp("build")) as ground:
        yield ground


@pytest.fixture
def building(ground: Building) -> Building:
    return ground.fresh()


def test_an_ami_is_built_once_boots_and_is_kept_safe(building: Building) -> None:
    plan = building.run("build", "--dry-run")
    told(
        plan,
        0,
        f"Neo4j {VERSION} community, Java 17, on {building.base}",
        "neo4j-5.26.16-1.noarch.rpm with SHA-256 ",
        "launch a builder",
        "create the AMI",
        "test that",
        "terminate",
    )
    assert plan.outputs["outcome"] == "planned"
    assert building.instances() == building.images() == []
    built = building.run("build")
    told(built, 0, "built: neo4j-", "it boots, and Neo4j responds")
    (image,) = building.images()
    assert (built.outputs["outcome"], built.outputs["image-id"], built.outputs["version"]) == ("built", image["ImageId"], VERSION)
    assert image["State"] == "available"
    assert image["DeregistrationProtection"] == "enabled-without-cooldown"
    assert image["DeprecationTime"]
    found = tags(image)
    assert found["credex:neo4j-version"] == VERSION
    assert found["credex:recipe"] == built.report["recipe"]
    assert found["credex:run"] == built.report["run"]
    assert found["credex:boot-test"].startswith("passed ")
    assert building.states() == {"terminated"}
    for each in building.instances():
        assert each["MetadataOptions"]["HttpTokens"] == "required"
        assert not each.get("KeyName")
    (mapping,) = image["BlockDeviceMappings"]
    assert mapping["Ebs"]["Encrypted"]
    made = building.calls_of("CreateImage")
    again = building.run("build")
    told(again, 0, "exists already and was not built again")
    assert again.outputs["image-id"] == image["ImageId"]
    assert building.calls_of("CreateImage") == made
    told(building.run("sweep"), 0, "swept: nothing was left")
    assert [each["ImageId"] for each in building.images()] == [image["ImageId"]]


@pytest.mark.parametrize("operation", ["CreateImage", "EnableImageDeprecation"])
def test_a_killed_build_is_continued_and_builds_one_ami(building: Building, operation: str) -> None:
    building.killed_at(operation)
    told(building.run("build"), 0, "built: ")
    (image,) = building.images()
    assert tags(image)["credex:boot-test"].startswith("passed ")
    assert image["DeregistrationProtection"] == "enabled-without-cooldown"
    building.run("sweep")
    assert building.states() == {"terminated"}
    assert len(building.images()) == 1


def test_what_the_policy_allows_before_the_approval_is_enough(building: Building) -> None:
    with Guard(building.sandbox, before_the_approval(Role="LedgerSpace")).serving() as guard:
        told(building.run("build", AWS_ENDPOINT_URL=guard.url), 0)
        told(building.run("sweep", AWS_ENDPOINT_URL=guard.url), 0)
        assert guard.denied == []
        assert guard.passed >= {
            "ec2:CreateImage",
            "ec2:EnableImageDeprecation",
            "ec2:RunInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        }


def test_a_killed_build_is_swept(building: Building) -> None:
    building.killed_at("CreateImage")
    assert len(building.images()) == 1
    own = {"run": "r-gone", "environment": building.environment, "recipe": "r", "scratch": "builder"}
    given = [{"ResourceType": "volume", "Tags": [{"Key": f"credex:{key}", "Value": value} for key, value in own.items()]}]
    outlived = building.ec2.create_volume(AvailabilityZone="af-south-1a", Size=1, TagSpecifications=given)["VolumeId"]
    told(building.run("sweep", "--dry-run"), 0, "terminate the builder", "never proved", f"delete {outlived}, a volume of the run r-gone")
    assert len(building.images()) == 1
    told(building.run("sweep"), 0, "3 things removed")
    assert building.images() == []
    assert building.states() == {"terminated"}


def test_two_runs_at_once_build_one_ami(building: Building) -> None:
    made = building.calls_of("CreateImage")
    with under_way(building.begin("build")) as first, under_way(building.begin("build")) as second:
        results = [process.communicate(timeout=240) for process in (first, second)]
        assert [first.returncode, second.returncode] == [0, 0], results
    (image,) = building.images()
    assert {json.loads(stdout)["image-id"] for stdout, _ in results} == {image["ImageId"]}
    assert building.calls_of("CreateImage") == made + 1
    assert building.states() == {"terminated"}


def test_a_lost_response_makes_no_second_ami(building: Building) -> None:
    building.sandbox.fault("CreateImage", 1, "drop-after")
    building.sandbox.fault("RunInstances", 1, "drop-after")
    told(building.run("build"), 0, "built: ")
    assert len(building.images()) == 1
    assert len(building.instances()) == 2
    assert building.states() == {"terminated"}


def test_a_cancelled_build_leaves_no_instance(building: Building) -> None:
    building.sandbox.fault("StopInstances", 1, "slow", 3)
    with under_way(building.begin("build")) as process:
        building.until_struck(process)
        process.send_signal(signal.SIGTERM)
        got = ended(process, building.folder / building.environment)
    told(got, 143, "cancelled")
    assert building.states() == {"terminated"}
    assert building.images() == []


def test_a_package_that_is_not_the_one_of_the_index_is_not_installed(building: Building) -> None:
    building.sources.files[f"/yum/{path_of('neo4j', VERSION)}"] = package("neo4j", "5.26.9")
    got = building.run("build")
    told(got, 1, "mismatch: a package is not the one that the package index vouches for", "neo4j-5.26.16-1.noarch.rpm")
    assert got.outputs["image-id"] is None
    assert building.images() == []
    assert building.states() == {"terminated"}


def test_an_ami_that_does_not_boot_with_neo4j_is_removed(building: Building) -> None:
    building.sources.versions = dict.fromkeys(("maven", "yum"), ("5.26.0", "5.26.98"))  # a version that nobody can start
    got = building.run("build")
    told(got, 1, "failed its boot test", "Neo4j does not respond")
    assert building.images() == []
    assert building.states() == {"terminated"}


def test_sources_that_do_not_agree_are_refused_before_anything_is_made(building: Building) -> None:
    building.sources.versions["maven"] = ("5.26.16", "5.26.17")
    told(building.run("build"), 3, "refused: mismatch: the sources disagree", "maven says 5.26.17; yum says 5.26.16")
    told(building.run("build", "--version", "5.26.17"), 3, "refused: only maven names 5.26.17")
    building.configure(sources=building.sources.yaml("maven", "docker-hub"))
    building.sources.versions.clear()
    told(building.run("build"), 3, "refused: no yum repository lists cypher-shell and neo4j of 5.26.16")
    building.configure(sources=building.sources.yaml("yum"))
    told(building.run("build"), 3, "refused: only yum names versions of 5.26")
    assert building.instances() == building.images() == []


def test_what_is_missing_is_told_before_anything_is_made(building: Building) -> None:
    building.configure(edition="enterprise")
    told(building.run("build"), 2, "neo4j.yml:12", "Set image.accept-license: true")
    building.configure(base="/base/nowhere")
    told(building.run("build"), 2, "the parameter /base/nowhere does not exist")
    building.ec2.deregister_image(ImageId=building.base)
    building.configure()
    told(building.run("build"), 2, "the base AMI that the parameter", "does not exist")
    told(building.run("sweep", "--version", VERSION), 2, "has no effect in mode sweep")
    assert building.instances() == building.images() == []


def test_old_amis_go_but_none_that_is_in_use(building: Building) -> None:
    building.configure(keep=1)
    images = {}
    for version in ("5.26.0", "5.26.9", VERSION):
        images[version] = old(building, version)
        time.sleep(1.1)
    building.ec2.create_launch_template(LaunchTemplateName=f"of-{building.environment}", LaunchTemplateData={"ImageId": images["5.26.0"]})
    got = building.run("build")
    told(
        got,
        0,
        f"kept: {images['5.26.0']}",
        "the launch template of-",
        f"deregistered: {images['5.26.9']}",
        f"deregistered: {images[VERSION]}",
    )
    assert {each["ImageId"] for each in building.images()} == {images["5.26.0"], got.outputs["image-id"]}


def old(building: Building, version: str) -> str:
    """An AMI as an earlier build, from another base, has left it: proven and protected."""
    recipe = f"{hash((building.environment, version)) & 0xFFFFFFFFFFFFFFFF:016x}"
    given = {"credex:recipe": recipe, "credex:neo4j-version": version, "credex:run": "r", "credex:boot-test": "passed 2026-01-01T00:00:00Z"}
    given["credex:environment"] = building.environment
    image: str = building.ec2.register_image(
        Name=f"neo4j-{building.environment}-{version}-{recipe}",
        RootDeviceName="/dev/xvda",
        TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": key, "Value": value} for key, value in given.items()]}],
    )["ImageId"]
    building.ec2.enable_image_deregistration_protection(ImageId=image)
    return image
