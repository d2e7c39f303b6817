"""What goes wrong around a rotation: each time it ends in a stated place, and the same command continues from there."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.runs.happenings import Happening, JobEnded, JobStarted, Pause
from tests.integration.rotating import USER, Rotating

KEY = "/credex/development/key"
QUICK = {"grace": "0s", "watch": "0s", "verify": {"successes": 1}}
PAIR = {"access-key-id": "AWS_ACCESS_KEY", "secret-access-key": "AWS_SECRET_ACCESS_KEY"}


@pytest.fixture
def rotating(sandbox: Sandbox, github: GitHub, tmp_path: Path) -> Rotating:
    made = Rotating(sandbox, github, tmp_path)
    made.parameter(KEY)
    made.credentials["deployer"] = {
        "kind": "iam-access-key",
        "user": USER,
        **QUICK,
        "targets": [{"to": "ssm-parameter", "names": {"json": KEY}}, {"to": "github-secret", "names": PAIR}],
    }
    return made


def as_rotator(rotating: Rotating) -> None:
    """The command runs with a user's own key, which can be denied things."""
    key = rotating.user("rotator")[0]
    rotating.more |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def test_two_keys_already_are_told_with_their_ages_and_left_alone(rotating: Rotating) -> None:
    first, second = rotating.user(keys=2)
    ended = rotating.call("apply")
    assert ended.code == 3
    assert first["AccessKeyId"] in ended.stderr
    assert second["AccessKeyId"] in ended.stderr
    assert "never used" in ended.stderr
    assert len(rotating.access_keys()) == 2
    assert rotating.parameter_value(KEY) == "as it was"


def test_a_target_that_nobody_may_write_is_found_before_anything_is_created(rotating: Rotating) -> None:
    rotating.user()
    as_rotator(rotating)
    rotating.sandbox.deny("rotator", "ssm:PutParameter")
    before = rotating.access_keys()
    ended = rotating.call("apply")
    assert ended.code == 2, ended.stderr
    assert f"ssm:{KEY}: access denied" in ended.stderr
    assert rotating.access_keys() == before
    assert "nothing was changed" in ended.stderr


def test_a_permission_that_is_missing_in_the_middle_leaves_a_place_to_go_on_from(rotating: Rotating) -> None:
    rotating.user()
    as_rotator(rotating)
    rotating.sandbox.deny("rotator", "iam:UpdateAccessKey")
    ended = rotating.call("apply")
    assert ended.code in {1, 4}, ended.stderr
    assert "UpdateAccessKey" in ended.stderr
    assert "done so far" in ended.stderr
    assert len(rotating.access_keys()) == 2, "the new one serves, the previous one still works"
    rotating.sandbox.allow("rotator", "iam:UpdateAccessKey")
    assert rotating.call("apply").code == 0
    assert len(rotating.access_keys()) == 1


def test_github_that_is_down_after_the_creation_loses_nothing(rotating: Rotating) -> None:
    rotating.user()
    for nth in range(1, 60):
        rotating.github.fault("put-repository-secret", nth, "bad-gateway")
    with rotating.started("apply") as process:
        rotating.github.until(
            lambda: any(call.operation == "put-repository-secret" for call in rotating.github.calls()), "a write to GitHub", 30
        )
        process.terminate()
        ended = rotating.ended(process)
    assert ended.code == 143, ended.stderr
    assert len(rotating.access_keys()) == 2
    assert "AWSPENDING" in rotating.stages("deployer")
    rotating.github.reset_faults()
    assert rotating.call("apply").code == 0
    assert list(rotating.access_keys()) == [rotating.github.secret(rotating.repository, "AWS_ACCESS_KEY")]


@pytest.mark.parametrize(("kind", "told"), [("String", "stores a secret unencrypted"), ("StringList", "splits a value at commas")])
def test_a_parameter_of_another_type_is_refused(rotating: Rotating, kind: str, told: str) -> None:
    rotating.user()
    rotating.parameter("/credex/development/other", kind=kind)
    rotating.credentials["deployer"]["targets"] = [{"to": "ssm-parameter", "names": {"secret-access-key": "/credex/development/other"}}]
    ended = rotating.call("apply")
    assert ended.code == 2
    assert told in ended.stderr
    assert len(rotating.access_keys()) == 1


def test_a_value_over_its_targets_limit_is_found_before_it_is_given_to_anybody(rotating: Rotating) -> None:
    rotating.more["LONG"] = "x" * 5000
    rotating.parameter("/credex/development/long")
    rotating.credentials = {
        "long": {"kind": "copied", "from": "LONG", "targets": [{"to": "ssm-parameter", "names": {"value": "/credex/development/long"}}]}
    }
    ended = rotating.call("apply")
    assert ended.code == 2, ended.stderr
    assert "allows at most 4096 bytes" in ended.stderr
    assert rotating.parameter_value("/credex/development/long") == "as it was"


