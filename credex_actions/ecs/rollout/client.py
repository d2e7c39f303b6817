"""The rollout's two ends: looks at ECS, and sends UpdateService. What is known is not asked for again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final, assert_never

import botocore.exceptions

from credex_actions.core.aws.clients import NOT_ALLOWED, Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Operation
from credex_actions.ecs.looks import UNSUPPORTED, describe
from credex_actions.ecs.rollout.settling import Settling
from credex_actions.ecs.rollout.steps import UNDER_WAY, Force, RolloutStep, Scale, Seen, Update, Want, after, decide, ours
from credex_actions.ecs.service.described import Rollout, Service, rollout_of, service_of

LOOKS_BETWEEN: Final = 6
"""At most so many looks at the deployments list pass before the service deployments API is asked again: 12 + 2 calls a minute."""


APART: Final = timedelta(seconds=5)
"""How far apart ECS may date a deployment and its service deployment."""


@dataclass
class Rollouts:
    """`changes`: what UpdateService is sent besides the service and the revision; fields that nobody gave are never sent."""

    clients: Clients
    clock: Clock
    want: Want
    cluster: str
    changes: Mapping[str, Any]
    on_look: Callable[[Seen, str | None], None] = lambda *_: None
    ours: str | None = None
    _arn: str = ""
    _rollout: Rollout | None = None
    _allowed: bool = True
    _signature: tuple[object, ...] = ()
    _looks: int = field(default=LOOKS_BETWEEN)
    _former_arns: frozenset[str] | None = None
    _settling: Settling = field(default_factory=Settling)

    def operation(self) -> Operation[Seen, RolloutStep]:
        return Operation(self.observe, partial(decide, self.want), self.act, after)

    def observe(self) -> Seen:
        described = describe(self.clients, self.clock, self.cluster, self.want.service)
        if described is None:
            raise Failure(
                Exit.FAILED,
                Fault(f"the service {self.want.service} no longer exists", "Someone deleted it during the deployment."),
                left="the service no longer exists",
            )
        service = service_of(described)
        seen = Seen(now=self.clock.now(), service=service, ours=self.ours)
        identifier = ours(self.want, seen)
        if self.want.wait and identifier and not self.want.keeps_deployment:
            known, rollout = self._rollout, self._observed_rollout(service, identifier)
            if rollout is not known and rollout and rollout.status not in UNDER_WAY:
                # Who took over shows in the service: it has to be looked at after the end was.
                service = service_of(describe(self.clients, self.clock, self.cluster, self.want.service) or described)
            seen = Seen(now=seen.now, service=service, ours=self.ours, rollout=rollout)
        seen = replace(seen, settled=self._settling.settled(seen, identifier, self.clock.monotonic()))
        self.on_look(seen, identifier)
        return seen

    def _observed_rollout(self, service: Service, identifier: str) -> Rollout | None:
        """Asks the service deployments API only when the cheaper view has changed, or was looked at some times."""
        signature = (service.rollout, *((each.id, each.status, each.rollout, each.running) for each in service.deployments))
        self._looks += 1
        if not self._allowed or (self._rollout and self._rollout.status not in UNDER_WAY):
            return self._rollout
        if signature == self._signature and self._looks < LOOKS_BETWEEN:
            return self._rollout
        self._signature, self._looks = signature, 0
        try:
            arn = self._arn or self._find(service, identifier)
            if arn:
                self._arn = arn
                ecs = self.clients.read("ecs")
                answer = look_again(self.clock, lambda: ecs.describe_service_deployments(serviceDeploymentArns=[arn]))
                found = answer.get("serviceDeployments", [])
                self._rollout = rollout_of(found[0]) if found else None
        except botocore.exceptions.ClientError as error:
            if code_of(error) not in NOT_ALLOWED | UNSUPPORTED:
                raise
            self._allowed = False  # the deployments list and the events tell it too
        return self._rollout

    def _find(self, service: Service, identifier: str) -> str:
        """The service deployment that is ours: the newest one of our revision, while our deployment is the primary one."""
        primary = service.primary
        if primary is None or primary.id != identifier:
            return ""
        if service.rollout:
            return service.rollout if service.rollout not in self.former_arns() or self.want.follows else ""
        ecs = self.clients.read("ecs")
        listed = look_again(
            self.clock, lambda: ecs.list_service_deployments(cluster=self.cluster, service=self.want.service, maxResults=10)
        )
        fresh = [
            each
            for each in listed.get("serviceDeployments", [])
            if (self.want.follows or each["serviceDeploymentArn"] not in self.former_arns())
            and (primary.created is None or each["createdAt"] >= primary.created - APART)
        ]
        newest = max(fresh, key=lambda each: each["createdAt"], default=None)
        return newest["serviceDeploymentArn"] if newest else ""

    def former_arns(self) -> frozenset[str]:
        """The service deployments that were there before ours; looked up once, before the update is sent."""
        if self._former_arns is None:
            ecs = self.clients.read("ecs")
            try:
                listed = look_again(
                    self.clock, lambda: ecs.list_service_deployments(cluster=self.cluster, service=self.want.service, maxResults=100)
                )
                self._former_arns = frozenset(each["serviceDeploymentArn"] for each in listed.get("serviceDeployments", []))
            except botocore.exceptions.ClientError as error:
                if code_of(error) not in NOT_ALLOWED | UNSUPPORTED:
                    raise
                self._allowed, self._former_arns = False, frozenset()
        return self._former_arns

    def act(self, step: RolloutStep) -> None:
        former = self.former_arns() if self.want.wait else frozenset()
        ecs = self.clients.write("ecs")
        changes = dict(self.changes)
        match step:
            case Update(revision=revision):
                changes["taskDefinition"] = revision
            case Force(revision=revision):
                changes |= {"taskDefinition": revision, "forceNewDeployment": True}
            case Scale():
                pass
            case _:
                assert_never(step)
        with one_write():
            answer = ecs.update_service(cluster=self.cluster, service=self.want.service, **changes)
        service = service_of(answer["service"])
        self.ours = service.primary.id if service.primary else None
        if service.rollout and service.rollout not in former and self.ours not in self.want.before:
            self._arn = service.rollout
