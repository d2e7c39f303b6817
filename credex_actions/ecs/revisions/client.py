"""The ends of registering and pruning: what ECS knows of a family's revisions, and of who uses them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, assert_never

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.loop import Lost, Operation
from credex_actions.ecs.arns import short
from credex_actions.ecs.definition.meaning import semantic
from credex_actions.ecs.definition.registration import clean
from credex_actions.ecs.looks import until_it_shows
from credex_actions.ecs.revisions.steps import (
    Deregister,
    Register,
    Revision,
    SeenRevisions,
    Uses,
    WantRevision,
    after_pruning,
    after_registration,
    decide_pruning,
    decide_registration,
    number_of,
    revision_of,
)
from credex_actions.ecs.scheduled import client as scheduled

LOOKED_BACK: Final = 10
"""How many of the newest revisions are searched for one whose registration was not answered."""


def meaning(described: Mapping[str, Any]) -> object:
    """What a revision says, from DescribeTaskDefinition's whole answer, in the form in which two revisions compare."""
    return semantic(clean(described))


def describe_revision(clients: Clients, clock: Clock, name: str) -> dict[str, Any] | None:
    """DescribeTaskDefinition's answer for an ARN, `family:revision` or a family's newest active revision; None if there is none."""
    ecs = clients.read("ecs")
    try:
        answer: dict[str, Any] = look_again(clock, lambda: ecs.describe_task_definition(taskDefinition=name, include=["TAGS"]))
    except botocore.exceptions.ClientError as error:
        if code_of(error) == "ClientException":  # "Unable to describe task definition."
            return None
        raise
    return answer


def revision_that_shows(clients: Clients, clock: Clock, name: str) -> dict[str, Any] | None:
    """As describe_revision, of one that somebody has named: a revision that was registered just now does not show at once."""
    return until_it_shows(clock, lambda: describe_revision(clients, clock, name))


@dataclass
class Registration:
    """Registers `parameters` as a revision. `answered`: the ARN, once ECS has answered."""

    clients: Clients
    clock: Clock
    want: WantRevision
    parameters: Mapping[str, Any]
    newest: int  # the family's highest number before
    answered: str = ""
    _lost: bool = False

    def operation(self) -> Operation[SeenRevisions, Register]:
        return Operation(self.observe, partial(decide_registration, self.want), self.act, partial(after_registration, self.want))

    def observe(self) -> SeenRevisions:
        if self.answered:
            return SeenRevisions(newest=(Revision(arn=self.answered, number=number_of(self.answered), meaning=self.want.meaning),))
        if self._lost or self.want.newer_than:
            return SeenRevisions(newest=tuple(self._newer()))
        newest = describe_revision(self.clients, self.clock, self.want.family)
        return SeenRevisions(newest=(revision_of(newest, meaning),) if newest else ())

    def _newer(self) -> Iterator[Revision]:
        return (revision_of(each, meaning) for each in self.newer())

    def newer(self) -> Iterator[dict[str, Any]]:
        """DescribeTaskDefinition's answers for the active revisions that were registered since, the newest first."""
        ecs = self.clients.read("ecs")
        listed = look_again(
            self.clock,
            lambda: ecs.list_task_definitions(familyPrefix=self.want.family, status="ACTIVE", sort="DESC", maxResults=LOOKED_BACK),
        )
        for arn in listed["taskDefinitionArns"]:
            if family_of(arn) == self.want.family and number_of(arn) > self.newest:
                described = describe_revision(self.clients, self.clock, arn)
                if described:
                    yield described

    def act(self, step: Register) -> None:
        match step:
            case Register():
                self._lost = True
                with one_write():
                    answer = self.clients.write("ecs").register_task_definition(**self.parameters)
                self.answered = answer["taskDefinition"]["taskDefinitionArn"]
            case _:
                assert_never(step)


def family_of(arn: str) -> str:
    return short(arn).rpartition(":")[0]