def test_one_bad_credential_stops_no_other(rotating: Rotating) -> None:
    rotating.user()
    rotating.credentials["nobody"] = {**rotating.credentials["deployer"], "user": "nobody", "targets": []}
    ended = rotating.call("apply")
    assert ended.code == 1
    told = {each["name"]: each["outcome"] for each in ended.report["credentials"]}
    assert told == {"deployer": "rotated", "nobody": "failed"}
    assert "the IAM user nobody does not exist" in ended.stderr
    assert len(rotating.access_keys()) == 1


def test_keys_that_take_their_time_are_tried_until_they_work_everywhere(rotating: Rotating) -> None:
    rotating.user()
    rotating.credentials["deployer"]["verify"] = {"successes": 5}
    rotating.sandbox.converge(3)
    ended = rotating.call("apply")
    rotating.sandbox.converge(0)
    assert ended.code == 0, ended.stderr
    assert rotating.call("verify").code == 0


def test_a_key_that_never_comes_to_work_is_taken_back(rotating: Rotating) -> None:
    before = rotating.user()[0]["AccessKeyId"]
    rotating.credentials["deployer"]["verify"] = {"successes": 2, "within": "3s"}
    rotating.sandbox.converge(600)
    ended = rotating.call("apply")
    rotating.sandbox.converge(0)
    assert ended.code == 1, ended.stderr
    assert "did not work 2 times in a row" in ended.stderr
    assert rotating.access_keys() == {before: "Active"}
    assert rotating.parameter_value(KEY) == "as it was"
    assert rotating.call("apply").code == 0


def test_a_probe_asks_what_the_key_is_for(rotating: Rotating) -> None:
    rotating.user()
    rotating.credentials["deployer"]["verify"] = {"successes": 1, "within": "2s", "probe": {"call": "ecs.list_clusters"}}
    rotating.sandbox.deny(USER, "ecs:ListClusters")
    ended = rotating.call("apply")
    assert ended.code == 1
    assert "ListClusters" in ended.stderr
    rotating.sandbox.allow(USER, "ecs:ListClusters")
    assert rotating.call("apply").code == 0


def test_two_runs_at_once_make_one_key(rotating: Rotating) -> None:
    rotating.user()
    rotating.sandbox.latency(0.05)
    with rotating.started("apply") as first, rotating.started("apply") as second:
        ended = [rotating.ended(first), rotating.ended(second)]
    rotating.sandbox.latency(0)
    assert {each.code for each in ended} <= {0, 1, 4}, [each.stderr for each in ended]
    assert 0 in {each.code for each in ended}, [each.stderr for each in ended]
    last = rotating.call("apply")
    assert last.code == 0, last.stderr
    new = rotating.escrowed("deployer")
    assert rotating.access_keys() == {new["access-key-id"]: "Active"}
    assert new["secret-access-key"] in rotating.parameter_value(KEY)
    assert rotating.github.secret(rotating.repository, "AWS_SECRET_ACCESS_KEY") == new["secret-access-key"]


def test_a_target_that_is_added_later_gets_the_current_value(rotating: Rotating) -> None:
    rotating.user()
    assert rotating.call("apply").code == 0
    before = rotating.escrowed("deployer")
    rotating.credentials["deployer"]["targets"].append({"to": "env-file", "path": ".env", "names": {"secret-access-key": "AWS_SECRET"}})
    (rotating.folder / ".env").write_text("# mine\nOTHER=1\n")
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert ended.report["credentials"][0]["outcome"] == "mended"
    assert rotating.escrowed("deployer") == before
    text = (rotating.folder / ".env").read_text()
    assert text.startswith("# mine\nOTHER=1\nAWS_SECRET=")
    assert before["secret-access-key"] in text
    assert (rotating.folder / ".env").stat().st_mode & 0o777 == 0o600


def test_a_secret_that_someone_overwrote_is_found_and_mended(rotating: Rotating) -> None:
    rotating.user()
    assert rotating.call("apply").code == 0
    rotating.sandbox.client("ssm").put_parameter(Name=KEY, Value="manually", Overwrite=True)
    found = rotating.call("verify")
    assert found.code == 1
    assert f"ssm:{KEY} has another value than the escrow" in found.stderr
    assert rotating.call("apply").code == 0
    assert rotating.escrowed("deployer")["secret-access-key"] in rotating.parameter_value(KEY)


