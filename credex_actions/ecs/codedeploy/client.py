"""A deployment by CodeDeploy: looks at it, creates it and stops it: the effects at the edge of steps.py."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, assert_never

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, code_of, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import OutOfTime
from credex_actions.core.loop import Lost, Operation, Run
from credex_actions.ecs.codedeploy.appspec import sha256
from credex_actions.ecs.codedeploy.group import Group
from credex_actions.ecs.codedeploy.narrator import CodeDeployNarrator
from credex_actions.ecs.codedeploy.request import CodeDeployRequest
from credex_actions.ecs.codedeploy.steps import CodeDeployStep, Create, Deployment, Seen, StopDeployment, Want, after, decide
from credex_actions.ecs.looks import LAG

AT_ONCE: Final = 25
"""Deployments that one BatchGetDeployments takes."""

EVERY_FAILURE: Final = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")


@dataclass
class Deploying:
    """`ours`: the id of this run's deployment, once it is known. `last`: the newest look."""

    clients: Clients
    want: CodeDeployRequest
    group: Group
    content: str
    run: Run
    narrator: CodeDeployNarrator
    ours: str = ""
    lost: bool = False
    last: Seen | None = None
    _ended_at: datetime | None = None
    rollback: Deployment | None = None
    _known: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _missed: dict[str, float] = field(default_factory=dict)

    def operation(self, steps: Want) -> Operation[Seen, CodeDeployStep]:
        return Operation(self.observe, partial(decide, steps), self.act, after)

    def observe(self) -> Seen:
        if not self.ours and self.lost:
            self._found(next((each["deploymentId"] for each in self._since() if _sha256_of(each) == sha256(self.content)), ""))
        if not self.ours:
            self.last = Seen(now=self.run.clock.now())
            return self.last
        if not self.want.wait:
            self.last = Seen(now=self.run.clock.now(), ours=Deployment(id=self.ours, status="Created"))
            return self.last
        ours = self._described(self.ours)
        if ours.ended and self._ended_at is None:
            self._ended_at = self.run.clock.now()
        if ours.rollback_id and not (self.rollback and self.rollback.ended):
            self.rollback = self._described(ours.rollback_id)
        stage = self.narrator.look(ours, self.rollback)
        successor = self._successor() if ours.ended and ours.status != "Succeeded" and not ours.rollback_id else ""
        now = self.run.clock.now()
        self.last = Seen(now=now, ours=ours, rollback=self.rollback, successor=successor, stage=stage, ended_at=self._ended_at)
        return self.last

    def _found(self, identifier: str) -> None:
        self.ours = identifier
        if identifier:
            self.narrator.tell(f"CodeDeploy deployment {identifier} was started")

    def _described(self, identifier: str) -> Deployment:
        """A deployment that has ended and has its rollback does not change any more."""
        known = self._known.get(identifier)
        if known is None or not (known["status"] == "Succeeded" or known.get("rollbackInfo", {}).get("rollbackDeploymentId")):
            codedeploy = self.clients.read("codedeploy")
            try:
                known = look_again(self.run.clock, lambda: codedeploy.get_deployment(deploymentId=identifier)["deploymentInfo"])
            except botocore.exceptions.ClientError as error:
                if code_of(error) != "DeploymentDoesNotExistException" or self.run.clock.monotonic() - self._since_when(identifier) > LAG:
                    raise
                return Deployment(id=identifier, status="Created")  # CodeDeploy answered with it, and does not show it yet
            self._known[identifier] = known
        return deployment_of(known)

    def _since_when(self, identifier: str) -> float:
        """When it was first missed."""
        return self._missed.setdefault(identifier, self.run.clock.monotonic())

    def _since(self) -> Iterator[Mapping[str, Any]]:
        """The group's deployments, but rollbacks, that began after its last one before ours.

        By CodeDeploy's own clock: the runner's may be off.
        """
        codedeploy = self.clients.read("codedeploy")
        since = {"createTimeRange": {"start": self.group.last_created}} if self.group.last_created else {}
        pages = codedeploy.get_paginator("list_deployments").paginate(
            applicationName=self.want.application, deploymentGroupName=self.want.group, **since
        )
        listed = look_again(self.run.clock, lambda: [each for page in pages for each in page["deployments"]])
        fresh = [each for each in listed if each != self.group.last_id]
        for start in range(0, len(fresh), AT_ONCE):
            group = fresh[start : start + AT_ONCE]
            found = look_again(self.run.clock, partial(codedeploy.batch_get_deployments, deploymentIds=group))["deploymentsInfo"]
            yield from (each for each in found if each.get("creator") != "codeDeployRollback")

    def _successor(self) -> str:
        """A deployment of the group that someone else began after ours; ours has to be among those that are listed."""
        ours = self._known[self.ours]
        later = (each for each in self._since() if each["deploymentId"] != self.ours and each.get("createTime") and ours.get("createTime"))
        others = (each for each in later if each["createTime"] > ours["createTime"])
        return next((each["deploymentId"] for each in others), "")

    def act(self, step: CodeDeployStep) -> None:
        match step:
            case Create():
                try:
                    with one_write():
                        answer = self.clients.write("codedeploy").create_deployment(**self._parameters())
                except (Lost, OutOfTime):
                    self.lost = True
                    raise
                self._found(answer["deploymentId"])
            case StopDeployment(deployment=identifier):
                with one_write():
                    self.stop(identifier)
            case _:
                assert_never(step)

    def stop(self, identifier: str) -> None:
        try:
            self.clients.write("codedeploy").stop_deployment(deploymentId=identifier, autoRollbackEnabled=True)
        except botocore.exceptions.ClientError as error:
            if code_of(error) != "DeploymentAlreadyCompletedException":
                raise

    def _parameters(self) -> dict[str, Any]:
        """With on-failure: rollback CodeDeploy itself rolls back to the previous revision, whatever the group says."""
        events = sorted({*self.group.rollback_events, *EVERY_FAILURE})
        back = {"enabled": True, "events": events} if self.want.on_failure == "rollback" else None
        given = {
            "applicationName": self.want.application,
            "deploymentGroupName": self.want.group,
            "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": self.content, "sha256": sha256(self.content)}},
            "description": self.want.description,
            "deploymentConfigName": self.want.config,
            "autoRollbackConfiguration": back,
        }
        return {name: value for name, value in given.items() if value is not None}


def _sha256_of(described: Mapping[str, Any]) -> str:
    revision = described.get("revision", {})
    content = revision.get("appSpecContent") or revision.get("string") or {}
    return str(content.get("sha256") or sha256(content.get("content", "")))


def deployment_of(described: Mapping[str, Any]) -> Deployment:
    """A record of GetDeployment."""
    error, rollback = described.get("errorInformation", {}), described.get("autoRollbackConfiguration", {})
    return Deployment(
        id=described["deploymentId"],
        status=described["status"],
        why=error.get("message", ""),
        error=error.get("code", ""),
        rolls_back=bool(rollback.get("enabled")),
        rollback_id=described.get("rollbackInfo", {}).get("rollbackDeploymentId", ""),
    )
