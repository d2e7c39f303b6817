"""Makes happen what a service's scheduler decided: tasks placed and stopped, traffic moved, deployments ended."""

from uuid import uuid4

from credex_actions.sandbox.aws.ecs import deployments
from credex_actions.sandbox.aws.ecs.account import unassumable
from credex_actions.sandbox.aws.ecs.deciding import rolling, staged
from credex_actions.sandbox.aws.ecs.records import Deployment, Document, Rollout, Service, Task
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.tasks import ask_to_stop, new_task
from credex_actions.sandbox.aws.hosts import traffic

WHOLE = 100.0
RESTS_AFTER_REFUSAL = 2
"""Ticks before ECS tries again to start a task that it was not allowed to start."""


class Acts:
    def __init__(self, region: Region) -> None:
        self._region = region

    def act(self, service: Service, action: staged.Action, now: float) -> None:
        match action:
            case rolling.Place(deployment=identifier, tasks=tasks):
                self._place(service, _find(service, identifier), tasks, now)
            case rolling.Stop(tasks=tasks, why=why):
                self._stop(service, [self._region.tasks[each] for each in tasks], why, now)
            case rolling.Complete(deployment=identifier):
                deployments.complete(service, _find(service, identifier), now)
            case rolling.Fail():
                self._give_up(service, action, now)
            case rolling.Forget(deployment=identifier):
                service.deployments = [each for each in service.deployments if each.id != identifier]
            case rolling.Steady():
                service.steady = True
                service.say(str(uuid4()), "has reached a steady state.", now)
            case staged.Enter(stage=stage):
                deployments.enter(service, stage, now)
            case staged.Route():
                self._route(service, action)

    def stop_rollout(self, service: Service, rollout: Rollout, now: float) -> None:
        """What StopServiceDeployment asked for."""
        kind, rollout.requested_stop = rollout.requested_stop, ""
        rollout.cause = "Service deployment rolled back because it was stopped by a user."
        if (primary := service.primary) is not None:
            self._give_up(service, rolling.Fail(primary.id, "", kind == "ROLLBACK"), now)

    def _give_up(self, service: Service, failure: rolling.Fail, now: float) -> None:
        deployments.fail(service, failure, now)
        for task in self._region.tasks_of(service):
            if task.deployment == failure.deployment and not task.ready:
                ask_to_stop(task, "ServiceSchedulerInitiated", rolling.scaling(failure.deployment), now)

    def _route(self, service: Service, way: staged.Route) -> None:
        rollout = service.rollout
        if rollout is None:
            return
        deployment = _find(service, way.deployment)
        other = service.last_completed if service.last_completed is not deployment else None
        weights = rollout.test_weights if way.test else rollout.weights
        weights |= {deployment.id: way.percent} | ({other.id: WHOLE - way.percent} if other else {})
        rollout.stage_age = rollout.stage_age if way.test else 0
        for each in service.fields.get("loadBalancers", ()):
            rule = each.get("advancedConfiguration", {}).get("testListenerRule" if way.test else "productionListenerRule")
            if rule is None:
                continue
            group = each["targetGroupArn"]
            shares = {deployment.groups.get(group, group): way.percent}
            if other and way.percent < WHOLE:
                shares[other.groups.get(group, group)] = WHOLE - way.percent
            traffic.route(self._region.account, self._region.name, rule, shares)

    def _place(self, service: Service, deployment: Deployment, count: int, now: float) -> None:
        definition = self._region.definition(deployment.definition).document
        if refusal := unassumable(self._region.account, self._region.name, definition):
            deployment.failed += 1
            deployment.rests = RESTS_AFTER_REFUSAL
            service.say(str(uuid4()), f"failed to launch a task with (error {refusal}).", now)
            return
        tasks = [new_task(self._region, service.cluster, definition, self._request(service, deployment), now) for _ in range(count)]
        for task in tasks:
            task.service, task.deployment = service.name, deployment.id
        service.steady = False
        names = " ".join(f"(task {task.id})" for task in tasks)
        service.say(str(uuid4()), f"has started {count} tasks: {names}.", now)

    def _request(self, service: Service, deployment: Deployment) -> Document:
        request = dict(deployment.settings) | {"group": f"service:{service.name}", "startedBy": deployment.id}
        request["enableExecuteCommand"] = service.fields.get("enableExecuteCommand", False)
        if deployment.groups:
            balancers = request["loadBalancers"]
            request["loadBalancers"] = [each | {"targetGroupArn": deployment.groups[each["targetGroupArn"]]} for each in balancers]
        request["tags"] = self._tags(service, deployment)
        if strategy := request.get("capacityProviderStrategy"):
            request["capacityProvider"] = strategy[0]["capacityProvider"]
        return request

    def _tags(self, service: Service, deployment: Deployment) -> list[Document]:
        of = {"SERVICE": service.fields.get("tags", []), "TASK_DEFINITION": self._region.definition(deployment.definition).tags}
        managed = [{"key": "aws:ecs:clusterName", "value": service.cluster}, {"key": "aws:ecs:serviceName", "value": service.name}]
        return [*of.get(service.fields.get("propagateTags", "NONE"), []), *(managed if service.fields.get("enableECSManagedTags") else [])]

    def _stop(self, service: Service, tasks: list[Task], why: str, now: float) -> None:
        pending = [task for task in tasks if task.status in {"PROVISIONING", "PENDING"}]
        running = [task for task in tasks if task not in pending]
        for task in tasks:
            if why.startswith("Task failed"):
                _tell_unhealthy(service, task, now)
                deployments.count_failure(service, task)
            ask_to_stop(task, "ServiceSchedulerInitiated", why, now)
        if running:
            names = " ".join(f"(task {task.id})" for task in running)
            service.say(str(uuid4()), f"has stopped {len(running)} running tasks: {names}.", now)
        if pending:
            service.say(str(uuid4()), f"stopped {len(pending)} pending tasks.", now)
        service.steady = False


def _tell_unhealthy(service: Service, task: Task, now: float) -> None:
    target = next((each for each in task.targets if each.state == "unhealthy"), None)
    if task.health == "UNHEALTHY" or target is None:
        service.say(str(uuid4()), f"(task {task.id}) failed container health checks.", now)
        return
    why = f"is unhealthy in (target-group {target.group}) due to (reason Health checks failed with these codes: [500])."
    service.say(str(uuid4()), f"(task {task.id}) (port {target.port}) {why}", now)


def _find(service: Service, identifier: str) -> Deployment:
    return next(each for each in [*service.deployments, *service.task_sets] if each.id == identifier)