@dataclass
class Pruning:
    """Deregisters old revisions of `live`'s family, or of `candidates` alone. `tell_unseen` is reported where it may not look."""

    clients: Clients
    clock: Clock
    live: str
    keep: int
    cluster: str
    tell_unseen: Callable[[str], None]
    candidates: tuple[str, ...] | None = None
    former: str = ""  # what served before: whoever verifies may have to put it back
    _seen: Uses | None = None

    def operation(self) -> Operation[Uses, Deregister]:
        return Operation(self.observe, partial(decide_pruning, self.keep), self.act, after_pruning)

    def observe(self) -> Uses:
        if self._seen is None:
            active = tuple(self._active()) if self.candidates is None else (self.live, *self.candidates)
            used = frozenset(self._used()) if len(active) > self.keep else frozenset({self.live})
            self._seen = Uses(active=active, live=self.live, used=used)
        return self._seen

    def _pages(self, operation: str, key: str, **arguments: object) -> Iterator[Any]:
        paginator = self.clients.read("ecs").get_paginator(operation)
        pages = look_again(self.clock, lambda: list(paginator.paginate(**arguments)))
        for page in pages:
            yield from page[key]

    def _active(self) -> Iterator[str]:
        family = family_of(self.live)
        arns = self._pages("list_task_definitions", "taskDefinitionArns", familyPrefix=family, status="ACTIVE", sort="DESC")
        return (arn for arn in arns if family_of(arn) == family)

    def _used(self) -> Iterator[str]:
        yield from (self.live, self.former)
        clusters = self._clusters()
        for cluster in clusters:
            try:
                yield from self._used_in(cluster)
            except botocore.exceptions.ClientError as error:
                if code_of(error) not in NOT_ALLOWED:
                    raise
                self.tell_unseen(f"what runs in the cluster {cluster.rpartition('/')[2]}")
        if self.candidates is None:
            yield from self._started_by_itself([each for each in clusters if each.startswith("arn:")])

    def _started_by_itself(self, clusters: Sequence[str]) -> Iterator[str]:
        """Of rules and schedules: a revision that is deregistered starts no task any more."""
        try:
            yield from scheduled.running(self.clients, self.clock, clusters)
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in NOT_ALLOWED:
                raise
            self.tell_unseen("which EventBridge rules and schedules run this family")

    def _clusters(self) -> Sequence[str]:
        try:
            return list(self._pages("list_clusters", "clusterArns"))
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in NOT_ALLOWED:
                raise
            self.tell_unseen(f"which clusters there are besides {self.cluster}")
            return [
                self.cluster if self.cluster.startswith("arn:") else f"{self.live.partition(':task-definition/')[0]}:cluster/{self.cluster}"
            ]

    def _used_in(self, cluster: str) -> Iterator[str]:
        ecs, family = self.clients.read("ecs"), family_of(self.live)
        services = list(self._pages("list_services", "serviceArns", cluster=cluster))
        for group in _groups(services, 10):
            for service in look_again(self.clock, partial(ecs.describe_services, cluster=cluster, services=group))["services"]:
                yield from (
                    each["taskDefinition"]
                    for each in [service, *service.get("deployments", ()), *service.get("taskSets", ())]
                    if "taskDefinition" in each
                )
        tasks = list(self._pages("list_tasks", "taskArns", cluster=cluster, family=family, desiredStatus="RUNNING"))
        for group in _groups(tasks, 100):
            for task in look_again(self.clock, partial(ecs.describe_tasks, cluster=cluster, tasks=group))["tasks"]:
                yield task["taskDefinitionArn"]

    def act(self, step: Deregister) -> None:
        try:
            with one_write():
                self.clients.write("ecs").deregister_task_definition(taskDefinition=step.revision)
        except Lost:
            self._seen = None  # what became of it is looked for
            raise
        if self._seen:
            self._seen = after_pruning(self._seen, step)


def _groups(arns: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (arns[start : start + size] for start in range(0, len(arns), size))