def test_a_former_key_that_is_still_used_is_held_and_named(rotating: Rotating) -> None:
    former = rotating.user()[0]
    rotating.credentials["deployer"]["grace"] = "1s"
    rotating.credentials["deployer"]["targets"] = rotating.credentials["deployer"]["targets"][:1]
    stubborn = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import boto3, time\nwhile True:\n    boto3.client('ecs').list_clusters(); time.sleep(0.1)",
        ],
        env={
            **os.environ,
            **rotating.sandbox.environment,
            "AWS_ACCESS_KEY_ID": former["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": former["SecretAccessKey"],
        },
    )
    try:
        rotating.sandbox.until(lambda: any(each.operation == "ListClusters" for each in rotating.sandbox.calls()), "the use of the key")
        ended = rotating.call("apply", "--wait-minutes", "0.1")
    finally:
        stubborn.kill()
        stubborn.wait()
    assert ended.code == 0, ended.stderr
    (told,) = ended.report["credentials"]
    assert told["outcome"] == "waiting"
    assert "ecs in" in told["why"]
    assert rotating.access_keys()[former["AccessKeyId"]] == "Active"
    finished = rotating.call("finish", "--wait-minutes", "0.2")
    assert finished.code == 0, finished.stderr
    assert former["AccessKeyId"] not in rotating.access_keys()


def test_an_emergency_waits_for_nobody(rotating: Rotating) -> None:
    former = rotating.user()[0]["AccessKeyId"]
    rotating.credentials["deployer"] |= {"grace": "30d", "watch": "30d"}
    assert rotating.call("emergency").code == 2, "it says which credential"
    assert rotating.call("apply", "--wait-minutes", "0").code == 0
    assert former in rotating.access_keys()
    leaked = rotating.escrowed("deployer")["access-key-id"]
    ended = rotating.call("emergency", "--credentials", "deployer")
    assert ended.code == 0, ended.stderr
    assert list(rotating.access_keys()) == [rotating.escrowed("deployer")["access-key-id"]]
    assert leaked not in rotating.access_keys()
    assert former not in rotating.access_keys()


def test_a_dry_run_and_a_plan_change_nothing(rotating: Rotating) -> None:
    before = rotating.user()[0]["AccessKeyId"]
    rotating.call("plan")
    for flags in (("plan",), ("apply", "--dry-run")):
        ended = rotating.call(*flags)
        assert ended.code == 0, ended.stderr
        assert "create a new value of deployer at its source" in str(ended.report["credentials"][0]["plan"])
    assert list(rotating.access_keys()) == [before]
    assert rotating.sandbox.client("secretsmanager").list_secrets()["SecretList"] == []
    assert rotating.parameter_value(KEY) == "as it was"
    assert rotating.repository.vault.secrets == {}


def test_shards_take_each_credential_once(rotating: Rotating) -> None:
    rotating.credentials = {f"value-{each}": {"kind": "generated"} for each in range(9)}
    taken = []
    for number in (1, 2, 3):
        ended = rotating.call("plan", "--shard", f"{number}/3")
        assert ended.code == 0, ended.stderr
        taken += [each["name"] for each in ended.report["credentials"]]
    assert sorted(taken) == sorted(rotating.credentials)
    assert rotating.call("plan", "--shard", "4/3").code == 2


def test_bad_times_and_names_are_told_together(rotating: Rotating) -> None:
    ended = rotating.call("apply", "--created-before", "2999-01-01", "--credentials", "deploer", "--shard", "x")
    assert ended.code == 2
    assert "is in the future" in ended.stderr
    assert "Did you mean deployer?" in ended.stderr
    assert "is not a shard" in ended.stderr
    assert ended.stderr.count("error:") == 3


def test_a_first_manifest_is_written_from_what_is_there(rotating: Rotating) -> None:
    rotating.user()
    place = rotating.sandbox.provision(desired_count=1)
    del place
    for name in ("user", "bolt_url"):
        rotating.parameter(f"/credex/development/neo_4j_ledger_space_{name}", "neo4j", "String")
    rotating.parameter("/credex/development/neo_4j_ledger_space_pass")
    rotating.parameter("/credex/development/jwt_secret")
    rotating.parameter("/credex/development/jwt_secret_previous")
    rotating.parameter("/credex/development/node_env", "development", "String")
    ended = rotating.call("init", "--manifest", "first.yml")
    assert ended.code == 0, ended.stderr
    text = (rotating.folder / "first.yml").read_text()
    assert USER in text
    assert "kind: neo4j-password" in text
    assert "kind: generated" in text
    assert "previous: /credex/development/jwt_secret_previous" in text
    assert "node_env" not in text
    assert rotating.call("init", "--manifest", "first.yml").code == 2, "it may be somebody's work"
    checked = rotating.call("plan", "--manifest", "first.yml", "--credentials", "credex.development.jwt_secret")
    assert checked.code == 0, checked.stderr


