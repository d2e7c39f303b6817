"""One tick of a region: every task moves on, then every service decides; what was decided is made to happen in acts.py."""

from collections import Counter
from uuid import uuid4

from credex_actions.sandbox.aws.acts import Acts
from credex_actions.sandbox.aws.codedeploy import releasing
from credex_actions.sandbox.aws.ecs import deployments, task_set_scaling
from credex_actions.sandbox.aws.ecs.account import obstacle
from credex_actions.sandbox.aws.ecs.deciding import rolling, staged
from credex_actions.sandbox.aws.ecs.deciding.task_life import Becomes, Exits, Move, Stops, moves
from credex_actions.sandbox.aws.ecs.records import Service, Target, Task
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.tasks import apply, named
from credex_actions.sandbox.aws.hosts.hosts import Hosts


class Scheduler:
    """`hosts` runs what has to listen, and tells load balancers and log groups."""

    def __init__(self, region: Region, hosts: Hosts) -> None:
        self._region = region
        self._hosts = hosts
        self._acts = Acts(region)

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
        counted = task.counts
        apply(task, move, now)
        if isinstance(move, Becomes):
            self._became(task, now)
        elif isinstance(move, Exits):
            self._hosts.exited(task, named(task, move.container), now)
        elif isinstance(move, Stops) and counted and (service := self._region.service_of(task)):
            deployments.count_failure(service, task)

    def _became(self, task: Task, now: float) -> None:
        match task.status:
            case "PENDING":
                task.obstacle = obstacle(self._region.account, self._region.name, task.definition)
            case "RUNNING":
                self._hosts.start(task, now)
                self._register(task)
            case "DEACTIVATING":
                _drain(task)
            case "DEPROVISIONING":
                self._hosts.stop(task)
                _drain(task)
            case "STOPPED":
                self._hosts.deregister(task)

    def _register(self, task: Task) -> None:
        if self._region.service_of(task) is None:
            return
        balancers = [each for each in task.request.get("loadBalancers", ()) if "targetGroupArn" in each]
        task.targets = [Target(each["targetGroupArn"], each["containerName"], each["containerPort"]) for each in balancers]
        for target in task.targets:
            self._hosts.register(task, target)

    def _serve(self, service: Service, now: float) -> None:
        tasks = self._region.tasks_of(service)
        _tell_of_targets(service, tasks, now)
        for task in tasks:
            deployments.notice_ready(service, task)
        for deployment in [*service.deployments, *service.task_sets]:
            deployment.rests = max(0, deployment.rests - 1)
        if service.status == "DRAINING":
            service.status = "INACTIVE" if all(task.ended for task in tasks) else "DRAINING"
        if service.status != "ACTIVE":
            return
        rollout = service.rollout
        if rollout is not None and rollout.status == "PENDING":
            rollout.status, rollout.started, rollout.updated = "IN_PROGRESS", now, now
        if rollout is not None and rollout.requested_stop:
            self._acts.stop_rollout(service, rollout, now)
            return
        for action in self._decide(service, tasks):
            self._acts.act(service, action, now)

    def _decide(self, service: Service, tasks: list[Task]) -> list[staged.Action]:
        if service.controller != "ECS":
            return list(task_set_scaling.decide(service, tasks))
        alarms, rollout = self._hosts.alarms_of(service), service.rollout
        if rollout is not None:
            rollout.triggered = alarms
        if rollout is None or service.configuration["strategy"] == "ROLLING":
            return list(rolling.decide(service, tasks, alarms))
        rollout.stage_age += 1
        return list(staged.decide(service, tasks, rollout, alarms))


def _drain(task: Task) -> None:
    for target in task.targets:
        target.state = "draining"


def _tell_of_targets(service: Service, tasks: list[Task], now: float) -> None:
    """Events for targets that came and went since the last tick, counted by group as ECS does."""
    came: Counter[str] = Counter()
    left: Counter[str] = Counter()
    draining = 0
    for task in tasks:
        for target in task.targets:
            if not target.told:
                came[target.group] += 1
                target.told = True
            if target.state == "draining" and not target.told_leaving:
                left[target.group] += 1
                target.told_leaving = True
                draining += task.status in {"DEACTIVATING", "STOPPING"}
    for group, count in came.items():
        service.say(str(uuid4()), f"registered {count} targets in (target-group {group})", now)
    for group, count in left.items():
        service.say(str(uuid4()), f"deregistered {count} targets in (target-group {group})", now)
    if draining:
        service.say(str(uuid4()), f"has begun draining connections on {draining} tasks.", now)
