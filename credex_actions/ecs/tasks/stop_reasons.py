"""Why a task stopped: the wordings of ECS and its agents, in plain words and with what to do.

Sources: ECS guide, "Stopped tasks error messages", "CannotPullContainer task errors", "ResourceInitializationError".
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple


class Cause(NamedTuple):
    """`detail` is ECS's own sentence, where it says more than `what`."""

    what: str
    hint: str = ""
    detail: str = ""


End = tuple[str, int | None, str, bool]
"""name, exit code, reason, essential: how a container ended."""

WORDINGS: Final = (
    (
        r"OutOfMemory",
        "out of memory: it was killed",
        "Increase the memory of the container or the task, or limit what the program uses (node: --max-old-space-size).",
    ),
    (
        r"CannotPull\w*Error.*(descriptor matching platform|no match for platform|no matching manifest)",
        "its image is not built for the task's CPU architecture",
        "Build the image for the task's platform (docker build --platform), or set runtimePlatform.cpuArchitecture.",
    ),
    (
        r"CannotPull\w*Error.*(not found|manifest unknown|does not exist|no such image|not exist)",
        "its image does not exist",
        "Check repository and tag: was the image pushed to this account and region, and not removed by a lifecycle policy?",
    ),
    (
        r"CannotPull\w*Error.*(denied|not authori[sz]ed|AccessDenied|unauthori[sz]ed|forbidden|authorization token|no basic auth|403)",
        "access to its image is denied",
        "Allow the execution role to pull (AmazonECSTaskExecutionRolePolicy suffices); the repository policy must allow it too.",
    ),
    (
        r"CannotPull\w*Error.*(toomanyrequests|rate limit)",
        "the registry throttled the pull: too many requests",
        "Pull from ECR (a pull-through cache), or log in to the registry with repositoryCredentials.",
    ),
    (
        r"CannotPull\w*Error.*(no space left)",
        "there is no disk space for its image",
        "Increase ephemeralStorage, or make the image smaller.",
    ),
    (
        r"CannotPull\w*Error.*(timeout|deadline exceeded|dial tcp|connection refused|no route|canceled)",
        "the registry cannot be reached from the task's network",
        "Provide its subnets with a route: a NAT gateway, a public IP address, or VPC endpoints for ECR and S3; check the security group.",
    ),
    (
        r"CannotPull\w*Error",
        "its image cannot be pulled",
        "Check the image's name and tag, the execution role and the route to the registry.",
    ),
    (
        r"ResourceInitializationError.*(did not contain json key|json key)",
        "a secret lacks the JSON key that the task definition names",
        "Correct the key after the secret's ARN in valueFrom, or add the key to the secret.",
    ),
    (
        r"ResourceInitializationError.*(secret|ssm|parameter|asm).*(AccessDenied|not authori[sz]ed|denied)",
        "access to a secret is denied",
        "Allow the execution role to read it: secretsmanager:GetSecretValue or ssm:GetParameters, and kms:Decrypt for a customer managed key.",
    ),
    (
        r"ResourceInitializationError.*(secret|ssm|parameter|asm).*(not ?found|can't find|invalid ?parameters)",
        "a secret that the task definition references does not exist",
        "Create it, or correct its valueFrom; a different region or account is a common cause.",
    ),
    (
        r"ResourceInitializationError.*log.*(group does not exist|ResourceNotFound)",
        "its log group does not exist",
        "Create the log group, or set awslogs-create-group and allow the execution role logs:CreateLogGroup.",
    ),
    (
        r"ResourceInitializationError.*(logger|log ?driver|log ?stream|CreateLog)",
        "its log stream cannot be created",
        "Allow the execution role to write it: logs:CreateLogStream, logs:PutLogEvents; check awslogs-group and awslogs-region.",
    ),
    (
        r"ResourceInitializationError.*(EFS|mount)",
        "a file system cannot be mounted",
        "Check the file system's mount targets, its security group (port 2049) and its policy.",
    ),
    (
        r"ResourceInitializationError.*(timeout|timed out|deadline exceeded|dial tcp|retrieval failed|connection)",
        "AWS cannot be reached from the task's network",
        "Provide its subnets with a route: a NAT gateway, a public IP address, or VPC endpoints for the services; check the security group.",
    ),
    (
        r"ResourceInitializationError",
        "its resources could not be initialized",
        "The stopped reason names the resource: a secret, a log, a volume or the network.",
    ),
    (
        r"exec format error",
        "its program is not built for the task's CPU architecture",
        "Build the image for the task's platform (docker build --platform), or set runtimePlatform.cpuArchitecture.",
    ),
    (
        r"CannotStartContainerError.*(executable file not found|no such file)",
        "the program that it should run is not in the image",
        "Check command, entryPoint and workingDirectory.",
    ),
    (r"CannotStartContainerError|ContainerRuntimeError", "its container cannot be started", "Check command, entryPoint, user and volumes."),
    (
        r"CannotCreateContainerError|CannotCreateVolumeError|CannotInspectContainerError",
        "its container cannot be created",
        "Check volumes, mount points and links; on EC2 also the disk of the container instance.",
    ),
    (
        r"RuntimeTimeoutError|DockerTimeoutError",
        "its container did not start or stop in time",
        "Check dependsOn, startTimeout and the load of the container instance.",
    ),
    (
        r"failed ELB health checks",
        "it failed the load balancer's health check",
        "Does it listen on the container port, on all addresses, in time? Check health check path, security group and grace period.",
    ),
    (
        r"failed container health checks",
        "it failed its container health check",
        "Check the healthCheck command: is the program in the image, is startPeriod long enough?",
    ),
    (
        r"EphemeralStorage|network interface provisioning",
        "its storage or network was not ready in time",
        "It is often temporary; otherwise check the subnets' available IP addresses, and quotas.",
    ),
    (r"Scaling activity", "the service was scaled in", ""),
    (
        r"Spot Task was interrupted|SpotInterruption",
        "its Spot capacity was interrupted",
        "The service replaces it; use FARGATE if that must not happen.",
    ),
    (
        r"Host EC2|instance .*terminat|underlying infrastructure|maintenance|retire|InfrastructureHealth",
        "its container instance was terminated or retired",
        "The service replaces it.",
    ),
)