def test_a_clock_that_is_wrong_is_said(rotating: Rotating) -> None:
    rotating.user()
    as_rotator(rotating)
    began = datetime.now(UTC)
    ended = rotating.call("status")
    assert ended.code == 0
    assert abs((datetime.fromisoformat(ended.report["began"]) - began).total_seconds()) < 60


def test_sigterm_between_two_steps_says_what_was_done(rotating: Rotating) -> None:
    rotating.user()
    rotating.credentials["deployer"]["verify"] = {"successes": 40}
    with rotating.started("apply") as process:
        rotating.sandbox.until(lambda: "AWSPENDING" in stages(rotating), "a pending key", 20)
        process.terminate()
        ended = rotating.ended(process)
    assert ended.code == 143, ended.stderr
    assert "done so far" in ended.stderr
    rotating.credentials["deployer"]["verify"] = {"successes": 1}
    assert rotating.call("apply").code == 0
    assert len(rotating.access_keys()) == 1


def stages(rotating: Rotating) -> set[str]:
    client = rotating.sandbox.client("secretsmanager")
    try:
        return rotating.stages("deployer")
    except client.exceptions.ResourceNotFoundException:
        return set()


def test_a_service_that_is_not_there_is_told_before_anything_is_created(rotating: Rotating) -> None:
    rotating.user()
    rotating.credentials["deployer"]["used-by"] = [{"is": "ecs-service", "cluster": "nowhere", "service": "nothing"}]
    ended = rotating.call("apply")
    assert ended.code == 2, ended.stderr
    assert "there is no active cluster nowhere in" in ended.stderr
    assert len(rotating.access_keys()) == 1


def test_an_emergency_says_who_it_breaks(rotating: Rotating) -> None:
    key = rotating.user()[0]
    rotating.sandbox.client("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]).get_caller_identity()
    planned = rotating.call("emergency", "--credentials", "deployer", "--dry-run")
    assert planned.code == 0, planned.stderr
    assert key["AccessKeyId"] in rotating.access_keys()
    ended = rotating.call("emergency", "--credentials", "deployer")
    assert ended.code == 0, ended.stderr
    (told,) = ended.report["credentials"]
    assert f"whoever used {key['AccessKeyId']} last" in told["breaks"][0]
    assert key["AccessKeyId"] not in rotating.access_keys()


def test_a_run_of_a_workflow_that_has_the_former_key_is_waited_for(rotating: Rotating) -> None:
    former = rotating.user()[0]["AccessKeyId"]
    rotating.github.push(rotating.repository, "dev", {".github/workflows/deploy.yml": WORKFLOW})
    built = threading.Event()
    rotating.github.script("deploy.yml", lambda _: build(built))
    rotating.github.push(rotating.repository, "dev", {"README.md": "changed"})
    rotating.github.until(lambda: any(run.status == "in_progress" for run in rotating.repository.runs), "a run", 20)
    rotating.credentials["deployer"]["used-by"] = [{"is": "workflows", "files": ["deploy.yml"]}]
    held = rotating.call("apply", "--wait-minutes", "0")
    assert held.code == 0, held.stderr
    assert "a workflow run of Great-Sun-Group/credex-core" in held.report["credentials"][0]["why"]
    assert former in rotating.access_keys()
    threading.Timer(2, built.set).start()
    ended = rotating.call("apply", "--wait-minutes", "1")
    assert ended.code == 0, ended.stderr
    assert former not in rotating.access_keys()


def build(ended: threading.Event) -> Iterator[Happening]:
    yield JobStarted("build")
    while not ended.is_set():
        yield Pause(0.1)
    yield JobEnded("build", "success")


WORKFLOW = "on: {push: {branches: [dev]}}\njobs: {build: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n"


def test_a_credential_of_another_account_is_rotated_by_a_role(rotating: Rotating) -> None:
    rotating.user()
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
    role = rotating.sandbox.client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    rotating.credentials["deployer"]["role"] = role
    ended = rotating.call("apply")
    assert ended.code == 0, ended.stderr
    assert len(rotating.access_keys()) == 1
    rotating.sandbox.deny("rotation", "iam:*")
    denied = rotating.call("apply", "--created-before", datetime.now(UTC).isoformat())
    assert denied.code in {1, 2}, denied.stderr
    assert "assumed-role/rotation" in denied.stderr
