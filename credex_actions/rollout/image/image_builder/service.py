"""Image Builder as one run sees it: what it has of a recipe, read and written. The claim's lease is renewed as long as the claim is ours."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import botocore.exceptions

from credex_actions.aws.heartbeat import renewed
from credex_actions.aws.lease import LEASE, is_over, own_lease, read_lease
from credex_actions.aws.scratch.steps import may_show
from credex_actions.aws.tags import RUN
from credex_actions.core.aws.clients import code_of, message_of, one_write
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost, NoEffect
from credex_actions.rollout.image.image_builder import failures
from credex_actions.rollout.image.image_builder.names import COMPONENT, DISTRIBUTION, IMAGE, INFRASTRUCTURE, RECIPE, Names, kind_of
from credex_actions.rollout.image.image_builder.requests import Requests
from credex_actions.rollout.image.image_builder.steps import (
    IN_PROGRESS,
    Build,
    CancelBuild,
    Claim,
    Define,
    Discard,
    Pieces,
    PieceStep,
    StartBuild,
    TakeOver,
)
from credex_actions.rollout.image.image_builder.store import READS, Store

TAKEN: Final = frozenset(("ResourceAlreadyExistsException", "IdempotentParameterMismatchException"))
"""Somebody else was faster: what is there shows whose it is."""
CREATES: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], Any]]] = {
    COMPONENT: lambda client, request: client.create_component(**request),
    RECIPE: lambda client, request: client.create_image_recipe(**request),
    INFRASTRUCTURE: lambda client, request: client.create_infrastructure_configuration(**request),
    DISTRIBUTION: lambda client, request: client.create_distribution_configuration(**request),
    IMAGE: lambda client, request: client.create_image(**request),
}
"""By kind."""


@dataclass
class ImageBuilder:
    """Of one recipe. `before`: builds that had ended when they were seen first: what is told of them is another run's."""

    store: Store
    requests: Requests
    run: str
    before: frozenset[str] | None = None
    claim: Claim | None = None
    build: Build | None = None
    claim_id: str = ""
    asked: datetime | None = None
    cancelled: datetime | None = None
    touched: bool = False
    seen: dict[tuple[str, bool], datetime] = field(default_factory=dict)
    reasons: dict[str, tuple[str, str]] = field(default_factory=dict)
    _holding: ExitStack = field(default_factory=ExitStack)
    _held: bool = False

    @property
    def names(self) -> Names:
        return self.requests.names

    def look(self, *, briefly: bool = False) -> Pieces:
        """`briefly`: what does not change while the AMI is tested is not read."""
        self.claim = self._claim()
        asked = self.claim is not None and (self.claim.mine or not self.claim.alive)
        if not (briefly and self.build and not self.build.in_progress):
            self.build = self._newest() if asked else None
        build = self.build
        if self.claim and self.claim.mine:
            self._hold()
        now = self.store.clock.now()
        return Pieces(
            names=tuple(self.names.resource(kind) for kind in READS),
            claim=self.claim,
            build=build,
            there=() if briefly or not asked or (build and build.in_progress) else self.store.defined(self.names),
            starting=build is None and may_show(self.asked, now),
            cancelling_for=(now - self.cancelled).total_seconds() if self.cancelled else None,
        )

    def _claim(self) -> Claim | None:
        record = self.store.read(self.names.arn(DISTRIBUTION))
        if record is None:
            return None
        tags = record.get("tags", {})
        created_by = [each.get("amiDistributionConfiguration", {}).get("amiTags", {}).get(RUN, "") for each in record["distributions"]]
        by = created_by[0] if created_by else ""
        self.claim_id = f"{record.get('dateCreated', '')} {by}"
        mine = tags.get(RUN) == self.run
        alive = mine or not is_over(read_lease(tags.get(LEASE, "")), self.store.clock.now())
        return Claim(resource=self.names.resource(DISTRIBUTION), run=tags.get(RUN, ""), by=by, mine=mine, alive=alive)

    def _newest(self) -> Build | None:
        listed = self.store.builds(self.names.arn(IMAGE))
        if self.before is None:
            ended = (each for each in listed if each["state"]["status"] not in IN_PROGRESS)
            self.before = frozenset(self.names.resource_of(each["arn"]) for each in ended)
        return self._build(listed[-1]) if listed else None

    def _build(self, summary: Mapping[str, Any]) -> Build:
        arn, state, now = summary["arn"], summary["state"]["status"], self.store.clock.now()
        resource, self.asked = self.names.resource_of(arn), None
        in_progress = state in IN_PROGRESS
        seen_for = (now - self.seen.setdefault((resource, in_progress), now)).total_seconds()
        if in_progress:
            return Build(resource=resource, state=state, progress=self._progress(arn), seen_for=seen_for)
        ours = resource not in (self.before or ())
        why, log = self._reason(arn) if state == "FAILED" and ours else ("", "")
        return Build(resource=resource, state=state, ours=ours, why=why, log=log, seen_for=seen_for)

    def _progress(self, arn: str) -> str:
        """Of the workflow that runs."""
        running = next((each for each in self.store.workflows(arn) if each.get("status") == "RUNNING"), None)
        if running is None or not running.get("totalStepCount"):
            return ""
        return f"{running.get('totalStepsSucceeded', 0)} of {running['totalStepCount']} steps of its {running.get('type', '')} workflow"

    def _reason(self, arn: str) -> tuple[str, str]:
        if arn not in self.reasons:
            image = self.store.read(arn) or {}
            workflows = self.store.workflows(arn)
            failed = [each["workflowExecutionId"] for each in workflows if each.get("status") == "FAILED"]
            steps = [step for each in failed for step in self.store.steps(each)]
            self.reasons[arn] = (failures.reason(image, workflows, steps), failures.log_of(image, self.names.name))
        return self.reasons[arn]

    def act(self, step: PieceStep) -> None:
        self.touched = True
        match step:
            case Define(resource=resource):
                self._define(kind_of(resource))
            case TakeOver():
                tags = {RUN: self.run, LEASE: str(own_lease(self.store.clock.now()))}
                with one_write():
                    self._write.tag_resource(resourceArn=self.names.arn(DISTRIBUTION), tags=tags)
            case StartBuild():
                self._start()
            case CancelBuild(resource=resource):
                self.store.cancel(f"{self.names.of}{resource}", self.run)
                self.cancelled = self.store.clock.now()
            case Discard(resource=resource):
                self.store.delete(f"{self.names.of}{resource}")
                self.cancelled = None if kind_of(resource) == IMAGE else self.cancelled

    @property
    def _write(self) -> Any:
        return self.store.clients.write("imagebuilder")

    def _define(self, kind: str) -> None:
        request = self.requests.definition(kind, self.run)
        if kind == DISTRIBUTION:
            request["tags"] |= {LEASE: str(own_lease(self.store.clock.now()))}
        self._created(kind, request)

    def _start(self) -> None:
        try:
            self._created(IMAGE, self.requests.build(self.claim_id, self._shared))
        except (NoEffect, Failure, botocore.exceptions.ClientError):
            raise
        except BaseException:
            self.asked = self.store.clock.now()  # it may have worked
            raise
        self.asked = self.store.clock.now()

    @property
    def _shared(self) -> dict[str, str]:
        """Tags that are the same whichever run starts the build: else its client token would be refused."""
        return {key: value for key, value in self.requests.own.items() if key != RUN}

    def _created(self, kind: str, request: Mapping[str, Any]) -> None:
        try:
            with one_write():
                CREATES[kind](self._write, request)
        except botocore.exceptions.ClientError as error:
            if code_of(error) in TAKEN:
                raise Lost(message_of(error)) from error
            if code_of(error) == "ServiceQuotaExceededException":
                what = f"Image Builder's quota is reached: {message_of(error)}"
                raise Failure(Exit.REMOTE, Fault(what, "Wait for other builds, or request an increase of the quota.")) from None
            raise

    def _hold(self) -> None:
        if not self._held:
            self._held = True
            self._holding.enter_context(renewed(self.store.clock, self._renew))

    def _renew(self) -> None:
        if self.claim and self.claim.mine:
            self._write.tag_resource(resourceArn=self.names.arn(DISTRIBUTION), tags={LEASE: str(own_lease(self.store.clock.now()))})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._holding.close()
