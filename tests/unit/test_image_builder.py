"""What Image Builder is sent fits what it publishes, runs the recipe's own script, and opens nothing to anybody; of a failure it is told the cause, once."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from credex_actions.aws.scratch.launching import Place
from credex_actions.rollout.image.image_builder import failures
from credex_actions.rollout.image.image_builder.leftovers import Leftovers
from credex_actions.rollout.image.image_builder.names import COMPONENT, DISTRIBUTION, IMAGE, INFRASTRUCTURE, RECIPE, Names, account_of
from credex_actions.rollout.image.image_builder.requests import LONGEST_DOCUMENT, STEP, Requests, document
from credex_actions.rollout.image.recipe import MISMATCH, File, Recipe
from credex_actions.sandbox.aws.imagebuilder.checking import check
from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.shapes import model

FILES = tuple(File(name, f"https://yum.example/{name}.rpm", "0" * 64) for name in ("cypher-shell", "neo4j"))
OWN = Recipe("5.26.16", "community", 17, "ami-0123456789abcdef0", FILES)
NAMES = Names(OWN.digest, OWN.version, account_of("arn:aws-cn:sts::123456789012:assumed-role/x/y", "cn-north-1"))
PLACE = Place("t3.small", "subnet-0123456789abcdef0", ("sg-0123456789abcdef0",), "arn:aws:iam::123456789012:instance-profile/path/neo4j")
TAGS = {"Name": "neo4j-5.26.16-0", "credex:run": "r", "credex:recipe": OWN.digest}
MADE = Requests(NAMES, OWN, PLACE, "neo4j-5.26.16-0", "Neo4j", "/dev/xvda", TAGS, {"credex:run": "r"}, 1800)
OPERATIONS = {
    COMPONENT: "CreateComponent",
    RECIPE: "CreateImageRecipe",
    INFRASTRUCTURE: "CreateInfrastructureConfiguration",
    DISTRIBUTION: "CreateDistributionConfiguration",
}


def fits(operation: str, request: dict[str, Any]) -> None:
    check(model("imagebuilder").operation_model(operation).input_shape, request)


@pytest.mark.parametrize("version", ["5.26.16", "2025.01.0"])
def test_each_request_fits_the_shapes_that_image_builder_publishes(version: str) -> None:
    recipe = replace(OWN, version=version)
    made = replace(MADE, names=replace(NAMES, version=version), recipe=recipe, ami=recipe.name("neo4j"))
    for kind, operation in OPERATIONS.items():
        fits(operation, made.definition(kind, "run"))
    fits("CreateImage", made.build("claim", {"credex:recipe": "x"}))
    fits("GetComponent", {"componentBuildVersionArn": made.names.arn(COMPONENT)})
    fits("ListImageBuildVersions", {"imageVersionArn": made.names.arn(IMAGE)})
    with pytest.raises(Refusal, match="must match pattern"):
        fits("ListImageBuildVersions", {"imageVersionArn": f"{made.names.arn(IMAGE)}/1/2"})


def test_the_component_runs_the_script_that_ssm_runs() -> None:
    read = yaml.safe_load(document(OWN, 1800))
    assert read["schemaVersion"] == 1.0
    ((phase,),) = [read["phases"]]
    assert phase["name"] == "build"
    (step,) = phase["steps"]
    assert (step["name"], step["action"], step["onFailure"], step["timeoutSeconds"]) == (STEP, "ExecuteBash", "Abort", 1800)
    assert step["inputs"]["commands"] == [OWN.script()]
    assert "{{" not in OWN.script(), "AWSTOE reads what is between such braces as a reference"
    assert len(document(replace(OWN, edition="enterprise", files=FILES * 3), 1800)) < LONGEST_DOCUMENT


def test_the_build_instance_is_hardened_and_the_ami_is_encrypted_and_nobody_else_s() -> None:
    place = MADE.definition(INFRASTRUCTURE, "run")
    assert place["instanceMetadataOptions"] == {"httpTokens": "required"}
    assert place["terminateInstanceOnFailure"] is True
    assert place["instanceProfileName"] == "neo4j"
    assert not {"keyPair", "snsTopicArn"} & place.keys()
    recipe = MADE.definition(RECIPE, "run")
    assert [each["ebs"]["encrypted"] for each in recipe["blockDeviceMappings"]] == [True]
    assert recipe["parentImage"] == OWN.base
    ((distribution,),) = [MADE.definition(DISTRIBUTION, "run")["distributions"]]
    assert distribution["region"] == "cn-north-1"
    assert distribution["amiDistributionConfiguration"].keys() == {"name", "description", "amiTags"}


def test_whoever_builds_for_a_claim_sends_the_same_request_and_for_another_claim_another_token() -> None:
    other = replace(MADE, own={"credex:run": "other"})
    assert MADE.build("claim", {}) == other.build("claim", {})
    assert MADE.build("claim", {})["clientToken"] != MADE.build("another claim", {})["clientToken"]
    assert MADE.definition(COMPONENT, "run")["clientToken"] != MADE.definition(COMPONENT, "another")["clientToken"]


FAILED = {
    "version": "5.26.16/1",
    "state": {
        "status": "FAILED",
        "reason": "Document arn failed!",
        "failureContext": {
            "componentFailure": {"phaseName": "build", "stepName": STEP, "errorMessage": f"boom\n::error::x\nexit status {MISMATCH}"},
            "distributionFailure": {"errorMessage": "no", "regionFailures": [{"region": "eu-west-1", "errorMessage": "quota"}]},
        },
    },
}


def test_why_a_build_failed_is_told_with_its_cause_first_and_each_cause_once() -> None:
    workflows = [{"status": "FAILED", "message": "Document arn failed!"}, {"status": "COMPLETED", "message": "not told"}]
    steps = [
        {"status": "FAILED", "name": "ApplyBuildComponents", "message": "it ended"},
        {"status": "COMPLETED", "name": "x", "message": "x"},
    ]
    told = failures.reason(FAILED, workflows, steps)
    assert told.split("; ") == [
        "mismatch: a package is not the one that the package index vouches for, and nothing of it was installed",
        f"step {STEP} of the component's phase build: boom ::error::x exit status {MISMATCH}",
        "no",
        "eu-west-1: quota",
        "Document arn failed!",
        "workflow step ApplyBuildComponents failed: it ended",
    ]
    assert failures.reason({}, [], []) == "Image Builder gives no reason"


def test_the_log_is_where_the_image_says_or_where_image_builder_writes_by_itself() -> None:
    assert failures.log_of(FAILED, "credex-neo4j-0") == "the log group /aws/imagebuilder/credex-neo4j-0, stream 5.26.16/1"
    own = FAILED | {"loggingConfiguration": {"logGroupName": "/mine"}}
    assert failures.log_of(own, "x") == "the log group /mine, stream 5.26.16/1"


@pytest.mark.parametrize(
    ("changed", "found"),
    [({}, 1), ({"credex:recipe": "0123456789abcdef"}, 0), ({"credex:neo4j-version": "latest"}, 0), ({"credex:environment": "other"}, 0)],
    ids=["ours", "another recipe than its name", "no version", "another environment"],
)
def test_a_sweep_removes_nothing_that_a_claim_with_other_tags_leads_to(changed: dict[str, str], found: int) -> None:
    """Whose lease says nothing of the run that is at work with that recipe."""
    tags = {"credex:run": "r", "credex:recipe": OWN.digest, "credex:neo4j-version": OWN.version, "credex:environment": "production"}
    record = {"name": NAMES.name, "tags": tags | changed}
    store: Any = SimpleNamespace(distributions=lambda: [record], builds=lambda _: [], defined=lambda _: ())
    assert len(Leftovers(store, "production", NAMES.of, "own").look()) == found
