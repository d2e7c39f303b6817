"""What stands for what: the AWS actions with their inputs, and ours. The how-to's tables are drawn from here.

Source: action.yml of aws-actions/amazon-ecs-render-task-definition (v1.9) and amazon-ecs-deploy-task-definition (v2.6), and how their code reads inputs.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from credex_actions.core.documentation import page_at

PAGE: Final = page_at("docs/how-to/migrate-from-aws-actions.md")
OURS: Final = "Great-Sun-Group/credex-actions/actions"


class Change(NamedTuple):
    """What becomes of an input with a literal value. None: as it was. `open`: somebody has to look at it."""

    what: str
    hint: str = ""
    value: str | None = None
    name: str | None = None
    open: bool = False


class Taken(NamedTuple):
    """An input that exists on both sides under one name. `differs`: in one sentence, for the how-to. `literal`: what a literal value becomes."""

    differs: str = ""
    literal: Callable[[str], Change | None] = lambda _: None
    absent: Change | None = None


class Counterpart(NamedTuple):
    name: str
    inputs: Mapping[str, Taken]
    outputs: tuple[str, ...]


def _flag(value: str) -> Change | None:
    if value in {"true", "True", "TRUE", "false", "False", "FALSE", ""}:
        return None
    meant = str(value.lower() == "true").lower()
    return Change(f"'{value}' is {meant} for the AWS action, which takes the word true alone for true", value=meant)


def _wait(value: str) -> Change | None:
    change = _flag(value)
    if (change.value if change and change.value else value).lower() == "true":
        return change
    return Change(
        change.what if change else "the deployment is not followed: the job succeeds before it is known whether it worked",
        "Remove the line, and the deployment is followed to its end.",
        change.value if change else None,
    )


def _whole(value: str) -> Change | None:
    found = re.match(r"\s*\d+", value, re.ASCII)
    if found is None or found[0] == value:
        return None if found else Change(f"'{value}' is not a whole number", "Write a number.", open=True)
    return Change(f"the AWS action reads only the digits of '{value}'", value=found[0].strip())


def _minutes(value: str) -> Change | None:
    if re.fullmatch(r"\d{1,9}", value, re.ASCII) and int(value) > MOST_MINUTES:
        return Change(
            f"more than {MOST_MINUTES} minutes count as {MOST_MINUTES} for the AWS action, and are an error here", value=str(MOST_MINUTES)
        )
    return _whole(value)


def _definition(value: str) -> Change | None:
    if value.startswith("arn:"):
        return Change("a revision is named by task-definition-arn", name="task-definition-arn")
    if re.fullmatch(r"[\w-]{1,255}(:\d+)?", value, re.ASCII):
        if ":" in value:
            return Change("a revision is named by task-definition-arn", name="task-definition-arn")
        return Change(
            f"if '{value}' is a family and not a file: the AWS action deploys its newest revision, this one a file or a certain revision",
            "Set task-definition-arn to FAMILY:REVISION.",
            open=True,
        )
    return None


def _tags(value: str) -> Change | None:
    if value in {"SERVICE", "TASK_DEFINITION", "NONE", ""}:
        return None
    return Change(f"'{value}' is no source of tags", "Write SERVICE, TASK_DEFINITION or NONE.", open=True)


def _command(value: str) -> Change | None:
    if not any(mark in value for mark in "'\"\\"):
        return None
    what = "the AWS action splits the command at each space; here quotes and backslashes count as in a shell"
    return Change(what, "Check the words of the command, or write them as a JSON array.", open=True)


MOST_MINUTES: Final = 360
SAME: Final = Taken()
FLAG: Final = Taken("anything but a boolean is an error", _flag)
WHOLE: Final = Taken("anything but a whole number is an error", _whole)
PAIRS: Final = Taken("a value keeps its equals signs; names and values are trimmed; a mapping in JSON or YAML works too")

RENDER: Final = Counterpart(
    "render-task-definition",
    {
        "task-definition": Taken("JSON or YAML; what describe-task-definition prints works too"),
        "task-definition-arn": SAME,
        "task-definition-family": SAME,
        "task-definition-revision": SAME,
        "container-name": Taken("several may be separated by commas with spaces, or by lines"),
        "image": Taken("`images` sets those of several containers in one step"),
        "environment-variables": PAIRS,
        "log-configuration-log-driver": SAME,
        "log-configuration-options": PAIRS,
        "docker-labels": PAIRS,
        "command": Taken("words as in a shell, or a JSON array, instead of a cut at each space", _command),
        "task-role-arn": SAME,
        "execution-role-arn": SAME,
        "env-files": SAME,
        "secrets": PAIRS,
    },
    ("task-definition",),
)

DEPLOY: Final = Counterpart(
    "deploy-task-definition",
    {
        "task-definition": Taken("a file; a revision is `task-definition-arn`, and a family alone is not taken", _definition),
        "desired-count": WHOLE,
        "service": SAME,
        "cluster": SAME,
        "wait-for-service-stability": Taken(
            "the default is `true`; what is followed is this deployment, not whether the service is stable",
            _wait,
            Change(
                "the deployment is followed to its end, which the AWS action does not do unless it is told",
                "The job takes longer, and fails with the deployment. wait-for-service-stability: false is as before.",
            ),
        ),
        "wait-for-minutes": Taken(f"more than {MOST_MINUTES} is an error", _minutes),
        "wait-max-delay-seconds": Taken("an upper bound of `poll-seconds`, whose default is 5"),
        "codedeploy-appspec": SAME,
        "codedeploy-application": SAME,
        "codedeploy-deployment-group": SAME,
        "codedeploy-deployment-description": SAME,
        "codedeploy-deployment-config": SAME,
        "force-new-deployment": FLAG,
        "service-managed-ebs-volume-name": SAME,
        "service-managed-ebs-volume": SAME,
        "run-task": FLAG,
        "run-task-container-overrides": SAME,
        "run-task-security-groups": SAME,
        "run-task-subnets": SAME,
        "run-task-assign-public-IP": SAME,
        "run-task-capacity-provider-strategy": SAME,
        "run-task-launch-type": SAME,
        "run-task-started-by": SAME,
        "run-task-tags": SAME,
        "run-task-managed-ebs-volume-name": SAME,
        "run-task-managed-ebs-volume": SAME,
        "wait-for-task-stopped": FLAG,
        "enable-ecs-managed-tags": FLAG,
        "propagate-tags": Taken("another word is an error", _tags),
        "keep-null-value-keys": Taken("empty values of variables and words of commands are always kept"),
        "max-retries": Taken("of reads; a write is sent again only if that does no harm", _whole),
    },
    ("task-definition-arn", "codedeploy-deployment-id", "run-task-arn"),
)

COUNTERPARTS: Final[Mapping[str, Counterpart]] = {
    "aws-actions/amazon-ecs-render-task-definition": RENDER,
    "aws-actions/amazon-ecs-deploy-task-definition": DEPLOY,
}
"""By the AWS action's name, in lower case: GitHub does not tell cases apart."""

