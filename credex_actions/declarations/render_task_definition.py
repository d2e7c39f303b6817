"""What render-task-definition takes, and what it hands on."""

from typing import Annotated, NamedTuple

from credex_actions.core.command.declaration import Input, Output
from credex_actions.core.command.kinds import BOOLEAN, MAPPING, NAMES, SECRETS, TAGS, TEXT, VERBATIM, WORDS, choice
from credex_actions.core.secret import Secret
from credex_actions.declarations.as_role import RoleDurationSeconds, RoleSessionName, RoleToAssume
from credex_actions.declarations.unknown_fields import UnknownFields


class Inputs(NamedTuple):
    task_definition: Annotated[
        str | None, Input("file with the task definition, JSON or YAML; the output of describe-task-definition works too", TEXT)
    ] = None
    task_definition_arn: Annotated[str | None, Input("start from this revision instead of a file", TEXT)] = None
    task_definition_family: Annotated[str | None, Input("start from this family's newest active revision", TEXT)] = None
    task_definition_revision: Annotated[str | None, Input("the revision of task-definition-family to start from", TEXT)] = None
    container_name: Annotated[
        tuple[str, ...], Input("containers that the container inputs apply to; required if there is more than one", NAMES)
    ] = ()
    image: Annotated[str | None, Input("image of the container", TEXT)] = None
    images: Annotated[dict[str, str] | None, Input("images of several containers: container=image", MAPPING)] = None
    keep_image: Annotated[
        bool, Input("keep the image of the containers in container-name; otherwise a missing image counts as a failed build", BOOLEAN)
    ] = False
    values: Annotated[dict[str, str] | None, Input("values of ${NAME} placeholders that are not secret", MAPPING, from_file=True)] = None
    secret_values: Annotated[
        dict[str, Secret] | None,
        Input("values of ${NAME} placeholders that are secret: they are masked everywhere, whatever their names", SECRETS, from_file=True),
    ] = None
    values_from_env: Annotated[tuple[str, ...], Input("names or globs of environment variables to use as secret values", WORDS)] = ()
    keep_placeholders: Annotated[
        tuple[str, ...], Input("names or globs of placeholders that are kept, for those that the container itself expands", WORDS)
    ] = ()
    environment_variables: Annotated[dict[str, str] | None, Input("environment variables of the container", MAPPING, from_file=True)] = None
    secrets: Annotated[dict[str, str] | None, Input("secrets of the container: NAME=ARN or parameter name", MAPPING)] = None
    exclusive: Annotated[
        bool,
        Input(
            "remove the container's environment variables (and, if secrets is set, its secrets) that are not listed in the inputs", BOOLEAN
        ),
    ] = False
    env_files: Annotated[tuple[str, ...], Input("ARNs of .env files in S3", WORDS)] = ()
    command: Annotated[str | None, Input("command of the container: words as in a shell, or a JSON array", VERBATIM)] = None
    log_configuration_log_driver: Annotated[str | None, Input("log driver of the container", TEXT)] = None
    log_configuration_options: Annotated[
        dict[str, str] | None, Input("options of the log driver, in addition to those in the file", MAPPING)
    ] = None
    docker_labels: Annotated[dict[str, str] | None, Input("Docker labels of the container, in addition to those in the file", MAPPING)] = (
        None
    )
    task_role_arn: Annotated[str | None, Input("IAM role of the containers", TEXT)] = None
    execution_role_arn: Annotated[str | None, Input("IAM role with which ECS pulls images, writes logs and reads secrets", TEXT)] = None
    cpu: Annotated[str | None, Input("CPU of the task: units, or vCPU", TEXT)] = None
    memory: Annotated[str | None, Input("memory of the task: MiB, or GB", TEXT)] = None
    tags: Annotated[dict[str, str] | None, Input("tags of the revision, in addition to those in the file", TAGS)] = None
    unknown_fields: UnknownFields = ()
    patch: Annotated[str | None, Input("a JSON patch (RFC 6902) of the rendered definition: inline, or a file", TEXT)] = None
    plaintext_secrets: Annotated[
        str,
        Input(
            "how to handle secrets in plain text in environment; reference moves them to secrets",
            choice("warn", "refuse", "allow", "reference"),
        ),
    ] = "warn"
    secrets_prefix: Annotated[
        str | None,
        Input("target of reference: the path of SSM parameters with lower-case names, or the ARN of a secret with these keys", TEXT),
    ] = None
    compare_with: Annotated[
        str | None, Input("family, ARN or file to compare with; default: the task definition before rendering", TEXT)
    ] = None
    role_to_assume: RoleToAssume = None
    role_duration_seconds: RoleDurationSeconds = 3600
    role_session_name: RoleSessionName = "GitHubActions"
    output_file: Annotated[str | None, Input("file to write to; default: a new temporary file; - is stdout", TEXT)] = None


class Outputs(NamedTuple):
    task_definition: Annotated[str, Output("path of the rendered file, readable by its owner only")]
    changed: Annotated[bool, Output("true if it differs from compare-with")]
    diff: Annotated[str, Output("the differences, one per line, secrets masked")]