EXITS: Final = {
    125: ("the container engine could not run it", "Check the stopped reason; on EC2 the agent's log."),
    126: ("its program is not executable", "Check the file's mode and the command."),
    127: ("its program was not found", "Check command, entryPoint and PATH in the image."),
    137: (
        "it was killed (SIGKILL)",
        "It ran out of memory, or did not exit within stopTimeout after SIGTERM.",
    ),
    139: ("it crashed (segmentation fault)", "A native library, or an image for another CPU architecture, is a common cause."),
    143: ("it was stopped (SIGTERM)", "Something else stopped the task; check the other containers and the health checks."),
}


def cause_of(stop_code: str, reason: str, containers: Sequence[End]) -> Cause:
    """The first wording that fits wins, the containers' own reasons before the task's: they are more precise."""
    for text in (*(each[2] for each in containers), reason):
        for pattern, what, hint in WORDINGS:
            if text and re.search(pattern, text, re.IGNORECASE | re.DOTALL):
                return Cause(_named(what, text, containers), hint, text)
    found = next(_by_exit(containers), None)
    if found:
        return found._replace(detail=reason)
    if stop_code == "UserInitiated":
        return Cause("someone stopped it", "", reason)
    if containers and all(code == 0 for _, code, _, _ in containers):
        return Cause(
            "its program exited on its own, without an error", "The program of a service must keep running; does it wait for requests?"
        )
    return Cause(reason or "ECS provides no reason", "" if reason else "Check the task in the ECS console: it is shown for an hour.")


def _named(what: str, text: str, containers: Sequence[End]) -> str:
    speaker = next((name for name, _, reason, _ in containers if reason == text), "")
    return f"{what} (container {speaker})" if speaker and len(containers) > 1 else what


def _by_exit(containers: Sequence[End]) -> Iterator[Cause]:
    """The container that ended the task: one that failed by itself before one that was stopped with others, essential ones first."""
    failed = [each for each in containers if each[1]]
    for name, code, _, essential in sorted(failed, key=lambda each: (each[1] in (143, 137), not each[3])):
        words, hint = EXITS.get(code or 0, ("", ""))  # what other codes mean, only the program knows: its last lines tell
        kind = "essential container" if essential else "container"
        yield Cause(f"{kind} {name} exited with code {code}{f': {words}' if words else ''}", hint)