SCRIPTS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        r"\baws\s+ecs\s+describe-task-definition\b",
        "a script fetches a task definition",
        "render-task-definition starts from the newest revision itself: set task-definition-family instead of task-definition.",
    ),
    (r"\baws\s+ecs\s+register-task-definition\b", "a script registers a task definition", "deploy-task-definition does that."),
    (r"\baws\s+ecs\s+update-service\b", "a script updates a service", "deploy-task-definition does that, and follows the deployment."),
    (r"\baws\s+ecs\s+run-task\b", "a script runs a task", "deploy-task-definition does that: run-task: true."),
    (
        r"\baws\s+ecs\s+wait\s+[a-z-]+",
        "a script waits for ECS",
        "deploy-task-definition follows its own deployment: a service is also stable after a rollback.",
    ),
    (r"\baws\s+deploy\s+create-deployment\b", "a script deploys with CodeDeploy", "deploy-task-definition does that: codedeploy-appspec."),
    (
        r"\bsed\b[^\n]*task-?_?def\w*[\w.-]*\.(?:json|ya?ml)",
        "sed fills in a task definition: a value with a slash, an ampersand or a quote breaks it",
        "render-task-definition replaces ${NAME} placeholders after parsing: values, secret-values.",
    ),
    (
        r"\bjq\b[^\n]*(?:containerDefinitions|\.image\b)[^\n]*",
        "jq changes a task definition",
        "render-task-definition sets images, variables and secrets; patch takes a JSON patch for the rest.",
    ),
    (r"\benvsubst\b[^\n]*task-?_?def", "envsubst fills in a task definition", "render-task-definition does that: values, secret-values."),
    (
        r"\becspresso\s+[a-z]+",
        "a script calls ecspresso",
        f"{PAGE} says what stands for each of its commands.",
    ),
    (
        r"\bts-node\b[^\n]*(?:trigger|dispatch|deploy)[^\n]*",
        "a script of the repository triggers a workflow",
        "trigger-dev-deploy dispatches, follows its own run, and shows its log.",
    ),
)
"""What a `run` may do that an action of ours does: a pattern, what it is, and what to do instead. It is told and left as it is."""
