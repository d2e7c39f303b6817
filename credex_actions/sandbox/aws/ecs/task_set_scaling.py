"""How the tasks of task sets are kept in number. Pure, as rolling.py; the actions are the same."""

from collections.abc import Iterator, Sequence

from credex_actions.sandbox.aws.ecs.deciding.rolling import Action, Place, Steady, Stop, unhealthy
from credex_actions.sandbox.aws.ecs.records import Service, Task
from credex_actions.sandbox.aws.ecs.task_sets import computed


def decide(service: Service, tasks: Sequence[Task]) -> Iterator[Action]:
    stopping = list(unhealthy(tasks))
    yield from stopping
    gone = {identifier for stop in stopping for identifier in stop.tasks}
    steady = bool(service.task_sets) and all(task.counts or task.ended for task in tasks)
    for task_set in service.task_sets:
        own = [task for task in tasks if task.deployment == task_set.id and task.counts and task.id not in gone]
        missing = computed(service, task_set) - len(own)
        if missing > 0 and not task_set.rests:
            yield Place(task_set.id, missing)
        elif missing < 0:
            yield Stop(tuple(task.id for task in own[:-missing]), f"Scaling activity initiated by (task-set {task_set.id})")
        steady = steady and missing == 0 and all(task.ready for task in own)
    if steady and not service.steady:
        yield Steady()
