"""What deploy-task-definition takes, and what it hands on."""

from typing import Annotated, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, INTEGER, NUMBER, TAGS, TEXT, WORDS, choice
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume
from credex_actions.declarations.unknown_fields import UnknownFields


class Inputs(NamedTuple):
    task_definition: Annotated[str | None, Input("file with the task definition, JSON or YAML", TEXT)] = None
    task_definition_arn: Annotated[
        str | None, Input("deploy, or return to, this revision instead of registering one: ARN or family:revision", TEXT)
    ] = None
    service: Annotated[str | None, Input("name of the service; without it, the revision is only registered", TEXT)] = None
    cluster: Annotated[str, Input("name or ARN of the cluster", TEXT)] = "default"
    desired_count: Annotated[int | None, Input("desired count of the service; default: unchanged", INTEGER)] = None
    wait_for_service_stability: Annotated[bool, Input("follow the deployment to its end", BOOLEAN)] = True
    wait_for_minutes: Annotated[float, Input("how long to follow, in minutes, at most 360", NUMBER)] = 30.0
    wait_max_delay_seconds: Annotated[
        float | None, Input("upper bound of poll-seconds, for workflows written for the AWS action", NUMBER)
    ] = None
    poll_seconds: Annotated[float, Input("seconds between polls", NUMBER)] = 5.0
    verify: Annotated[
        bool, Input("before anything is registered, check that roles, images, secrets, log groups and target groups exist", BOOLEAN)
    ] = True
    skip_unchanged: Annotated[
        bool, Input("do nothing if the serving revision does not differ, and ECR has no newer image under its tags", BOOLEAN)
    ] = True
    on_failure: Annotated[
        str,
        Input("what to do after a failure or a timeout: only report, or roll back to the previous revision", choice("report", "rollback")),
    ] = "report"
    on_cancel: Annotated[
        str, Input("when cancelled: let ECS continue the deployment, or roll back to the previous revision", choice("leave", "rollback"))
    ] = "leave"
    keep_revisions: Annotated[
        int | None,
        Input(
            "after a success, keep this many revisions, the serving one included, and deregister the others that are not in use", INTEGER
        ),
    ] = None
    tags: Annotated[dict[str, str] | None, Input("tags of the revision, in addition to those in the file", TAGS)] = None
    force_new_deployment: Annotated[bool, Input("start a deployment even if nothing changed", BOOLEAN)] = False
    propagate_tags: Annotated[str | None, Input("source of the tags of new tasks", choice("SERVICE", "TASK_DEFINITION", "NONE"))] = None
    enable_ecs_managed_tags: Annotated[bool | None, Input("tag new tasks with their cluster and service", BOOLEAN)] = None
    service_managed_ebs_volume_name: Annotated[
        str | None, Input("volume in the task definition (configuredAtLaunch) that the service manages", TEXT)
    ] = None
    service_managed_ebs_volume: Annotated[
        str | None, Input("settings of that volume, a JSON object (ServiceManagedEBSVolumeConfiguration)", TEXT)
    ] = None
    service_update: Annotated[
        str | None,
        Input(
            'more settings of the service, a JSON object of UpdateService members that no other input sets, such as {"enableExecuteCommand": true}',
            TEXT,
        ),
    ] = None
    former_service_update: Annotated[
        str | None,
        Input(
            "settings to restore, as the output former-service-update of an earlier deployment has them; what was added to them is removed",
            TEXT,
        ),
    ] = None
    scheduled_tasks: Annotated[
        tuple[str, ...],
        Input(
            "EventBridge rules and schedules that run this family, names or globs: they are updated to the revision after a success", WORDS
        ),
    ] = ()
    run_task: Annotated[
        bool | None,
        Input("run one task of the revision before the service is updated (default: false)", BOOLEAN),
    ] = None
    run_task_container_overrides: Annotated[str | None, Input("container overrides of the task, a JSON array", TEXT)] = None
    run_task_security_groups: Annotated[tuple[str, ...], Input("security groups of the task", WORDS)] = ()
    run_task_subnets: Annotated[tuple[str, ...], Input("subnets of the task", WORDS)] = ()
    run_task_network: Annotated[
        str | None, Input("service: the task uses the subnets, security groups and public IP setting of the service", choice("service"))
    ] = None
    run_task_assign_public_IP: Annotated[str, Input("whether the task gets a public IP", choice("DISABLED", "ENABLED"))] = "DISABLED"  # noqa: N815 - the AWS action's name
    run_task_capacity_provider_strategy: Annotated[str | None, Input("capacity provider strategy of the task, a JSON array", TEXT)] = None
    run_task_launch_type: Annotated[
        str, Input("launch type of the task, if no capacity provider strategy is provided", choice("FARGATE", "EC2", "EXTERNAL"))
    ] = "FARGATE"
    run_task_started_by: Annotated[str, Input("startedBy of the task", TEXT)] = "GitHub-Actions"
    run_task_tags: Annotated[str | None, Input("tags of the task, a JSON array of key and value", TEXT)] = None
    run_task_managed_ebs_volume_name: Annotated[
        str | None, Input("volume in the task definition (configuredAtLaunch) that is created for the task", TEXT)
    ] = None
    run_task_managed_ebs_volume: Annotated[
        str | None, Input("settings of that volume, a JSON object (TaskManagedEBSVolumeConfiguration)", TEXT)
    ] = None
    wait_for_task_stopped: Annotated[bool, Input("wait until the task has stopped, and fail if it failed", BOOLEAN)] = False
    codedeploy_appspec: Annotated[
        str | None, Input("AppSpec file, for a service that is deployed by CodeDeploy (default: appspec.yaml)", TEXT)
    ] = None
    codedeploy_application: Annotated[str | None, Input("CodeDeploy application (default: AppECS-{cluster}-{service})", TEXT)] = None
    codedeploy_deployment_group: Annotated[str | None, Input("CodeDeploy deployment group (default: DgpECS-{cluster}-{service})", TEXT)] = (
        None
    )
    codedeploy_deployment_description: Annotated[
        str | None, Input("description of the CodeDeploy deployment, truncated to 512 characters", TEXT)
    ] = None
    codedeploy_deployment_config: Annotated[str | None, Input("CodeDeploy deployment configuration (default: the group's)", TEXT)] = None
    keep_null_value_keys: Annotated[
        tuple[str, ...], Input("keys of the task definition whose empty values are kept; others are removed", WORDS)
    ] = ()
    unknown_fields: UnknownFields = ()
    max_retries: Annotated[
        int, Input("how often a read that AWS rejected is retried; a write is retried only if that does no harm", INTEGER)
    ] = 3
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    dry_run: Annotated[bool, Input("read everything, change nothing, and report what would be done", BOOLEAN)] = False


class Outputs(NamedTuple):
    task_definition_arn: Annotated[str | None, Output("ARN of the revision")] = None
    deployment_id: Annotated[str | None, Output("id of the deployment that was followed (ecs-svc/…)")] = None
    outcome: Annotated[
        str | None,
        Output(
            "how it ended: completed, started, registered, unchanged, rolled-back, failed, superseded, scaled-to-zero, timed-out or cancelled"
        ),
    ] = None
    former_task_definition_arn: Annotated[str | None, Output("ARN of the revision that served before")] = None
    former_service_update: Annotated[
        str | None,
        Output(
            "settings that service-update changed, as they were before, a JSON object; those whose previous value ECS does not show are missing"
        ),
    ] = None
    run_task_arn: Annotated[str | None, Output("ARNs of the tasks that run-task started, a JSON array")] = None
    codedeploy_deployment_id: Annotated[str | None, Output("id of the CodeDeploy deployment")] = None
