"""One call of deploy-task-definition, from the first look to the last word: the order of things, and nothing else.

    read the input -> look at what is there -> refuse what cannot work -> register -> run a task -> roll out -> put back, or prune
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import botocore.exceptions

from credex_actions.core.aws import Clients, explain, message_of
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.edge import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Done, Run, drive
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.ecs import codedeploy, request, task_run
from credex_actions.ecs.deployment_report import conclude
from credex_actions.ecs.narrator import Narrator
from credex_actions.ecs.outcome import Result, short
from credex_actions.ecs.preflight import preflight
from credex_actions.ecs.registration import clean
from credex_actions.ecs.request import Request
from credex_actions.ecs.revisions import WantRevision
from credex_actions.ecs.revisions_client import Pruning, Registration, describe_revision
from credex_actions.ecs.rollout import Want
from credex_actions.ecs.rollout_client import Rollouts
from credex_actions.ecs.service import Service
from credex_actions.ecs.situation import Situation, look, reasons, same
from credex_actions.ecs.task_run_client import TaskRunCancelled, run_task

if TYPE_CHECKING:
    from credex_actions.commands.deploy_task_definition import Inputs

PUT_BACK_WITHIN: Final = timedelta(minutes=15)
"""How long a rollback of ours is followed. GitHub kills a cancelled job ten seconds later anyway; the update is sent first."""

GIVES_UP: Final = frozenset(("failed", "timed-out"))
"""Outcomes after which on-failure: rollback acts. Another's deployment, or another's zero, is not ours to undo."""


def deploy(inputs: "Inputs", runner: Runner) -> dict[str, str | None]:
    """Deploys as `inputs` say. Answers the outputs; raises Failure, which holds outputs too (Partial) once there are any."""
    asked = request.read(inputs)
    clock = SystemClock()
    with clock.listening():
        return Deployer(runner, clock, Clients(inputs.max_retries), asked, inputs).deploy()


@contextmanager
def _in_words(left: Callable[[], str]) -> Iterator[None]:
    try:
        yield
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error, left()) from error


@dataclass
class Deployer:
    """`result` is filled while things go on, so that whatever ends the run finds in it what there is to say."""

    runner: Runner
    clock: SystemClock
    clients: Clients
    asked: Request
    inputs: "Inputs"
    result: Result = field(default_factory=Result)

    def __post_init__(self) -> None:
        self.progress = Progress(self.runner, self.clock)
        self.run = Run(self.clock, on_step=lambda step: self.progress.line(f"- {step}"), on_wait=lambda wait: self.progress.now(wait.why))

    def deploy(self) -> dict[str, str | None]:
        try:
            with _in_words(lambda: NOTHING_CHANGED):
                situation, definition = self._look()
                why = list(reasons(self.asked, situation))
                if why and self.asked.verify:
                    self._preflight(definition, situation)
        except Cancelled as cancelled:
            raise Failure(Exit(128 + cancelled.signal_number), Fault("was cancelled before anything was changed")) from None
        if self.asked.dry_run:
            return self._planned(situation, why)
        try:
            with self.progress.shown(), _in_words(self.run.state):
                done = self._carry_out(situation, definition, why)
        except Cancelled as cancelled:
            return self._cancelled(situation, definition, cancelled)
        except Failure as failure:
            raise Partial(failure, self.result.outputs()) from failure
        self.result.outcome, self.result.why = done.outcome, done.why
        return conclude(self.runner, self.run, self.asked, self.result)

    def _look(self) -> tuple[Situation, Mapping[str, Any]]:
        """What is there, and the definition that is to serve. Raises Failure for what cannot work, before anything is changed."""
        situation = look(self.clients, self.clock, self.asked)
        service = situation.service
        self.result.former = situation.serving
        definition = self.asked.parameters
        if definition is None:
            described = describe_revision(self.clients, self.clock, str(self.asked.arn))
            if described is None or described["taskDefinition"].get("status") == "INACTIVE":
                state = "is deregistered" if described else "does not exist"
                raise Failure(Exit.BAD_INPUT, Fault(f"the revision {short(str(self.asked.arn))} {state}", "Name an active revision.", "task-definition-arn"))
            self.asked = replace(self.asked, arn=described["taskDefinition"]["taskDefinitionArn"])
            definition = clean(described)
            if self.asked.run_task:
                self._raise(task_run.against_definition(self.asked.run_task, definition))
        if service and service.controller not in {"ECS", "CODE_DEPLOY"}:
            what = f"the service {service.name} is deployed by a controller of its own ({service.controller})"
            raise Failure(Exit.BAD_INPUT, Fault(what, "Deploy with that controller; this action drives ECS and CODE_DEPLOY services.", "service"))
        if service and service.controller == "CODE_DEPLOY":
            self.asked = replace(self.asked, codedeploy=self.asked.codedeploy or codedeploy.parse_codedeploy(self.inputs))
            self._refuse_for_codedeploy()
        return situation, definition

    def _refuse_for_codedeploy(self) -> None:
        """What CodeDeploy would silently leave out."""
        for name, given in (("desired-count", self.asked.desired is not None), ("force-new-deployment", self.asked.force), ("service-managed-ebs-volume", bool(self.asked.volumes))):
            if given:
                self.runner.warning(Fault("has no effect: CodeDeploy deploys this service", "Set it on the service itself.", name))

    def _raise(self, faults: Iterator[Fault]) -> None:
        found = list(faults)
        if found:
            raise Failure(Exit.BAD_INPUT, *found)

    def _preflight(self, definition: Mapping[str, Any], situation: Situation) -> None:
        findings = preflight(self.clients, definition, situation.described)
        with self.runner.group("Preflight: what the tasks need"):
            for finding in findings:
                mark = {"ok": "ok     ", "skipped": "skipped", "fault": "FAULT  "}[finding.state]
                self.runner.info(f"{mark} {finding.subject}: {finding.what}")
        skipped = [finding for finding in findings if finding.state == "skipped"]
        if skipped:
            self.runner.notice(Fault(f"preflight could not check: {'; '.join(each.subject for each in skipped)}", "The log says why.", "verify"))
        faults = [Fault(f"{each.subject}: {each.what}", each.hint, "verify") for each in findings if each.state == "fault"]
        if faults:
            raise Failure(Exit.REFUSED, *faults)

    def _planned(self, situation: Situation, why: list[str]) -> dict[str, str | None]:
        """The end of a dry run: what would be done, in words."""
        lines = self._plan(situation, why)
        self.runner.result("\n".join(["Dry run: nothing was changed. This would be done:", *(f"- {line}" for line in lines)]))
        self.runner.report["plan"] = lines
        return self.result.outputs()

    def _plan(self, situation: Situation, why: list[str]) -> list[str]:
        asked, service = self.asked, situation.service
        if not why:
            follows = ", but the deployment that is under way would be followed to its end" if situation.under_way and asked.wait else ""
            return [f"nothing: {short(situation.serving) or 'the newest revision'} means the same{follows}"]
        reuse = self._revision_at_hand(situation)
        lines = [f"because {'; '.join(why)}:", f"use {short(reuse)}, which means the same" if reuse else f"register a revision of {asked.family}"]
        lines += ["run a task of it"] if asked.run_task else []
        if service:
            by = "by CodeDeploy" if service.controller == "CODE_DEPLOY" else f"as a {service.strategy} deployment"
            lines.append(f"roll it out to {service.name} {by}{', and follow it' if asked.wait else ''}")
        lines += [f"deregister all but {asked.keep} revisions, once it serves"] if asked.keep else []
        return lines

    def _revision_at_hand(self, situation: Situation) -> str:
        """A revision that need not be registered: the named one, or the live one where it means the same."""
        if self.asked.arn:
            return self.asked.arn
        live = situation.live
        return live.arn if self.asked.skip_unchanged and live and same(self.asked, live) else ""

    def _carry_out(self, situation: Situation, definition: Mapping[str, Any], why: list[str]) -> Done:
        service = situation.service
        if not why:
            return self._unchanged(situation, definition)
        self.progress.line(f"Deploying: {'; '.join(why)}.")
        self.result.revision = self._revision_at_hand(situation) or self._register(situation)
        if self.asked.run_task and (failed := self._run_task()):
            return failed
        if service is None:
            return Done("registered")
        if service.controller == "CODE_DEPLOY":
            return self._by_codedeploy()
        done = self._roll_out(situation, service, definition)
        if done.outcome in GIVES_UP and self.asked.on_failure == "rollback":
            self._put_back(situation, definition)
        if done.outcome == "completed" and self.asked.keep:
            self._prune()
        return done

    def _unchanged(self, situation: Situation, definition: Mapping[str, Any]) -> Done:
        """Nothing to do but to see a deployment that is under way to its end."""
        service, live = situation.service, situation.live
        self.result.revision = live.arn if live else ""
        if service and service.primary:
            self.result.deployment = service.primary.id
        if not (service and service.primary and situation.under_way and self.asked.wait) or service.controller != "ECS":
            return Done("unchanged")
        self.progress.line(f"{short(self.result.revision)} means the same; its deployment is still under way and is followed.")
        done = self._follow(service, definition, replace(self._want(service), follows=service.primary.id))
        return Done("unchanged") if done.outcome == "completed" else done

    def _register(self, situation: Situation) -> str:
        assert self.asked.parameters is not None  # noqa: S101 - for the type checker: without parameters a revision is at hand
        newer_than = 0 if self.asked.skip_unchanged and not situation.live_failed else situation.newest
        want = WantRevision(family=self.asked.family, meaning=self.asked.meaning, newer_than=newer_than)
        return drive(Registration(self.clients, self.clock, want, self.asked.parameters, situation.newest).operation(), self.run).outcome

    def _run_task(self) -> Done | None:
        """Runs the task; answers how the whole ends where the task does not let it go on."""
        assert self.asked.run_task is not None  # noqa: S101 - for the type checker
        outcome = run_task(self.clients, self.asked.run_task, self.result.revision, self.run, self.progress.line)
        self.result.run_tasks = outcome.arns
        self.result.stopped.extend(outcome.stopped if outcome.outcome == "failed" else ())
        for warning in outcome.warnings:
            self.runner.warning(Fault(warning))
        if outcome.outcome in {"completed", "started"}:
            return None
        self.result.put_back = outcome.left
        return Done(outcome.outcome, f"run-task: {outcome.why}{', so the service was not updated' if self.asked.service else ''}")

    def _by_codedeploy(self) -> Done:
        assert self.asked.codedeploy is not None  # noqa: S101 - for the type checker
        outcome = codedeploy.deploy_by_codedeploy(self.clients, self.asked.codedeploy, self.result.revision, self.run, self.progress.line)
        self.result.codedeploy = outcome.deployment_id
        self.result.stopped.extend(outcome.stopped)
        self.result.put_back = outcome.left
        return Done(outcome.outcome, outcome.why)

    def _want(self, service: Service) -> Want:
        asked, changes = self.asked, set(self.asked.changes)
        return Want(
            service=service.name,
            revision=self.result.revision,
            before=frozenset(each.id for each in service.deployments),
            give_up=self.clock.now() + asked.wait_for,
            wait=asked.wait,
            desired=asked.desired if asked.desired != service.desired else None,
            keeps_deployment=self.result.revision == service.revision and not changes & {"forceNewDeployment", "volumeConfigurations"},
            zero_is_fine=service.desired == 0 or asked.desired == 0,
            poll=asked.poll,
        )

    def _roll_out(self, situation: Situation, service: Service, definition: Mapping[str, Any]) -> Done:
        if situation.live_failed and self.result.revision == service.revision:
            self.asked = replace(self.asked, force=True)  # ECS starts no deployment of the same revision unless it is told to
        if self.asked.wait and not service.breaks and service.strategy == "ROLLING":
            what = f"the service {service.name} has no deployment circuit breaker"
            self.runner.notice(Fault(what, f"A broken image is noticed only after wait-for-minutes ({self.asked.wait_for}); with a breaker ECS ends it sooner.", "service"))
        return self._follow(service, definition, self._want(service))

    def _follow(self, service: Service, definition: Mapping[str, Any], want: Want) -> Done:
        narrator = Narrator(self.clients, self.asked.cluster, definition, self.progress.line, self.result.stopped)
        narrator.skip(service)
        rollouts = Rollouts(self.clients, self.clock, want, self.asked.cluster, self.asked.changes)

        def told(seen: Any, deployment: str | None) -> None:  # noqa: ANN401 - rollout.Seen
            self.result.deployment = deployment or self.result.deployment
            narrator.look(seen, deployment)

        rollouts.on_look = told
        done = drive(rollouts.operation(), self.run)
        if done.outcome not in {"completed", "started"} and self.result.deployment:
            narrator.tell_stopped(service.name, self.result.deployment)
        return done

    def _put_back(self, situation: Situation, definition: Mapping[str, Any]) -> None:
        """Puts the former revision back, and says in `result.put_back` what became of it. Never raises for AWS: the cause stays the outcome."""
        service, former = situation.service, situation.serving
        if service is None or not former:
            self.result.put_back = "there is no former revision to put back"
            return
        self.progress.line(f"Putting {short(former)} back.")
        force = former == self.result.revision
        asked, deployment, run, revision = self.asked, self.result.deployment, self.run, self.result.revision
        back = Run(self.clock, on_step=run.on_step, on_wait=run.on_wait)
        try:
            now = look(self.clients, self.clock, replace(asked, parameters=None)).service or service
            self.asked = replace(asked, desired=None, force=force, volumes=(), propagate_tags=None, managed_tags=None)
            want = Want(
                service=service.name,
                revision=former,
                before=frozenset(each.id for each in now.deployments),
                give_up=self.clock.now() + min(PUT_BACK_WITHIN, asked.wait_for),
                zero_is_fine=True,
                poll=asked.poll,
            )
            self.run = back
            done = self._follow(now, definition, want)
            words = {"completed": f"{short(former)} was put back and serves"}
            self.result.put_back = words.get(done.outcome, f"{short(former)} was asked back, which ended as {done.outcome}{f': {done.why}' if done.why else ''}")
        except Cancelled:
            self.result.put_back = f"{short(former)} was asked back, and ECS goes on with it" if back.sent else f"{short(former)} was not asked back in time"
        except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            reason = message_of(error) if isinstance(error, botocore.exceptions.ClientError) else str(error).partition("\n")[0]
            self.result.put_back = f"putting {short(former)} back failed: {reason}; {back.state()}"
        finally:
            run.sent.update(back.sent)
            run.waits.extend(back.waits)
            self.asked, self.run, self.result.deployment, self.result.revision = asked, run, deployment, revision

    def _prune(self) -> None:
        """Takes old revisions out of use. The deployment has succeeded by now: whatever goes wrong here is a warning."""

        def unseen(what: str) -> None:
            self.runner.warning(Fault(f"may not be seen: {what}", "A revision that only serves there might be deregistered; what runs keeps running.", "keep-revisions"))

        pruning = Pruning(self.clients, self.clock, self.result.revision, int(self.asked.keep or 1), self.asked.cluster, unseen)
        try:
            drive(pruning.operation(), self.run)
        except (Failure, botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            reason = message_of(error) if isinstance(error, botocore.exceptions.ClientError) else str(error).partition("\n")[0]
            self.runner.warning(Fault(f"old revisions were not all deregistered: {reason}", "The deployment itself succeeded; the next one tries again.", "keep-revisions"))

    def _cancelled(self, situation: Situation, definition: Mapping[str, Any], cancelled: Cancelled) -> dict[str, str | None]:
        self.result.outcome = "cancelled"
        self.result.why = f"{cancelled} came"
        if isinstance(cancelled, TaskRunCancelled):
            self.result.run_tasks, self.result.put_back = cancelled.outcome.arns, cancelled.outcome.left
        elif self.asked.on_cancel == "rollback" and self.result.deployment and self.result.revision != situation.serving:
            self._put_back(situation, definition)
        elif not self.result.deployment:
            self.result.put_back = self.run.state()
        return conclude(self.runner, self.run, self.asked, self.result, Exit(128 + cancelled.signal_number))
