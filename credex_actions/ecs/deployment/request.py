"""What a user asks of a deployment, read and checked before the first call: all faults at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from credex_actions.core.documents.document import read_document
from credex_actions.core.documents.json_paths import Pattern
from credex_actions.core.faults import Exit, Failure, Fault, collected
from credex_actions.declarations.deploy_task_definition import Inputs
from credex_actions.ecs import ebs_volumes
from credex_actions.ecs.codedeploy import request as codedeploy_request
from credex_actions.ecs.definition.meaning import semantic
from credex_actions.ecs.definition.registration import judge, of_definition
from credex_actions.ecs.run_task import request as task_run
from credex_actions.ecs.service import update as service_update

LONGEST_WAIT: Final = 360.0
"""Minutes. GitHub ends a job after six hours; the AWS action caps its waiting there too."""

SHORTEST_POLL: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Request:
    """`parameters`: of RegisterTaskDefinition, or None if a revision is named by `arn`. `volumes`: volumeConfigurations of UpdateService.
    `warnings`: what there is to say of the file, though ECS takes it. `unknown_fields`: see ecs/definition/unknown_fields.py.
    """

    parameters: Mapping[str, Any] | None
    meaning: object
    arn: str | None
    service: str | None
    cluster: str
    desired: int | None
    force: bool
    propagate_tags: str | None
    managed_tags: bool | None
    volumes: tuple[Mapping[str, Any], ...]
    settings: service_update.Settings
    restores: bool  # the settings are those of former-service-update, and nothing beyond them is to stay
    scheduled: tuple[str, ...]
    run_task: task_run.TaskRun | None
    codedeploy: codedeploy_request.CodeDeployRequest | None
    wait: bool
    wait_for: timedelta
    poll: float
    verify: bool
    skip_unchanged: bool
    on_failure: str
    on_cancel: str
    keep: int | None
    dry_run: bool
    warnings: tuple[Fault, ...] = ()
    unknown_fields: tuple[Pattern, ...] = ()

    @property
    def family(self) -> str:
        return str(self.parameters["family"]) if self.parameters else ""

    def settings_differ(self, described: Mapping[str, Any]) -> list[str]:
        """Members of the settings that the service has to be sent. `described`: DescribeServices' record."""
        compare = service_update.not_restored if self.restores else service_update.differing
        return compare(self.settings, described)

    @property
    def changes(self) -> dict[str, Any]:
        """What UpdateService is sent besides the service and the revision. What nobody gave is not sent: it may be Terraform's."""
        given = {
            "desiredCount": self.desired,
            "propagateTags": self.propagate_tags,
            "enableECSManagedTags": self.managed_tags,
            "volumeConfigurations": list(self.volumes) or None,
        }
        return {name: value for name, value in given.items() if value is not None} | dict(self.settings)


def read(inputs: Inputs) -> Request:
    """Raises Failure(BAD_INPUT) with every fault of the inputs and of the files that they name."""
    faults: list[Fault] = [*_contradictions(inputs)]
    warnings: list[Fault] = []
    parameters = _parameters(inputs, faults, warnings)
    task = collected(faults, lambda: task_run.parse_task_run(inputs, parameters))
    volumes = collected(faults, lambda: ebs_volumes.of_service(inputs, parameters)) or ()
    settings = collected(faults, lambda: service_update.read(inputs.service_update)) or {}
    former = collected(faults, lambda: service_update.read(inputs.former_service_update, service_update.FORMER)) or {}
    by_codedeploy = collected(faults, lambda: codedeploy_request.parse(inputs))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    poll = min(inputs.poll_seconds, inputs.wait_max_delay_seconds or inputs.poll_seconds)
    return Request(
        parameters=parameters,
        meaning=semantic(parameters) if parameters else None,
        arn=inputs.task_definition_arn,
        service=inputs.service,
        cluster=inputs.cluster,
        desired=inputs.desired_count,
        force=inputs.force_new_deployment,
        propagate_tags=inputs.propagate_tags,
        managed_tags=inputs.enable_ecs_managed_tags,
        volumes=tuple(volumes),
        settings=settings or former,
        restores=bool(former),
        scheduled=tuple(dict.fromkeys(inputs.scheduled_tasks)),
        run_task=task,
        codedeploy=by_codedeploy,
        wait=inputs.wait_for_service_stability,
        wait_for=timedelta(minutes=min(inputs.wait_for_minutes, LONGEST_WAIT)),
        poll=max(poll, SHORTEST_POLL),
        verify=inputs.verify,
        skip_unchanged=inputs.skip_unchanged,
        on_failure=inputs.on_failure,
        on_cancel=inputs.on_cancel,
        keep=inputs.keep_revisions,
        dry_run=inputs.dry_run,
        warnings=tuple(warnings),
        unknown_fields=of_definition(inputs.unknown_fields),
    )


def _contradictions(inputs: Inputs) -> Iterator[Fault]:
    if inputs.task_definition and inputs.task_definition_arn:
        yield Fault(
            "is set together with task-definition",
            "Provide the file to register or the revision to deploy, not both.",
            "task-definition-arn",
        )
    if not inputs.task_definition and not inputs.task_definition_arn:
        yield Fault("is missing", "Provide the file of the task definition, or task-definition-arn.", "task-definition")
    if inputs.service_update and inputs.former_service_update:
        yield Fault("is set together with service-update", "Provide new settings or those to restore, not both.", service_update.FORMER)
    if inputs.keep_revisions == 0:
        yield Fault("is 0", "Keep at least 1: the revision that serves.", "keep-revisions")
    if inputs.tags and not inputs.task_definition:
        yield Fault("are set, but nothing is registered", "Tags are set on a revision that is registered from task-definition.", "tags")
    if inputs.scheduled_tasks and inputs.service and not inputs.wait_for_service_stability:
        hint = "Follow the deployment (wait-for-service-stability: true): they get the revision after a successful deployment."
        yield Fault("is set, but the deployment is not followed", hint, "scheduled-tasks")
    if inputs.service:
        return
    for name, given in (
        ("desired-count", inputs.desired_count is not None),
        ("force-new-deployment", inputs.force_new_deployment),
        ("service-managed-ebs-volume", inputs.service_managed_ebs_volume is not None),
        (service_update.NAME, inputs.service_update is not None),
        (service_update.FORMER, inputs.former_service_update is not None),
        ("on-failure", inputs.on_failure == "rollback"),
    ):
        if given:
            yield Fault("is set, but no service", "Is the service name empty? Provide service, or remove this input.", name)


def _parameters(inputs: Inputs, faults: list[Fault], warnings: list[Fault]) -> dict[str, Any] | None:
    """RegisterTaskDefinition's parameters from the file, its empty values removed and the tags of the input added."""
    given = inputs.task_definition
    if not given:
        return None
    document = collected(faults, lambda: read_document(given, "task-definition"))
    if document is None:
        return None
    judged = judge(document, keep=inputs.keep_null_value_keys, unknown=of_definition(inputs.unknown_fields))
    faults.extend(judged.faults)
    warnings.extend(judged.warnings)
    if judged.faults:
        return None
    parameters = judged.parameters
    if inputs.tags:
        kept = [tag for tag in parameters.get("tags", []) if tag["key"] not in inputs.tags]
        parameters["tags"] = [*kept, *({"key": key, "value": value} for key, value in inputs.tags.items())]
    return parameters
