"""One tick: every task moves on, then every service's scheduler decides; what they decided is made to happen here."""

from uuid import uuid4

from credex_actions.sandbox import deployments, releasing, rolling, staged, task_set_scaling, traffic
from credex_actions.sandbox.account import obstacle, unassumable
from credex_actions.sandbox.hosts import Hosts
from credex_actions.sandbox.records import Deployment, Document, Service, Target, Task
from credex_actions.sandbox.region import Region
from credex_actions.sandbox.task_life import Becomes, Exits, Health, InService, Move, Stops, moves
from credex_actions.sandbox.tasks import apply, ask_to_stop, named, new_task

REST_AFTER_FAILURES = 4
WHOLE = 100.0
RESTS = 5
"""Ticks between attempts, once tasks keep failing: ECS slows down too ("is unable to consistently start tasks successfully")."""


class Scheduler:
    """Drives one region. `hosts` runs what has to listen, and tells load balancers and log groups."""

    def __init__(self, region: Region, hosts: Hosts) -> None:
        self._region = region
        self._hosts = hosts

    def tick(self, now: float) -> None:
        for task in [each for each in self._region.tasks.values() if not each.ended]:
            for move in list(moves(task, now)):
                self._move(task, move, now)
            task.age += 1
        for service in list(self._region.services.values()):
            self._serve(service, now)
        releasing.tick(self._region, now)
        self._hosts.balancers.reconcile()

    def _move(self, task: Task, move: Move, now: float) -> None:
        before = task.counts
        apply(task, move, now)
        match move:
            case Becomes(status="PENDING"):
                task.obstacle = obstacle(self._region.account, self._region.name, task.definition)
            case Becomes(status="RUNNING"):
                self._hosts.start(task, now)
                self._register(task, now)
            case Becomes(status="DEACTIVATING"):
                self._drain(task, now)
            case Becomes(status="DEPROVISIONING"):
                self._hosts.stop(task)
                self._drain(task, now)
            case Becomes(status="STOPPED"):
                self._hosts.deregister(task)
            case Exits(container=name):
                self._hosts.exited(task, named(task, name), now)
            case Health() | InService():
                self._notice(task)
            case Stops():
                if before:
                    self._failed(task)
            case Becomes():
                pass

    def _register(self, task: Task, now: float) -> None:
        service = self._service_of(task)
        balancers = task.request.get("loadBalancers", ()) if service else ()
        task.targets = [Target(each["targetGroupArn"], each["containerName"], each["containerPort"]) for each in balancers if "targetGroupArn" in each]
        for target in task.targets:
            self._hosts.register(task, target)
            if service:
                service.say(str(uuid4()), f"registered 1 targets in (target-group {target.group})", now)

    def _drain(self, task: Task, now: float) -> None:
        service = self._service_of(task)
        for target in task.targets:
            if target.state != "draining":
                target.state = "draining"
                if service:
                    service.say(str(uuid4()), f"deregistered 1 targets in (target-group {target.group})", now)
        if service and task.targets and task.status == "DEACTIVATING":
            service.say(str(uuid4()), "has begun draining connections on 1 tasks.", now)

    def _notice(self, task: Task) -> None:
        """A deployment's failures are counted in a row: a task that gets ready ends the row."""
        if task.ready and not task.was_ready:
            task.was_ready = True
            if deployment := self._deployment_of(task):
                deployment.failed = 0

    def _failed(self, task: Task) -> None:
        """A task that ends before it was ever ready is a failure of its deployment."""
        deployment = self._deployment_of(task)
        if deployment is None or task.was_ready:
            return
        deployment.failed += 1
        service = self._service_of(task)
        if service and service.rollout and service.rollout.deployment == deployment.id:
            service.rollout.failed = deployment.failed
        if deployment.failed >= REST_AFTER_FAILURES:
            deployment.rests = RESTS

    def _service_of(self, task: Task) -> Service | None:
        return self._region.services.get((task.cluster, task.service)) if task.service else None

    def _deployment_of(self, task: Task) -> Deployment | None:
        service = self._service_of(task)
        return next((each for each in [*service.deployments, *service.task_sets] if each.id == task.deployment), None) if service else None

    def _serve(self, service: Service, now: float) -> None:
        tasks = self._region.tasks_of(service)
        for task in tasks:
            if task.ready:
                self._notice(task)
        for deployment in [*service.deployments, *service.task_sets]:
            deployment.rests = max(0, deployment.rests - 1)
        if service.status == "DRAINING":
            self._drain_service(service, tasks)
            return
        if service.controller != "ECS":
            for action in task_set_scaling.decide(service, tasks):
                self.act(service, action, now)
            return
        if (rollout := service.rollout) is not None and rollout.status == "PENDING":
            rollout.status, rollout.started, rollout.updated = "IN_PROGRESS", now, now
        if rollout is not None and rollout.requested_stop and (primary := service.primary):
            rolls_back, rollout.requested_stop = rollout.requested_stop == "ROLLBACK", ""
            rollout.cause = "Service deployment rolled back because it was stopped by a user."
            self._give_up(service, primary, "", rolls_back, now)
            return
        alarms = self._hosts.alarms_of(service)
        if rollout is not None and service.configuration["strategy"] != "ROLLING":
            rollout.stage_age += 1
            actions: list[staged.Action] = list(staged.decide(service, tasks, rollout, alarms))
        else:
            actions = list(rolling.decide(service, tasks, alarms))
        for action in actions:
            self.act(service, action, now)

    def _drain_service(self, service: Service, tasks: list[Task]) -> None:
        if all(task.ended for task in tasks):
            service.status = "INACTIVE"

    def act(self, service: Service, action: staged.Action, now: float) -> None:
        match action:
            case rolling.Place(deployment=identifier, tasks=count):
                self._place(service, _find(service, identifier), count, now)
            case rolling.Stop(tasks=tasks, why=why):
                self._stop(service, tasks, why, now)
            case rolling.Complete(deployment=identifier):
                deployments.complete(service, _find(service, identifier), str(uuid4()), now)
            case rolling.Fail(deployment=identifier, why=why, rolls_back=rolls_back):
                self._give_up(service, _find(service, identifier), why, rolls_back, now)
            case rolling.Forget(deployment=identifier):
                service.deployments = [each for each in service.deployments if each.id != identifier]
            case staged.Enter(stage=stage):
                if (rollout := service.rollout) is not None:
                    rollout.stage, rollout.stage_age, rollout.updated = stage, 0, now
            case staged.Route(deployment=identifier, percent=percent, test=test):
                self._route(service, _find(service, identifier), percent, test)
            case rolling.Steady():
                service.steady = True
                service.say(str(uuid4()), "has reached a steady state.", now)

    def _give_up(self, service: Service, deployment: Deployment, why: str, rolls_back: bool, now: float) -> None:
        deployments.fail(self._region, service, deployment, why, rolls_back, now, (str(uuid4()), str(uuid4())))
        for task in self._region.tasks_of(service):
            if task.deployment == deployment.id and not task.ready:
                ask_to_stop(task, "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {deployment.id})", now)

    def _route(self, service: Service, deployment: Deployment, percent: float, test: bool) -> None:
        rollout = service.rollout
        if rollout is None:
            return
        rollout.stage_age = 0 if not test else rollout.stage_age
        other = service.last_completed if service.last_completed is not deployment else None
        (rollout.test_weights if test else rollout.weights).update({deployment.id: percent} | ({other.id: 100 - percent} if other else {}))
        for each in service.fields.get("loadBalancers", ()):
            rule = each.get("advancedConfiguration", {}).get("testListenerRule" if test else "productionListenerRule")
            if rule is None:
                continue
            group = each["targetGroupArn"]
            shares = {deployment.groups.get(group, group): percent}
            if other and percent < WHOLE:
                shares[other.groups.get(group, group)] = WHOLE - percent
            traffic.route(self._region.account, self._region.name, rule, shares)

    def _place(self, service: Service, deployment: Deployment, count: int, now: float) -> None:
        definition = self._region.definition(deployment.definition).document
        if refusal := unassumable(self._region.account, self._region.name, definition):
            deployment.failed += 1
            deployment.rests = 2
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
            request["loadBalancers"] = [each | {"targetGroupArn": deployment.groups[each["targetGroupArn"]]} for each in request["loadBalancers"]]
        request["tags"] = self._tags(service, deployment)
        if strategy := request.get("capacityProviderStrategy"):
            request["capacityProvider"] = strategy[0]["capacityProvider"]
        return request

    def _tags(self, service: Service, deployment: Deployment) -> list[Document]:
        from_where = service.fields.get("propagateTags", "NONE")
        tags = {"SERVICE": service.fields.get("tags", []), "TASK_DEFINITION": self._region.definition(deployment.definition).tags}.get(from_where, [])
        managed = [{"key": "aws:ecs:clusterName", "value": service.cluster}, {"key": "aws:ecs:serviceName", "value": service.name}]
        return [*tags, *(managed if service.fields.get("enableECSManagedTags") else [])]

    def _stop(self, service: Service, identifiers: tuple[str, ...], why: str, now: float) -> None:
        tasks = [self._region.tasks[each] for each in identifiers]
        pending = [task for task in tasks if task.status in {"PROVISIONING", "PENDING"}]
        for task in tasks:
            if why.startswith("Task failed"):
                self._report_unhealthy(service, task, now)
                self._failed(task)
            ask_to_stop(task, "ServiceSchedulerInitiated", why, now)
        running = [task for task in tasks if task not in pending]
        if running:
            names = " ".join(f"(task {task.id})" for task in running)
            service.say(str(uuid4()), f"has stopped {len(running)} running tasks: {names}.", now)
        if pending:
            service.say(str(uuid4()), f"stopped {len(pending)} pending tasks.", now)
        service.steady = False

    def _report_unhealthy(self, service: Service, task: Task, now: float) -> None:
        target = next((each for each in task.targets if each.state == "unhealthy"), None)
        if task.health == "UNHEALTHY" or target is None:
            service.say(str(uuid4()), f"(task {task.id}) failed container health checks.", now)
        else:
            codes = "Health checks failed with these codes: [500]"
            service.say(str(uuid4()), f"(task {task.id}) (port {target.port}) is unhealthy in (target-group {target.group}) due to (reason {codes}).", now)


def _find(service: Service, identifier: str) -> Deployment:
    return next(each for each in [*service.deployments, *service.task_sets] if each.id == identifier)
