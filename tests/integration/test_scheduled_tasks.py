"""scheduled-tasks: EventBridge rules and schedules get the revision that has proved itself, against the sandbox's ECS, EventBridge and Scheduler."""

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.aws.backends import backend
from tests.integration.called import Ended
from tests.integration.deploying import Deploying

ROLE = "arn:aws:iam::123456789012:role/events"


class Timetable:
    """A service, and rules and schedules that run its family."""

    def __init__(self, deploying: Deploying) -> None:
        self.deploying = deploying
        self.events, self.scheduler = deploying.sandbox.client("events"), deploying.sandbox.client("scheduler")
        self.former: str = deploying.serving()["taskDefinition"]
        self.cluster: str = deploying.serving()["clusterArn"]

    def rule(self, name: str, *runs: str) -> None:
        self.events.put_rule(Name=name, ScheduleExpression="rate(1 day)")
        targets = [
            {"Id": str(number), "Arn": self.cluster, "RoleArn": ROLE, "Input": '{"containerOverrides": []}', "EcsParameters": {"TaskDefinitionArn": each, "TaskCount": 2}}
            for number, each in enumerate(runs)
        ]  # fmt: skip
        self.events.put_targets(Rule=name, Targets=targets)

    def schedule(self, name: str, runs: str, **settings: Any) -> None:
        given = {"ScheduleExpression": "cron(0 3 * * ? *)", "FlexibleTimeWindow": {"Mode": "OFF"}, **settings}
        target = {"Arn": self.cluster, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": runs, "TaskCount": 3}}
        self.scheduler.create_schedule(Name=name, Target=target, **given)

    def of_rule(self, name: str) -> list[str]:
        return [each["EcsParameters"]["TaskDefinitionArn"] for each in self.events.list_targets_by_rule(Rule=name)["Targets"]]

    def of_schedule(self, name: str, group: str = "default") -> str:
        arn: str = self.scheduler.get_schedule(Name=name, GroupName=group)["Target"]["EcsParameters"]["TaskDefinitionArn"]
        return arn

    def deploy(self, *names: str, tag: str = "next", more: tuple[str, ...] = ()) -> Ended:
        return self.deploying.deploy(tag, "--scheduled-tasks", ",".join(names), *more)

    @property
    def writes(self) -> int:
        return self.deploying.count("PutTargets") + self.deploying.count("UpdateSchedule")


@pytest.fixture
def timetable(sandbox: Sandbox, tmp_path: Path) -> Timetable:
    return Timetable(Deploying(sandbox, sandbox.provision(desired_count=1), tmp_path))


def test_what_is_named_runs_the_new_revision_and_keeps_everything_else(timetable: Timetable) -> None:
    other = timetable.former.replace("credex-core:", "reports:")
    timetable.rule("nightly", timetable.former, other)
    timetable.scheduler.create_schedule_group(Name="batch")
    timetable.schedule(
        "weekly",
        timetable.former,
        GroupName="batch",
        Description="every week",
        State="DISABLED",
        ScheduleExpressionTimezone="Africa/Harare",
    )
    timetable.schedule("untouched", timetable.former)
    before = timetable.scheduler.get_schedule(Name="weekly", GroupName="batch")
    ended = timetable.deploy("night*", "weekly")
    new = ended.outputs["task-definition-arn"]
    assert (ended.code, ended.outputs["outcome"]) == (0, "completed")
    assert timetable.of_rule("nightly") == [new, other]
    assert timetable.of_schedule("weekly", "batch") == new
    assert timetable.of_schedule("untouched") == timetable.former
    after = timetable.scheduler.get_schedule(Name="weekly", GroupName="batch")
    for member in ("Description", "State", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow"):
        assert after[member] == before[member]
    assert after["Target"]["EcsParameters"]["TaskCount"] == 3
    rule = timetable.events.list_targets_by_rule(Rule="nightly")["Targets"][0]
    assert (rule["Input"], rule["RoleArn"], rule["EcsParameters"]["TaskCount"]) == ('{"containerOverrides": []}', ROLE, 2)
    assert ended.report["scheduled-tasks"] == {
        "moved": [f"rule nightly runs {short(new)}", f"schedule batch/weekly runs {short(new)}"],
        "failed": [],
    }


def short(arn: str) -> str:
    return arn.rpartition("/")[2]


def test_a_family_alone_runs_its_newest_revision_anyway(timetable: Timetable) -> None:
    timetable.schedule("nightly", timetable.former.rpartition(":")[0])
    before = timetable.writes
    assert timetable.deploy("nightly").code == 0
    assert timetable.writes == before


def test_a_schedule_that_began_long_ago_is_moved_all_the_same(timetable: Timetable) -> None:
    timetable.schedule("nightly", timetable.former)
    sandbox = timetable.deploying.sandbox
    kept = backend("scheduler", sandbox.account, sandbox.region).schedule_groups["default"].schedules["nightly"]
    kept.start_date = (datetime.now(UTC) - timedelta(days=30)).timestamp()  # the service would take no such one again
    ended = timetable.deploy("nightly")
    assert (ended.code, timetable.of_schedule("nightly")) == (0, ended.outputs["task-definition-arn"])


def test_nothing_moves_where_the_deployment_fails(timetable: Timetable) -> None:
    timetable.schedule("nightly", timetable.former)
    before = timetable.writes
    assert timetable.deploy("nightly", tag="crash").code == 1
    assert (timetable.of_schedule("nightly"), timetable.writes) == (timetable.former, before)


def test_without_a_service_the_registered_revision_is_what_they_run(timetable: Timetable) -> None:
    timetable.schedule("nightly", timetable.former)
    path = timetable.deploying.write(timetable.deploying.image("next"))
    ended = timetable.deploying.call("--task-definition", str(path), "--scheduled-tasks", "nightly")
    assert (ended.code, ended.outputs["outcome"]) == (0, "registered")
    assert timetable.of_schedule("nightly") == ended.outputs["task-definition-arn"]


def test_a_revision_that_exists_is_what_they_run_once_its_checks_have_passed(timetable: Timetable) -> None:
    timetable.schedule("nightly", timetable.former)
    new = timetable.deploying.deploy("next").outputs["task-definition-arn"]
    ended = timetable.deploying.call("--task-definition-arn", new, "--scheduled-tasks", "nightly")
    assert (ended.code, ended.outputs["outcome"], timetable.of_schedule("nightly")) == (0, "registered", new)


def test_what_cannot_be_moved_is_told_the_rest_moves_and_the_next_run_moves_it(timetable: Timetable) -> None:
    timetable.rule("closed", timetable.former)
    timetable.schedule("open", timetable.former)
    timetable.deploying.sandbox.fault("PutTargets", kind="access-denied")
    ended = timetable.deploy("closed", "open", more=("--keep-revisions", "1"))
    new = ended.outputs["task-definition-arn"]
    assert (ended.code, ended.outputs["outcome"]) == (4, "completed")
    assert f"rule closed still runs {short(timetable.former)}" in ended.stderr
    assert "running the same command again updates the rest" in ended.stderr
    assert (timetable.of_rule("closed"), timetable.of_schedule("open")) == ([timetable.former], new)
    assert timetable.former in timetable.deploying.revisions()  # the rule still needs it
    again = timetable.deploy("closed", "open", more=("--keep-revisions", "1"))
    assert (again.code, again.outputs["outcome"]) == (0, "completed")
    assert timetable.of_rule("closed") == [new]
    assert timetable.deploying.count("UpdateService") == 1
    assert timetable.deploy("closed", "open").outputs["outcome"] == "unchanged"


@pytest.mark.parametrize("kind", ["throttle", "error", "drop-before", "drop-after"])
@pytest.mark.parametrize("operation", ["PutTargets", "UpdateSchedule"])
def test_trouble_with_the_write_is_outlasted(timetable: Timetable, operation: str, kind: str) -> None:
    timetable.rule("nightly", timetable.former)
    timetable.schedule("weekly", timetable.former)
    timetable.deploying.sandbox.fault(operation, kind=kind)
    ended = timetable.deploy("nightly", "weekly")
    new = ended.outputs["task-definition-arn"]
    assert (ended.code, timetable.of_rule("nightly"), timetable.of_schedule("weekly")) == (0, [new], new)


def test_a_dry_run_says_what_would_move(timetable: Timetable) -> None:
    timetable.schedule("nightly", timetable.former)
    before = timetable.writes
    ended = timetable.deploy("nightly", more=("--dry-run",))
    assert f"have schedule nightly run the new revision instead of {short(timetable.former)}" in ended.stderr
    assert timetable.writes == before


def test_names_that_are_not_there_are_told_before_anything_is_changed(timetable: Timetable) -> None:
    timetable.schedule("reports", timetable.former.replace("credex-core:", "reports:"))
    revisions = timetable.deploying.revisions()
    ended = timetable.deploy("nigthly", "reports", "weekly*")
    assert ended.code == 2
    assert "scheduled-tasks: there is no rule or schedule nigthly" in ended.stderr
    assert "scheduled-tasks: reports runs no task of credex-core, but of reports" in ended.stderr
    assert timetable.deploying.revisions() == revisions
    warned = timetable.deploy("weekly*")
    assert warned.code == 0
    assert "weekly* matches no rule or schedule that runs this family" in warned.stderr


def test_a_role_that_sees_one_service_only_needs_no_more_where_the_names_are_there(timetable: Timetable) -> None:
    timetable.schedule("nightly", timetable.former)
    timetable.deploying.sandbox.fault("ListRules", kind="access-denied")
    assert timetable.deploy("nightly").code == 0
    timetable.deploying.sandbox.fault("ListRules", kind="access-denied")
    ended = timetable.deploy("nightly", "hourly", tag="later")
    assert ended.code == 2
    assert "AWS does not allow ListRules" in ended.stderr


def test_they_need_a_deployment_that_is_followed(timetable: Timetable) -> None:
    ended = timetable.deploy("nightly", more=("--no-wait-for-service-stability",))
    assert ended.code == 2
    assert "scheduled-tasks: is set, but the deployment is not followed" in ended.stderr


def test_a_signal_ends_it_between_two_and_says_which_is_left(timetable: Timetable) -> None:
    timetable.rule("nightly", timetable.former)
    timetable.schedule("weekly", timetable.former)
    sandbox = timetable.deploying.sandbox
    sandbox.fault("PutTargets", kind="slow", seconds=2)
    with timetable.deploying.started(*timetable.deploying.arguments("next", "--scheduled-tasks", "nightly,weekly")) as process:
        sandbox.until(lambda: not sandbox.faults_left, "the first rule's turn")
        process.send_signal(signal.SIGTERM)
        ended = timetable.deploying.ended(process)
    assert (ended.code, ended.outputs["outcome"]) == (143, "cancelled")
    assert "schedule weekly was not updated yet; running the same command again updates the rest" in ended.stderr
    assert timetable.of_schedule("weekly") == timetable.former
    again = timetable.deploy("nightly", "weekly")
    new = again.outputs["task-definition-arn"]
    assert (again.code, timetable.of_rule("nightly"), timetable.of_schedule("weekly")) == (0, [new], new)


def test_a_revision_that_a_rule_or_a_schedule_runs_is_not_pruned(timetable: Timetable) -> None:
    timetable.rule("nightly", timetable.former)
    second = timetable.deploying.deploy("second").outputs["task-definition-arn"]
    timetable.schedule("weekly", second)
    unused = timetable.deploying.deploy("third").outputs["task-definition-arn"]
    served = timetable.deploying.deploy("fourth").outputs["task-definition-arn"]
    ended = timetable.deploying.deploy("fifth", "--keep-revisions", "1")
    assert ended.code == 0
    assert set(timetable.deploying.revisions()) == {timetable.former, second, served, ended.outputs["task-definition-arn"]}
    assert unused not in timetable.deploying.revisions()


def test_a_role_that_may_not_see_rules_is_told_what_that_means_for_pruning(timetable: Timetable) -> None:
    timetable.deploying.sandbox.fault("ListRuleNamesByTarget", kind="access-denied")
    ended = timetable.deploying.deploy("next", "--keep-revisions", "1")
    assert ended.code == 0
    assert "the role is not authorized to see which EventBridge rules and schedules run this family" in ended.stderr


@pytest.mark.parametrize("operation", ["PutTargets", "UpdateSchedule"])
def test_killed_while_one_is_moved_and_run_again(timetable: Timetable, operation: str) -> None:
    timetable.rule("nightly", timetable.former)
    timetable.schedule("weekly", timetable.former)
    sandbox = timetable.deploying.sandbox
    arguments = timetable.deploying.arguments("next", "--scheduled-tasks", "nightly,weekly")
    sandbox.fault(operation, kind="slow", seconds=1)
    with timetable.deploying.started(*arguments) as process:
        sandbox.until(lambda: not sandbox.faults_left, "its turn")
        process.kill()
        process.wait()
    sandbox.until_answered()
    again = timetable.deploying.call(*arguments)
    new = again.outputs["task-definition-arn"]
    assert again.code == 0, again.stderr
    assert (timetable.of_rule("nightly"), timetable.of_schedule("weekly")) == ([new], new)
    assert timetable.deploying.count("UpdateService") == 1
