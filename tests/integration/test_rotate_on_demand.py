"""What a rotation does when it is asked to, what its plans tell, and with whose rights it restarts services."""

import time
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from tests.integration.rotating import USER, Rotating

PARAMETER = "/credex/development/value"


@pytest.fixture
def rotating(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> Rotating:
    made = Rotating(sandbox, github, tmp_path)
    made.parameter("/credex/development/key")
    target = {"to": "ssm-parameter", "names": {"json": "/credex/development/key"}}
    made.credentials["deployer"] = {
        "kind": "iam-access-key",
        "user": USER,
        "grace": "0s",
        "watch": "0s",
        "verify": {"successes": 1},
        "targets": [target],
    }
    return made


def switched_off(rotating: Rotating, key: str) -> str:
    rotating.sandbox.client("iam").update_access_key(UserName=USER, AccessKeyId=key, Status="Inactive")
    return key


def used(rotating: Rotating, key: dict[str, str]) -> None:
    rotating.sandbox.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]).get_caller_identity()


def test_an_inactive_key_that_was_never_used_goes_on_demand_alone(rotating: Rotating) -> None:
    first, second = rotating.user(keys=2)
    used(rotating, first)
    spare = switched_off(rotating, second["AccessKeyId"])
    refused = rotating.call("apply")
    assert refused.code == 3
    assert f"replace-inactive: true deletes {spare}" in refused.stderr
    assert spare in rotating.access_keys()
    planned = rotating.call("plan", "--replace-inactive")
    assert f"delete {spare}, which is inactive and was never used, to make room" in planned.report["credentials"][0]["plan"][0]
    assert spare in rotating.access_keys()
    ended = rotating.call("apply", "--replace-inactive")
    assert ended.code == 0, ended.stderr
    assert rotating.access_keys() == {rotating.escrowed("deployer")["access-key-id"]: "Active"}


@pytest.mark.parametrize("case", ["active", "used", "both inactive"])
def test_a_key_that_someone_may_miss_never_goes(rotating: Rotating, case: str) -> None:
    first, second = rotating.user(keys=2)
    if case == "used":
        used(rotating, second)
    if case != "active":
        switched_off(rotating, second["AccessKeyId"])
    if case == "both inactive":
        switched_off(rotating, first["AccessKeyId"])
    before = rotating.access_keys()
    ended = rotating.call("apply", "--replace-inactive")
    assert ended.code == 3, ended.stderr
    assert "already has two access keys" in ended.stderr
    assert rotating.access_keys() == before


def service(rotating: Rotating) -> dict[str, object]:
    place = rotating.sandbox.provision(desired_count=1, load_balancer=False)
    time.sleep(1.1)  # what runs was there before
    return {"is": "ecs-service", "cluster": place.cluster, "service": place.service}


def test_the_plan_of_a_first_rotation_shows_the_restart(rotating: Rotating) -> None:
    rotating.user()
    user = service(rotating)
    rotating.credentials["deployer"]["used-by"] = [user]
    planned = rotating.call("plan")
    assert planned.code == 0, planned.stderr
    assert any(
        f"restart the tasks of service {user['service']} with the new value" in line for line in planned.report["credentials"][0]["plan"]
    )


def test_an_emergency_s_dry_run_names_whom_it_would_break(rotating: Rotating) -> None:
    key = rotating.user()[0]
    used(rotating, key)
    rotating.credentials["deployer"]["used-by"] = [{**service(rotating), "redeploy": False}]
    planned = rotating.call("emergency", "--credentials", "deployer", "--dry-run")
    assert planned.code == 0, planned.stderr
    (told,) = planned.report["credentials"]
    assert any(line.startswith("service ") and "started before the new value is written" in line for line in told["breaks"])
    assert any(f"whoever used {key['AccessKeyId']} last" in line for line in told["breaks"])
    assert rotating.access_keys() == {key["AccessKeyId"]: "Active"}


def test_a_run_that_uses_the_former_key_leaves_it_to_the_next_one_at_once(rotating: Rotating) -> None:
    key = rotating.user()[0]
    rotating.credentials["deployer"]["grace"] = "1s"
    rotating.more |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    began = time.monotonic()
    ended = rotating.call("apply", "--wait-minutes", "5")
    assert ended.code == 0, ended.stderr
    (told,) = ended.report["credentials"]
    assert (told["outcome"], f"this run itself uses {key['AccessKeyId']}" in told["why"]) == ("waiting", True)
    assert time.monotonic() - began < 150
    new = rotating.escrowed("deployer")
    rotating.more |= {"AWS_ACCESS_KEY_ID": new["access-key-id"], "AWS_SECRET_ACCESS_KEY": new["secret-access-key"]}
    assert rotating.call("apply").code == 0
    assert rotating.access_keys() == {new["access-key-id"]: "Active"}


def test_finish_of_a_previous_says_that_the_former_value_has_ended(rotating: Rotating) -> None:
    names = {"value": PARAMETER, "previous": f"{PARAMETER}_previous"}
    for name in names.values():
        rotating.parameter(name)
    rotating.credentials = {
        "jwt": {"kind": "generated", "grace": "1h", "targets": [{"to": "ssm-parameter", "names": names}]},
    }
    assert rotating.call("apply", "--wait-minutes", "0").code == 0
    again = rotating.call("apply", "--wait-minutes", "0", "--created-before", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    assert again.report["credentials"][0]["outcome"] in {"waiting", "rotated"}
    rotating.credentials["jwt"]["grace"] = "1s"
    time.sleep(1.1)
    finished = rotating.call("finish")
    assert finished.code == 0, finished.stderr
    assert finished.report["credentials"][0]["outcome"] == "ended"
    assert rotating.parameter_value(names["previous"]) == rotating.parameter_value(names["value"])


def test_a_service_is_restarted_and_followed_with_the_rights_of_the_credential_s_role(rotating: Rotating) -> None:
    rotating.user()
    key = rotating.user("rotator")[0]
    rotating.more |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    rotating.sandbox.deny("rotator", "ecs:*")
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
    role = rotating.sandbox.client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    rotating.credentials["deployer"] |= {"role": role, "used-by": [service(rotating)]}
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert any(call.operation == "UpdateService" for call in rotating.sandbox.calls())
    assert ended.report["credentials"][0]["outcome"] == "rotated"
