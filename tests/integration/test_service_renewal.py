"""The service that uses a database gets its new address: in the sandbox's ECS, by the suite's own deploy."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from credex_actions.core.faults import Exit, Failure
from credex_actions.neo4j.configuration.model import Service
from credex_actions.rollout.around.service import renew
from tests.integration.around import context

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox


class Serving:
    def __init__(self, sandbox: "Sandbox", patch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self.where = sandbox.provision(image="stable", desired_count=2)
        self.context, self.said = context(sandbox, patch)
        self.service = Service(cluster=self.where.cluster, name=self.where.service)
        sandbox.until(lambda: self.seen["runningCount"] == 2, "two tasks run", 60)

    @property
    def seen(self) -> Any:
        return self.sandbox.client("ecs").describe_services(cluster=self.where.cluster, services=[self.where.service])["services"][0]

    def tasks(self) -> set[str]:
        return set(self.sandbox.client("ecs").list_tasks(cluster=self.where.cluster, serviceName=self.where.service)["taskArns"])

    def forced(self) -> int:
        return sum(call.operation == "UpdateService" for call in self.sandbox.calls())


@pytest.fixture
def serving(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Serving:
    return Serving(sandbox, monkeypatch)


def test_older_tasks_are_replaced_once_and_a_later_run_sees_that(serving: Serving) -> None:
    before, revision = serving.tasks(), serving.seen["taskDefinition"]
    since = datetime.now(UTC)
    done = renew(serving.context, serving.service, since)
    assert done.outcome == "proven"
    assert "all its tasks have the address as it is now: deployed again (ecs-svc/" in done.why
    assert not before & serving.tasks()
    assert serving.seen["taskDefinition"] == revision
    forced = serving.forced()
    assert renew(serving.context, serving.service, since).outcome == "proven"
    assert serving.forced() == forced


def test_tasks_that_do_not_come_up_with_it_are_a_failure_that_a_later_run_repairs(serving: Serving) -> None:
    serving.sandbox.push_image(serving.where.repository, "stable", behaviour="crash")
    with pytest.raises(Failure, match="rolled back: ") as failed:
        renew(serving.context, serving.service, datetime.now(UTC))
    assert failed.value.code is Exit.FAILED
    serving.sandbox.push_image(serving.where.repository, "stable")
    assert renew(serving.context, serving.service, datetime.now(UTC)).outcome == "proven"


def test_a_service_without_tasks_proves_nothing_and_is_not_deployed(serving: Serving) -> None:
    serving.sandbox.client("ecs").update_service(cluster=serving.where.cluster, service=serving.where.service, desiredCount=0)
    serving.sandbox.until(lambda: not serving.tasks(), "no task runs", 60)
    done = renew(serving.context, serving.service, datetime.now(UTC))
    assert (done.outcome, serving.forced()) == ("idle", 1)
