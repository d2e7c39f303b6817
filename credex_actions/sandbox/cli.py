"""`credex-actions sandbox …`: the local cloud for people, and for scripts in other languages."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from credex_actions.core.faults import Exit
from credex_actions.core.text import nearest, one_line
from credex_actions.sandbox import machines_cli, neglect_cli, process
from credex_actions.sandbox.refused import RefusedError

DESCRIPTION = (
    "A local AWS and GitHub on loopback: ECS deployments that really run, fail and roll back, and workflows that are really executed."
)
KINDS = (
    *("throttle", "error", "access-denied", "expired-token", "drop-before", "drop-after", "slow", "page", "empty", "other-shape"),
    *(
        "slow-after",
        "bad-gateway",
        "rate-limit",
        "secondary-rate-limit",
        "not-found",
        "forbidden",
        "unauthorised",
        "not-queued",
        "other-refusal",
    ),
)
ORDERS = {
    "fault": ("operation", "nth", "kind", "seconds"),
    "latency": ("seconds",),
    "converge": ("seconds",),
    "sessions": ("seconds",),
    "lag": ("seconds",),
    "deny": ("name", "action"),
    "allow": ("name", "action"),
    **machines_cli.ORDERS,
}
"""Commands that only hand their arguments on."""


def main(argv: Sequence[str]) -> int:
    arguments, command = _split(list(argv))
    if arguments and not arguments[0].startswith("-") and arguments[0] not in (known := _commands(_parser())):
        guess = nearest(arguments[0], known)
        hint = f"Did you mean {guess}?" if guess else "credex-actions sandbox --help lists the commands."
        return _error(f"there is no command '{one_line(arguments[0], 60)}'.", hint, Exit.BAD_INPUT)
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        return _do(given, command)
    except process.NotOursError as error:
        hint = f"To stop it all the same: credex-actions sandbox down --port {error.url.rpartition(':')[2]}"
        return _error(
            f"refused: the sandbox at {error.url} was not started by this shell (AWS_ENDPOINT_URL is not set).", hint, Exit.BAD_INPUT
        )
    except process.NotRunningError:
        return _error("no sandbox is running.", "Start one: credex-actions sandbox up --detach", Exit.BAD_INPUT)
    except RefusedError as error:
        return _error(str(error), "Run credex-actions sandbox --help for the options.", Exit.BAD_INPUT)
    except OSError as error:
        return _error(str(error), "Check the command and the port.", Exit.BAD_INPUT)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


def _commands(parser: argparse.ArgumentParser) -> list[str]:
    return [name for action in parser._subparsers._group_actions for name in action.choices or ()] if parser._subparsers else []  # noqa: SLF001 - argparse has no other way to ask


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands behind `--` is the command to run."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="credex-actions sandbox", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")
    _add_up_and_down(commands)
    fault = commands.add_parser("fault", help="make the N-th call of an operation fail, once")
    fault.add_argument(
        "operation",
        help="name in the AWS API, for example UpdateService, or of GitHub as printed by `calls`, for example create-dispatch; '*' for any of AWS",
    )
    fault.add_argument("kind", choices=KINDS)
    fault.add_argument("--nth", type=int, default=1, help="which call from now on (default: 1, the next)")
    fault.add_argument("--seconds", type=_seconds, default=0.0, help="delay in seconds, for `slow`")
    latency = commands.add_parser("latency", help="delay every response")
    latency.add_argument("seconds", type=_seconds)
    lag = commands.add_parser("lag", help="let reads of ECS, and of runs on GitHub, return the state of so many seconds ago")
    lag.add_argument("seconds", type=_seconds)
    converge = commands.add_parser(
        "converge", help="let created and deleted access keys take so many seconds to become effective everywhere"
    )
    converge.add_argument("seconds", type=_seconds)
    sessions = commands.add_parser(
        "sessions", help="let role sessions expire after so many seconds, whatever was requested (0: as requested)"
    )
    sessions.add_argument("seconds", type=_seconds)
    role = commands.add_parser("github-role", help="create a role that trusts GitHub's OIDC tokens, and print its ARN")
    role.add_argument("name")
    role.add_argument("subjects", nargs="+", help="as in a trust policy, for example repo:OWNER/NAME:environment:production")
    for name, text in (("deny", "deny a user or role an action"), ("allow", "remove a denial")):
        permission = commands.add_parser(name, help=text)
        permission.add_argument("name", help="name of the user or role")
        permission.add_argument("action", help="as in a policy, for example ssm:PutParameter or 'ssm:*'")
    calls = commands.add_parser("calls", help="print the calls")
    calls.add_argument("--json", action="store_true", help="as a JSON list")
    calls.add_argument("--reset", action="store_true", help="clear the list of calls afterwards")
    provision = commands.add_parser("provision", help="create the resources of an application in one environment, as Terraform would")
    provision.add_argument("--application", default="credex-core")
    provision.add_argument("--environment", default="development")
    provision.add_argument("--image", default="", help="tag of the first image (default 1.0.0)")
    provision.add_argument("--desired-count", type=int, default=2)
    provision.add_argument("--no-rollback", dest="rollback", action="store_false", help="disable the rollback of the circuit breaker")
    push = commands.add_parser("push-image", help="push an image to ECR; its tag determines how its tasks behave (docs/sandbox.md)")
    push.add_argument("repository")
    push.add_argument("tag")
    push.add_argument("--platform", default="linux/amd64", help="platforms, separated by commas")
    push.add_argument("--behaviour", default="", help="words that determine how its tasks behave, if the tag does not")
    example = commands.add_parser("example", help="create the example application: repository, secrets, three environments, and a checkout")
    example.add_argument(
        "--databases", action="store_true", help="with real Neo4j databases (needs a JDK and Maven; the first time takes half a minute)"
    )
    example.add_argument(
        "--neglect",
        action="store_true",
        help="with an account that nobody has maintained for a year, for maintenance-report to find it out",
    )
    example.add_argument("folder", type=Path, help="folder of the checkout; it must not exist yet")
    machines_cli.add(commands)
    neglect_cli.add(commands)
    logs = commands.add_parser("logs", help="print the tasks' output in CloudWatch Logs")
    logs.add_argument("group", nargs="?", default="")
    return parser


def _add_up_and_down(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser("up", help="start the sandbox; with `-- COMMAND …` run the command in it and stop with the command")
    up.add_argument("--detach", action="store_true", help="keep it running in the background, and print the environment")
    up.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    up.add_argument(
        "--pace", type=_seconds, default=0.2, help="seconds per scheduler tick (default 0.2: a rolling deployment takes about two seconds)"
    )
    up.add_argument("--quiet", action="store_true", help=argparse.SUPPRESS)
    down = commands.add_parser("down", help="stop the sandbox of this shell, and print the `unset` of its variables, for eval")
    down.add_argument("--port", type=int, help="stop the sandbox on this port of 127.0.0.1 instead, also one that another shell started")
    commands.add_parser("env", help="print the environment for AWS and GitHub clients, and the key of its GitHub App")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def _do(given: argparse.Namespace, command: list[str]) -> int:
    what = given.what
    if what in {"up", "down"}:
        return _up(given, command) if what == "up" else _down(given.port)
    _name_a_sandbox_that_is_not_ours()
    if what in ORDERS:
        process.ask(what, **{name: getattr(given, name) for name in ORDERS[what]})
    elif what in machines_cli.ANSWERS:
        _print(machines_cli.answer(given))
    elif what == "neglect":
        _print(neglect_cli.answer(given))
    elif what == "env":
        _print(process.exports(process.ask("environment")))
    elif what == "calls":
        _calls(given)
    elif what == "provision":
        members = {name: getattr(given, name) for name in ("application", "environment", "image", "desired_count", "rollback")}
        _print(json.dumps(process.ask("provision", **members), indent=2))
    elif what == "github-role":
        _print(process.ask("github-role", name=given.name, subjects=given.subjects)["role"])
    elif what == "push-image":
        _print(
            process.ask("push-image", **{name: getattr(given, name) for name in ("repository", "tag", "platform", "behaviour")})["image"]
        )
    elif what == "example":
        _example(given.folder, databases=given.databases, neglect=given.neglect)
    else:
        for line in process.ask("logs", group=given.group):
            _print(f"{_clock(line['timestamp'] / 1000)} {line['stream']} {line['message']}")
    return Exit.DONE


def _up(given: argparse.Namespace, command: list[str]) -> int:
    if given.detach and command:
        return _error("--detach cannot be combined with a command.", "Remove one of them.", Exit.BAD_INPUT)
    if not given.detach:
        return process.run(given.port, given.pace, command, announce=not given.quiet)
    _print(process.exports(process.detach(given.port, given.pace)))
    return Exit.DONE


def _name_a_sandbox_that_is_not_ours() -> None:
    if not os.environ.get("AWS_ENDPOINT_URL"):
        sys.stderr.write(f"Using the sandbox at {process.found()}, the last one started by this user: AWS_ENDPOINT_URL is not set.\n")


def _down(port: int | None) -> int:
    url, variables = process.stop(port)
    sys.stderr.write(f"Stopped the sandbox at {url}.\n")
    if variables:
        if sys.stdout.isatty():
            sys.stderr.write("The variables of this shell still name it. Close the shell, or run:\n")
        _print(f"unset {' '.join(variables)}")
    return Exit.DONE


def _example(folder: Path, *, databases: bool, neglect: bool) -> None:
    from credex_actions.sandbox.example import clone

    if folder.exists() and any(folder.iterdir()):
        raise RefusedError(f"{folder} is not empty")
    clone(process.ask("example", databases=databases)["github"], folder)
    if neglect:
        process.ask("neglect")
    _print(f"The example is in {folder}, and serves in three environments. In that folder, run:\n\n    credex-actions trigger-dev-deploy")


def _calls(given: argparse.Namespace) -> None:
    calls = process.ask("calls")
    if given.json:
        _print(json.dumps(calls))
    else:
        for call in calls:
            _print(f"{_clock(call['at'])} {call['status'] or 'dropped'} {call['service']}:{call['operation']}")
    if given.reset:
        process.ask("reset-calls")


def _clock(seconds: float) -> str:
    return f"{time.strftime('%H:%M:%S', time.gmtime(seconds))}.{int(seconds % 1 * 1000):03d}"


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _error(what: str, hint: str, code: Exit) -> int:
    sys.stderr.write(f"error: {what}\n  {hint}\n")
    return code
