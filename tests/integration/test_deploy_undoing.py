"""What has to be rolled back can be, and what is said of it is so: also after a kill, a lost response, and the tidying of old revisions."""

import signal
import time

import pytest

from tests.integration.deploying import Deploying

pytestmark = pytest.mark.slow


def numbers(deploying: Deploying) -> list[str]:
    return [arn.rpartition(":")[2] for arn in deploying.revisions()]


def test_keep_revisions_keeps_the_one_that_a_verification_may_have_to_put_back(deploying: Deploying) -> None:
    ecs = deploying.sandbox.client("ecs")
    ecs.register_task_definition(**deploying.place.definition(deploying.image("between")))  # core:2, which never served
    ended = deploying.deploy("next", "--keep-revisions", "2")
    assert (ended.code, ended.outputs["former-task-definition-arn"].rpartition(":")[2]) == (0, "1")
    assert numbers(deploying) == ["1", "2", "3"]


def test_rules_count_also_where_the_role_may_not_list_clusters(deploying: Deploying) -> None:
    assert deploying.deploy("second").code == 0
    assert deploying.deploy("third").code == 0
    place, old = deploying.place, deploying.revisions()[0]
    cluster = deploying.serving()["clusterArn"]
    events = deploying.sandbox.client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    target = {"Id": "1", "Arn": cluster, "RoleArn": place.execution_role_arn, "EcsParameters": {"TaskDefinitionArn": old}}
    events.put_targets(Rule="nightly", Targets=[target])
    deploying.sandbox.fault("ListClusters", 1, "access-denied")
    assert deploying.deploy("fourth", "--keep-revisions", "1").code == 0
    assert old in deploying.revisions()
    assert "2" not in numbers(deploying)


def test_a_run_after_a_killed_one_puts_back_what_that_one_would_have(deploying: Deploying) -> None:
    arguments = deploying.arguments("slow-start-60s", "--on-failure", "rollback", "--wait-for-minutes", "0.05")
    deploying.sandbox.reset_calls()
    with deploying.started(*arguments) as process:
        deploying.sandbox.until(lambda: deploying.count("UpdateService") > 0, "the update", 60)
        process.kill()
        process.wait()
    again = deploying.call(*arguments)
    assert (again.code, again.outputs["outcome"]) == (4, "timed-out")
    assert "rolled back to credex-core:1, which serves" in again.stderr
    assert again.outputs["former-task-definition-arn"] == deploying.place.task_definition
    assert deploying.serving()["taskDefinition"] == deploying.place.task_definition


def test_a_way_back_before_whose_end_the_update_may_still_take_effect_says_so(deploying: Deploying) -> None:
    deploying.sandbox.fault("UpdateService", 1, "slow", 6)
    with deploying.started(*deploying.arguments("next", "--on-cancel", "rollback"), GITHUB_ACTIONS="true") as process:
        deploying.sandbox.until(lambda: deploying.sandbox.faults_left == 0, "the update", 60)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        ended = deploying.ended(process)
    assert (ended.code, ended.outputs["outcome"]) == (143, "cancelled")
    assert "UpdateService to credex-core:2 was not answered, and may take effect after that" in ended.stderr


def test_settings_that_the_service_did_not_have_are_taken_away_again(deploying: Deploying) -> None:
    namespace = '{"serviceConnectConfiguration": {"enabled": true, "namespace": "x"}}'
    flags = ("--service-update", namespace, "--on-failure", "rollback", "--wait-for-minutes", "0.05", "--desired-count", "2")
    ended = deploying.deploy("slow-start-60s", *flags)
    assert (ended.code, ended.outputs["outcome"]) == (4, "timed-out")
    assert "rolled back to credex-core:1, which serves; left as this run set it: desiredCount" in ended.stderr
    shown = deploying.serving()["deployments"][0].get("serviceConnectConfiguration", {"enabled": False})
    assert not shown["enabled"]
