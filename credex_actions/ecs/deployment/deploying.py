"""One call of deploy-task-definition, from the first look to the last word: the order of things, and nothing else.

look at what is there -> refuse what cannot work -> register -> run a task -> roll out -> put back, or prune
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, explain
from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import Cancelled, Clock, SystemClock
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.core.loop import Done, drive
from credex_actions.core.runner import Runner
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs import ebs_volumes
from credex_actions.ecs.arns import short
from credex_actions.ecs.codedeploy import deploying as codedeploy
from credex_actions.ecs.codedeploy import group as codedeploy_group
from credex_actions.ecs.definition import unknown_fields
from credex_actions.ecs.definition.registration import clean
from credex_actions.ecs.definition.secrets.guard import mask_plaintext
from credex_actions.ecs.deployment import plan as deployment_plan
from credex_actions.ecs.deployment import request
from credex_actions.ecs.deployment.earlier_tasks import look_at_cluster, look_for_earlier
from credex_actions.ecs.deployment.following import follow, put_back, reason, wanted
from credex_actions.ecs.deployment.pushed_again import pushed_again
from credex_actions.ecs.deployment.report import conclude
from credex_actions.ecs.deployment.situation import Situation, look, reasons, same
from credex_actions.ecs.deployment.tidying import deregister_spares, prune
from credex_actions.ecs.deployment.work import Work
from credex_actions.ecs.looks import NEW
from credex_actions.ecs.preflight.looking import preflight
from credex_actions.ecs.revisions.client import Registration, describe_revision, family_of, meaning, revision_that_shows
from credex_actions.ecs.revisions.steps import WantRevision, revision_of
from credex_actions.ecs.rollout.steps import RolloutStep
from credex_actions.ecs.run_task import request as task_run
from credex_actions.ecs.run_task.client import TaskRunCancelled, run_task
from credex_actions.ecs.scheduled import NAME as SCHEDULED
from credex_actions.ecs.scheduled import Scheduled, ScheduledCancelled
from credex_actions.ecs.service import update as service_update
from credex_actions.ecs.service.described import Service

GIVES_UP: Final = frozenset(("failed", "timed-out"))
NEW_IMAGE: Final = "its tag names the new image by now; push the one before again, or name it by its digest"
"""Outcomes after which on-failure: rollback acts. Another's deployment, or another's zero, is not ours to undo."""


def deploy(asked: request.Request, inputs: Inputs, runner: Runner) -> dict[str, str | None]:
    """Deploys as is `asked`, and signs in as `inputs` say. Answers the outputs; raises Failure, which holds outputs too (Partial) once there are any."""
    own = SystemClock(hurried=runner.in_actions)
    with own.listening():
        clients = Clients(inputs.max_retries, signed_in(inputs, runner, own), before_write=own.check)
        return _deploy(asked, runner, clients, own)


def deploy_within(inputs: Inputs, runner: Runner, clients: Clients, clock: Clock) -> dict[str, str | None]:
    """The same as a part of another command, which has its clients, and listens to signals itself."""
    return _deploy(request.read(inputs), runner, clients, clock)


def _deploy(asked: request.Request, runner: Runner, clients: Clients, clock: Clock) -> dict[str, str | None]:
    for warning in asked.warnings:
        runner.warning(warning)
    return Deployer(Work(runner, clock, clients, asked)).deploy()


@contextmanager
def _in_words(left: Callable[[], str]) -> Iterator[None]:
    try:
        yield
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise explain(error, left()) from error


def _refuse(faults: Iterable[Fault], code: Exit = Exit.BAD_INPUT) -> None:
    found = list(faults)
    if found:
        raise Failure(code, *found)


@dataclass
class Deployer:
    work: Work
    group: codedeploy_group.Group | None = None
    registration: Registration | None = None
    anew: bool = False  # the revision serves, and its tasks are to be replaced all the same
    scheduled: Scheduled = field(default_factory=Scheduled)

    def deploy(self) -> dict[str, str | None]:
        work = self.work
        try:
            with _in_words(lambda: NOTHING_CHANGED):
                if work.asked.unknown_fields:
                    unknown_fields.read_back(work.clients.read("ecs"), work.asked.unknown_fields)
                situation, definition = self._look()
                why = [*reasons(work.asked, situation), *self._pushed_again(situation, definition)]
                if why and work.asked.verify:
                    self._preflight(definition, situation)
        except Cancelled as cancelled:
            raise Failure(Exit.of(cancelled), Fault("was cancelled before anything was changed")) from None
        if work.asked.dry_run:
            return self._planned(situation, why)
        try:
            with work.progress.shown(), _in_words(work.run.state):
                done = self._move_scheduled(situation, self._carry_out(situation, definition, why))
                self._prune(situation, done, why)
                if self.registration:
                    deregister_spares(work, self.registration)
        except Cancelled as cancelled:
            return self._cancelled(definition, cancelled)
        except Failure as failure:
            raise Partial(failure, work.result.outputs()) from failure
        work.result.outcome, work.result.why = done.outcome, done.why
        if self.scheduled.failed:
            work.result.why, work.result.put_back = "; ".join(self.scheduled.failed), self.scheduled.state(work.result.revision)
            return conclude(work.runner, work.run, work.asked, work.result, Exit.REMOTE)
        return conclude(work.runner, work.run, work.asked, work.result)

    def _look(self) -> tuple[Situation, Mapping[str, Any]]:
        """What is there, and the definition that is to serve. Raises Failure for what cannot work, before anything is changed."""
        work = self.work
        situation = look(work.clients, work.clock, work.asked)
        work.result.former = situation.serving
        definition = work.asked.parameters if work.asked.parameters is not None else self._named_revision()
        if work.asked.run_task and not work.asked.service:
            look_at_cluster(work)
        # its containers may write them into their logs, whose last lines are shown
        mask_plaintext(work.runner, definition)
        service = situation.service
        if service and service.controller not in {"ECS", "CODE_DEPLOY"}:
            what = f"the service {service.name} has the deployment controller {service.controller}"
            _refuse([Fault(what, "Deploy with that controller; this action supports ECS and CODE_DEPLOY.", "service")])
        if service and service.controller == "CODE_DEPLOY":
            self._look_for_codedeploy(definition)
        if work.asked.run_task and work.asked.run_task.as_service and situation.described:
            work.asked = replace(work.asked, run_task=task_run.placed(work.asked.run_task, situation.described))
        if service and service.controller == "ECS" and situation.described:
            settings, described = work.asked.settings, situation.described
            _refuse(service_update.misfits(settings, described, definition))
            work.differing = work.asked.settings_differ(described)
            work.result.former_settings = service_update.former(settings, described)
            work.left_settings = service_update.left(settings, described)
        self.scheduled = Scheduled.look(work.clients, work.clock, work.asked.scheduled, work.asked.family or family_of(str(work.asked.arn)))
        for entry in self.scheduled.idle:
            work.runner.warning(Fault(f"{entry} matches no rule or schedule that runs this family", "Check its spelling.", SCHEDULED))
        return situation, definition

    def _named_revision(self) -> Mapping[str, Any]:
        work = self.work
        described = revision_that_shows(work.clients, work.clock, str(work.asked.arn))
        if described is None or described["taskDefinition"].get("status") == "INACTIVE":
            what = f"the revision {short(str(work.asked.arn))} {'is deregistered' if described else 'does not exist'}"
            raise Failure(Exit.BAD_INPUT, Fault(what, "Provide an active revision.", "task-definition-arn"))
        work.asked = replace(work.asked, arn=described["taskDefinition"]["taskDefinitionArn"])
        definition = clean(described)
        faults = list(task_run.against_definition(work.asked.run_task, definition)) if work.asked.run_task else []
        for volume in work.asked.volumes:
            faults += ebs_volumes.misplaced("service-managed-ebs-volume", volume["name"], definition)
        _refuse(faults)
        return definition

    def _look_for_codedeploy(self, definition: Mapping[str, Any]) -> None:
        """The AppSpec, even if it is the default one, and the deployment group; and what CodeDeploy would silently leave out."""
        work, wanted = self.work, self.work.asked.codedeploy
        assert wanted is not None
        _refuse(wanted.faults if wanted.appspec is None else wanted.appspec.misfits(definition))
        self.group = codedeploy_group.look(work.clients, work.clock, wanted, self._is_asked_for)
        ignored = {
            "desired-count": work.asked.desired is not None,
            "force-new-deployment": work.asked.force,
            "service-managed-ebs-volume": work.asked.volumes,
            service_update.NAME: work.asked.settings,
        }
        for name in (name for name, given in ignored.items() if given):
            work.runner.warning(Fault("has no effect: this service is deployed by CodeDeploy", "Set it on the service itself.", name))

    def _is_asked_for(self, revision: str) -> bool:
        described = describe_revision(self.work.clients, self.work.clock, revision)
        return described is not None and same(self.work.asked, revision_of(described, meaning))

    def _pushed_again(self, situation: Situation, definition: Mapping[str, Any]) -> list[str]:
        """Asked next to other reasons, too: a task that is run, or another count, starts no deployment of the revision that serves.

        Not while a deployment is in progress, which looked its tags up; nor where a revision was named, which is to be as it is, or another is deployed.
        """
        service, asked = situation.service, self.work.asked
        if service is None or service.controller != "ECS" or situation.under_way or asked.parameters is None:
            return []
        if deployment_plan.revision_at_hand(asked, situation) != service.revision:
            return []
        found = pushed_again(self.work.clients, service, definition, self.work.runner.info)
        self.anew = bool(found)
        return [f"{image} was pushed again since its tasks were started" for image in found]

    def _preflight(self, definition: Mapping[str, Any], situation: Situation) -> None:
        runner = self.work.runner
        findings = preflight(self.work.clients, definition, situation.described)
        if any(each.state == "fault" for each in findings):
            self.work.clock.sleep(NEW)  # what was made just now does not show at once
            findings = preflight(self.work.clients, definition, situation.described)
        marks = {"ok": "ok     ", "skipped": "skipped", "fault": "FAULT  "}
        with runner.group("Preflight checks"):
            for finding in findings:
                runner.info(f"{marks[finding.state]} {finding.subject}: {finding.what}")
        skipped = [finding.subject for finding in findings if finding.state == "skipped"]
        if skipped:
            runner.notice(Fault(f"Preflight checks skipped: {'; '.join(skipped)}", "The log shows why.", "verify"))
        _refuse((Fault(f"{each.subject}: {each.what}", each.hint, "verify") for each in findings if each.state == "fault"), Exit.REFUSED)

    def _planned(self, situation: Situation, why: list[str]) -> dict[str, str | None]:
        lines = deployment_plan.in_words(self.work.asked, situation, why)
        lines += self.scheduled.plan(deployment_plan.revision_at_hand(self.work.asked, situation))
        begin = f"Dry run: nothing was changed. {'; '.join(why)}. This" if why else "Dry run: nothing was changed. This"
        self.work.runner.result("\n".join([f"{begin} would be done:", *(f"- {line}" for line in lines)]))
        self.work.runner.report.update({"plan": lines, "reasons": why})
        return self.work.result.outputs()

    def _carry_out(self, situation: Situation, definition: Mapping[str, Any], why: list[str]) -> Done:
        work, service = self.work, situation.service
        if not why:
            return self._unchanged(situation, definition)
        work.progress.line(f"Deploying: {'; '.join(why)}.")
        under_way = self.group.revision if self.group else ""
        work.result.revision = under_way or deployment_plan.revision_at_hand(work.asked, situation) or self._register(situation)
        if work.asked.run_task and (failed := self._run_task(situation)):
            return failed
        if service is None:
            return Done("registered")
        if service.controller == "CODE_DEPLOY":
            return self._by_codedeploy()
        done = self._roll_out(situation, service, definition)
        if done.outcome in GIVES_UP and self.anew and not (work.asked.on_failure == "rollback" and work.differing):
            going_on = f"deployment {work.result.deployment} continues in ECS; " if done.outcome == "timed-out" else ""
            work.result.put_back = f"{going_on}nothing to roll back to: {short(work.result.revision)} served before, and {NEW_IMAGE}"
        elif done.outcome in GIVES_UP and work.asked.on_failure == "rollback":
            self._put_back(situation.serving, definition)
        return done

    def _move_scheduled(self, situation: Situation, done: Done) -> Done:
        """Rules and schedules of the family, once its revision has proved itself; even if only they are behind."""
        work = self.work
        if done.outcome not in {"completed", "registered", "unchanged"} or not self.scheduled.behind(work.result.revision):
            return done
        work.result.outcome = done.outcome
        self.scheduled.move(work.clients, work.run, work.result.revision, reason)
        work.runner.report["scheduled-tasks"] = {"moved": self.scheduled.moved, "failed": self.scheduled.failed}
        if done.outcome != "unchanged":
            return done
        return Done("completed" if situation.service else "registered")

    def _prune(self, situation: Situation, done: Done, why: list[str]) -> None:
        """Not while a rule or schedule still runs a revision that would go: a deregistered one starts no task."""
        keep, service = self.work.asked.keep, situation.service
        if keep and why and done.outcome == "completed" and service and service.controller == "ECS" and not self.scheduled.failed:
            prune(self.work, keep)

    def _unchanged(self, situation: Situation, definition: Mapping[str, Any]) -> Done:
        """Nothing to do but to see a deployment that is in progress to its end."""
        work, service = self.work, situation.service
        work.result.revision = situation.live.arn if situation.live else ""
        primary = service.primary if service else None
        work.result.deployment = primary.id if primary else ""
        work.result.tasks = service.desired if service else None
        if self.group and self.group.running and work.asked.wait:
            work.result.revision = self.group.revision
            done = self._by_codedeploy()
            return Done("unchanged") if done.outcome == "completed" else done
        if service is None or primary is None or service.controller != "ECS" or not (situation.under_way and work.asked.wait):
            return Done("unchanged")
        work.progress.line(f"{short(work.result.revision)} does not differ; its deployment is still in progress, and is followed.")
        work.result.followed = True
        # The run that began it may have been killed: what it would have put back, this one does.
        former = next((each.revision for each in service.deployments if each.status == "ACTIVE" and each.revision != service.revision), "")
        work.result.former = former or work.result.former
        done = follow(work, service, definition, replace(wanted(work, service), follows=primary.id), {})
        if former and done.outcome in GIVES_UP and work.asked.on_failure == "rollback":
            put_back(work, former, definition)
        return Done("unchanged") if done.outcome == "completed" else done

    def _register(self, situation: Situation) -> str:
        work = self.work
        newer_than = 0 if work.asked.skip_unchanged else situation.newest
        want = WantRevision(family=work.asked.family, meaning=work.asked.meaning, newer_than=newer_than)
        parameters, unknown = unknown_fields.split(work.asked.parameters or {}, work.asked.unknown_fields)
        if unknown:
            unknown_fields.send(work.clients.write("ecs"), unknown)
        self.registration = Registration(work.clients, work.clock, want, parameters, situation.newest)
        return drive(self.registration.operation(), work.run).outcome

    def _run_task(self, situation: Situation) -> Done | None:
        """Runs the task; answers how the whole ends where the task does not let it continue."""
        work = self.work
        assert work.asked.run_task is not None
        earlier = look_for_earlier(work, newest=situation.newest)
        for sentence in earlier.told:
            work.progress.line(sentence)
        outcome = run_task(work.clients, work.asked.run_task, work.result.revision, work.run, work.progress.line, earlier.uses)
        work.result.run_tasks = outcome.arns
        for warning in outcome.warnings:
            work.runner.warning(Fault(warning))
        if outcome.outcome in {"completed", "started"}:
            return None
        work.result.stopped.extend(outcome.stopped)
        work.result.put_back = outcome.left
        return Done(outcome.outcome, f"run-task: {outcome.why}{', so the service was not updated' if work.asked.service else ''}")

    def _by_codedeploy(self) -> Done:
        work = self.work
        assert work.asked.codedeploy is not None
        outcome = codedeploy.deploy_by_codedeploy(
            work.clients, work.asked.codedeploy, work.result.revision, work.run, work.progress.line, group=self.group
        )
        self._note(outcome)
        if outcome.outcome == "timed-out" and work.asked.on_failure == "rollback":
            back = codedeploy.put_back(work.clients, work.asked.codedeploy, outcome.deployment_id, work.run, work.progress.line)
            work.result.put_back = f"CodeDeploy rolled back to the previous revision ({back.outcome}{f': {back.why}' if back.why else ''})"
        return Done(outcome.outcome, outcome.why)

    def _note(self, outcome: codedeploy.CodeDeployOutcome) -> None:
        self.work.result.codedeploy = outcome.deployment_id
        self.work.result.stopped.extend(outcome.stopped)
        self.work.result.put_back = outcome.left

    def _roll_out(self, situation: Situation, service: Service, definition: Mapping[str, Any]) -> Done:
        work = self.work
        if work.asked.wait and not service.breaks and service.strategy == "ROLLING":
            what = f"the service {service.name} has no deployment circuit breaker"
            work.runner.notice(
                Fault(
                    what,
                    f"A broken image is detected only after {work.asked.wait_for} (wait-for-minutes); a circuit breaker detects it sooner.",
                    "service",
                )
            )
        want = wanted(work, service)
        if (situation.live_failed or self.anew) and work.result.revision == service.revision:
            want = replace(want, forced=True, keeps_deployment=False)  # ECS starts no deployment of the same revision unless it is told to
        return follow(work, service, definition, want, work.asked.changes)

    def _put_back(self, former: str | None, definition: Mapping[str, Any]) -> None:
        put_back(self.work, former or "", definition)
        if self.anew:
            self.work.result.put_back += f"; only its settings are those from before: {NEW_IMAGE}"

    def _cancelled(self, definition: Mapping[str, Any], cancelled: Cancelled) -> dict[str, str | None]:
        work, result = self.work, self.work.result
        result.outcome, result.why = "cancelled", f"{cancelled} was received"
        if isinstance(cancelled, TaskRunCancelled):
            result.run_tasks, result.put_back = cancelled.outcome.arns, cancelled.outcome.left
        elif isinstance(cancelled, ScheduledCancelled):
            result.put_back = cancelled.left
        elif isinstance(cancelled, codedeploy.CodeDeployCancelled):
            self._note(cancelled.outcome)
        elif not result.deployment and not any(isinstance(step, RolloutStep) for step in work.run.sent):
            result.put_back = work.run.state()  # the service was not touched
        elif work.asked.on_cancel == "rollback" and (result.revision != result.former or work.differing):
            self._put_back(result.former, definition)
        elif not result.deployment:
            result.put_back = f"{work.run.state()}; running the same command again checks first, then continues"
        return conclude(work.runner, work.run, work.asked, result, Exit.of(cancelled))
