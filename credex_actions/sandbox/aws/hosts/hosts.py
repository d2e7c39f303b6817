"""What running tasks have outside ECS: something that listens, entries in target groups, lines in log groups, alarms that watch them."""

import time
from collections.abc import Callable, Sequence

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ecs.records import Container, Service, Target, Task
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.hosts import task_logs
from credex_actions.sandbox.aws.hosts.load_balancer import Destination, LoadBalancers
from credex_actions.sandbox.aws.hosts.loopback import Loopback, Place, spare_address
from credex_actions.sandbox.aws.hosts.task_server import handler_of


class Hosts:
    def __init__(self, region: Region, loopback: Loopback) -> None:
        self._region = region
        self._loopback = loopback
        self._places: dict[tuple[str, str], Place] = {}
        self.balancers = LoadBalancers(loopback, region.account, region.name, self.destinations)

    def start(self, task: Task, now: float) -> None:
        task.address = spare_address()
        for container in task.containers:
            if container.behaviour.listens and container.port:
                handler = handler_of(task, container, self._logger(task, container.name))
                place = self._loopback.listen(handler, container.port, task.address)
                self._places[task.id, container.name] = place
                task.address = place.address  # differs only if the machine has but one loopback address
            self._write(task, container.name, task_logs.first_lines(container), now)

    def _logger(self, task: Task, container: str) -> Callable[[str], None]:
        return lambda line: self._write(task, container, [line], time.time())

    def _write(self, task: Task, container: str, lines: Sequence[str], now: float) -> None:
        task_logs.write(self._region.account, self._region.name, task, container, lines, now)

    def exited(self, task: Task, container: Container, now: float) -> None:
        self._write(task, container.name, task_logs.last_lines(container), now)
        self._free(task, container.name)

    def stop(self, task: Task) -> None:
        for container in task.containers:
            self._free(task, container.name)

    def _free(self, task: Task, container: str) -> None:
        if place := self._places.pop((task.id, container), None):
            self._loopback.free(place)

    def close(self) -> None:
        for place in self._places.values():
            self._loopback.free(place)
        self._places.clear()
        self.balancers.close()

    def register(self, task: Task, target: Target) -> None:
        group = backend("elbv2", self._region.account, self._region.name).target_groups.get(target.group)
        if group is not None:
            group.register([{"Id": task.address, "Port": target.port}])

    def deregister(self, task: Task) -> None:
        for target in task.targets:
            group = backend("elbv2", self._region.account, self._region.name).target_groups.get(target.group)
            if group is not None and task.address in group.targets:
                group.deregister([{"Id": task.address, "Port": target.port}])
        task.targets = []

    def destinations(self, group: str) -> list[Destination]:
        """Where the healthy targets of a group really listen."""
        found = []
        for task in list(self._region.tasks.values()):
            for target in task.targets:
                place = self._places.get((task.id, target.container))
                if target.group == group and target.state == "healthy" and place:
                    found.append(Destination(place.address, place.port))
        return found

    def target_states(self, group: str) -> dict[str, str]:
        """Address -> state, of the targets that are tasks."""
        return {
            task.address: target.state for task in list(self._region.tasks.values()) for target in task.targets if target.group == group
        }

    def alarms_of(self, service: Service) -> list[str]:
        """The names of the deployment's alarms that are in ALARM."""
        watch = service.configuration.get("alarms", {})
        if not watch.get("enable"):
            return []
        alarms = backend("cloudwatch", self._region.account, self._region.name).alarms
        return [name for name in watch.get("alarmNames", ()) if name in alarms and alarms[name].state_value == "ALARM"]
