"""service-update: settings of the service that go with a deployment, against the sandbox's ECS."""

import json

import pytest

from tests.integration.deploying import Deploying


def test_settings_go_with_the_deployment_and_are_not_asked_for_again(deploying: Deploying) -> None:
    settings = '{"enableExecuteCommand": true, "healthCheckGracePeriodSeconds": 90, "deploymentConfiguration": {"maximumPercent": 300}}'
    ended = deploying.deploy("next", "--service-update", settings)
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    serving = deploying.serving()
    assert (serving["enableExecuteCommand"], serving["healthCheckGracePeriodSeconds"]) == (True, 90)
    assert serving["deploymentConfiguration"]["maximumPercent"] == 300
    assert deploying.count("UpdateService") == 1
    again = deploying.deploy("next", "--service-update", settings)
    assert (again.code, again.outputs["outcome"]) == (0, "unchanged")
    assert deploying.count("UpdateService") == 1


def test_a_setting_alone_is_a_reason_to_update(deploying: Deploying) -> None:
    deploying.deploy("next")
    revisions = deploying.revisions()
    ended = deploying.deploy("next", "--service-update", '{"healthCheckGracePeriodSeconds": 30}')
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    assert "service-update differs (healthCheckGracePeriodSeconds)" in ended.stderr
    assert deploying.serving()["healthCheckGracePeriodSeconds"] == 30
    assert deploying.revisions() == revisions


def test_a_setting_that_starts_a_deployment_is_followed_to_its_end(deploying: Deploying) -> None:
    deploying.deploy("next")
    network = deploying.serving()["networkConfiguration"]["awsvpcConfiguration"]
    former = deploying.serving()["deployments"][0]["id"]
    given = {"networkConfiguration": {"awsvpcConfiguration": {**network, "subnets": network["subnets"][:1]}}}
    ended = deploying.deploy("next", "--service-update", json.dumps(given))
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    assert ended.outputs["deployment-id"] not in {None, former}


def test_a_rollback_puts_the_settings_back_too(deploying: Deploying) -> None:
    settings = '{"healthCheckGracePeriodSeconds": 90, "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": false, "rollback": false}}}'
    before = deploying.serving()
    flags = ["--service-update", settings, "--on-failure", "rollback", "--wait-for-minutes", "0.05"]
    ended = deploying.deploy("crash", *flags)
    assert ended.outputs["outcome"] == "timed-out"
    assert "rolled back to credex-core:1, which serves" in ended.stderr
    after = deploying.serving()
    for member in ("taskDefinition", "deploymentConfiguration", "healthCheckGracePeriodSeconds"):
        assert after.get(member) == before.get(member)


def test_what_was_added_is_taken_away_when_former_settings_are_restored(deploying: Deploying) -> None:
    connect = {"serviceConnectConfiguration": {"enabled": True, "namespace": "core"}}
    logged = {"serviceConnectConfiguration": {**connect["serviceConnectConfiguration"], "logConfiguration": {"logDriver": "awslogs"}}}
    deploying.deploy("next", "--service-update", json.dumps(connect))
    changed = deploying.deploy("next", "--service-update", json.dumps(logged))
    assert json.loads(changed.outputs["former-service-update"]) == connect
    back = deploying.deploy("next", "--former-service-update", changed.outputs["former-service-update"])
    assert (back.code, back.outputs["outcome"]) == (0, "completed")
    assert "former-service-update differs (serviceConnectConfiguration)" in back.stderr
    again = deploying.deploy("next", "--former-service-update", changed.outputs["former-service-update"])
    assert (again.code, again.outputs["outcome"]) == (0, "unchanged")


def test_a_dry_run_says_what_would_be_set(deploying: Deploying) -> None:
    ended = deploying.deploy("next", "--service-update", '{"healthCheckGracePeriodSeconds": 30}', "--dry-run")
    assert "with healthCheckGracePeriodSeconds 30" in ended.stderr
    assert deploying.count("UpdateService") == 0


FAULTS = {
    "no object": ("[1]", "service-update: is not an object"),
    "no JSON": ("{", "service-update"),
    "another input's": ('{"desiredCount": 3}', "service-update: $.desiredCount: desiredCount has an input of its own\n  Use desired-count."),
    "it may be misspelt": ('{"enableExecuteComand": true}', "Did you mean enableExecuteCommand?"),
    "another type": ('{"healthCheckGracePeriodSeconds": "30"}', "service-update: $.healthCheckGracePeriodSeconds: is a string"),
    "a value that ECS does not know": ('{"availabilityZoneRebalancing": "ON"}', "is not one of the accepted values"),
    "no role for ECS Exec": ('{"enableExecuteCommand": true}', "the task definition has no taskRoleArn"),
    "no load balancer": ('{"loadBalancers": [], "healthCheckGracePeriodSeconds": 30}', "the service has no load balancer"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "words"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_before_anything_is_changed(deploying: Deploying, given: str, words: str) -> None:
    members = {"taskRoleArn": None} if "Exec" in given else {}
    path = deploying.write(deploying.image("next"))
    document = {**json.loads(path.read_text()), **members}
    path.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))
    place, revisions = deploying.place, deploying.revisions()
    ended = deploying.call(
        "--task-definition", str(path), "--service", place.service, "--cluster", place.cluster, "--service-update", given
    )
    assert ended.code == 2
    assert words in ended.stderr
    assert (deploying.revisions(), deploying.count("UpdateService")) == (revisions, 0)


def test_it_needs_a_service(deploying: Deploying) -> None:
    ended = deploying.call("--task-definition", str(deploying.write(deploying.image("next"))), "--service-update", "{}")
    assert ended.code == 2
    assert "service-update: is set, but no service" in ended.stderr
