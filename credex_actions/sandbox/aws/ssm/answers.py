"""SSM's answers for commands, sessions and managed instances; all other operations are those of Parameter Store, and moto's."""

import re
import time
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ssm import urls
from moto.ssm.exceptions import InvalidDocument, SSMException

from credex_actions.sandbox.aws.ec2.machine import Machine
from credex_actions.sandbox.aws.parameters import Parameters
from credex_actions.sandbox.aws.ssm.command import Command
from credex_actions.sandbox.aws.ssm.managed import CURRENT, Managed
from credex_actions.sandbox.aws.ssm.session import Session

SHELL: Final = "AWS-RunShellScript"
FORWARD: Final = "AWS-StartPortForwardingSession"
PAGE: Final = 50
SHOWS_AFTER: Final = 0.05
"""Seconds in which an invocation does not show yet."""
SHORTEST_DELIVERY: Final = 30


class SystemsManager(Parameters):
    """moto makes one for each request."""

    @property
    def managed(self) -> Managed:
        found = CURRENT.get()(self.current_account, self.region)
        found.endpoint = f"http://{self.headers['Host']}"
        return found

    def send_command(self) -> ActionResult:
        document = self._get_param("DocumentName")
        if document != SHELL:
            raise InvalidDocument(f"Document with name {document} does not exist (the sandbox runs {SHELL}).")
        instances = self._get_param("InstanceIds") or []
        machines = [self.managed.machine(each) for each in instances]
        if len(instances) != 1 or machines[0] is None:
            what = f"Instances [{', '.join(f'[{each}]' for each in instances)}] not in a valid state for account {self.current_account}"
            raise SSMException("InvalidInstanceId", what)
        request = {key: self._get_param(key) for key in ("DocumentName", "Comment", "TimeoutSeconds", "Parameters") if self._get_param(key)}
        _check(request)
        command = self.managed.run(machines[0], request)
        return ActionResult(
            {"Command": command.summary() | {"CompletedCount": 0, "TargetCount": 0, "Status": "Pending", "StatusDetails": "Pending"}}
        )

    def list_commands(self) -> ActionResult:
        found = [each for each in self._commands() if self._fits(each)]
        start = int(self._get_param("NextToken") or 0)
        end = start + (self._get_param("MaxResults") or PAGE)
        more = {"NextToken": str(end)} if end < len(found) else {}
        return ActionResult({"Commands": [each.summary() for each in found[start:end]]} | more)

    def list_command_invocations(self) -> ActionResult:
        found = [each for each in self._commands() if self._fits(each) and self.managed.visible(each, SHOWS_AFTER)]
        told = [
            {
                key: value
                for key, value in (each.summary() | {"InstanceId": each.machine.instance_id, "InstanceName": ""}).items()
                if key
                in {
                    "CommandId",
                    "InstanceId",
                    "InstanceName",
                    "Comment",
                    "DocumentName",
                    "DocumentVersion",
                    "RequestedDateTime",
                    "Status",
                    "StatusDetails",
                }
            }
            for each in found
        ]
        return ActionResult({"CommandInvocations": told})

    def _commands(self) -> list[Command]:
        """Newest first."""
        return sorted(self.managed.commands.values(), key=lambda each: each.requested, reverse=True)

    def _fits(self, command: Command) -> bool:
        identifier, instance = self._get_param("CommandId"), self._get_param("InstanceId")
        if identifier not in {None, command.id} or instance not in {None, command.machine.instance_id}:
            return False
        return all(_passes(command, each["key"], each["value"]) for each in self._get_param("Filters") or ())

    def get_command_invocation(self) -> ActionResult:
        command = self.managed.commands.get(self._get_param("CommandId"))
        if (
            command is None
            or command.machine.instance_id != self._get_param("InstanceId")
            or not self.managed.visible(command, SHOWS_AFTER)
        ):
            raise SSMException("InvocationDoesNotExist", "An error occurred (InvocationDoesNotExist)")
        return ActionResult(command.invocation())

    def cancel_command(self) -> ActionResult:
        command = self.managed.commands.get(self._get_param("CommandId"))
        if command is None:
            raise SSMException("InvalidCommandId", "The specified command ID isn't valid.")
        command.cancel()
        return ActionResult({})

    def describe_instance_information(self) -> ActionResult:
        wanted: set[str] = set()
        for each in self._get_param("Filters") or ():
            if each["Key"] != "InstanceIds":
                raise SSMException("InvalidFilterKey", "The sandbox filters by InstanceIds.")
            wanted |= set(each["Values"])
        return ActionResult(
            {
                "InstanceInformationList": [
                    _information(each) for each in self.managed.machines() if not wanted or each.instance_id in wanted
                ]
            }
        )

    def start_session(self) -> ActionResult:
        document = self._get_param("DocumentName")
        if document != FORWARD:
            raise InvalidDocument(f"Document with name {document} does not exist (the sandbox has {FORWARD}).")
        target = self._get_param("Target")
        machine = self.managed.machine(target)
        if machine is None or not machine.powered:
            raise SSMException("TargetNotConnected", f"{target} is not connected.")
        request = {key: self._get_param(key) for key in ("Target", "DocumentName", "Reason", "Parameters") if self._get_param(key)}
        port = int(request.get("Parameters", {}).get("portNumber", ["80"])[0])
        session = Session(machine, port, request, f"arn:aws:iam::{self.current_account}:user/sandbox")
        self.managed.sessions[session.id] = session
        return ActionResult({"SessionId": session.id, "TokenValue": session.token, "StreamUrl": session.url})

    def terminate_session(self) -> ActionResult:
        identifier = self._get_param("SessionId")
        session = self.managed.sessions.get(identifier)
        if session is None:
            raise SSMException("DoesNotExistException", f"Session {identifier} does not exist")
        session.close()
        return ActionResult({"SessionId": identifier})

    def describe_sessions(self) -> ActionResult:
        active = self._get_param("State") == "Active"
        found = [each for each in self.managed.sessions.values() if (each.ended is None) == active]
        for each in self._get_param("Filters") or ():
            found = [session for session in found if _is(session, each["key"], each["value"])]
        return ActionResult({"Sessions": [each.summary() for each in found]})


def _check(request: dict[str, Any]) -> None:
    commands = request.get("Parameters", {}).get("commands")
    timeout = request.get("TimeoutSeconds", SHORTEST_DELIVERY)
    if not commands:
        raise SSMException("InvalidParameters", "Parameter(s) commands is required")
    if not re.fullmatch(r"\d{1,6}", (request["Parameters"].get("executionTimeout") or ["3600"])[0]):
        raise SSMException("InvalidParameters", "executionTimeout: must be a number of seconds, from 1 to 172800")
    if timeout < SHORTEST_DELIVERY:
        what = f"Value '{timeout}' at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or equal to {SHORTEST_DELIVERY}"
        raise SSMException("ValidationException", f"1 validation error detected: {what}")


def _passes(command: Command, key: str, value: str) -> bool:
    match key:
        case "InvokedAfter":
            return command.requested >= datetime.fromisoformat(value).timestamp()
        case "InvokedBefore":
            return command.requested <= datetime.fromisoformat(value).timestamp()
        case "Status":
            return command.status == value
        case "DocumentName":
            return bool(command.request["DocumentName"] == value)
        case _:
            raise SSMException("InvalidFilterKey", f"The sandbox does not filter by {key}.")


def _is(session: Session, key: str, value: str) -> bool:
    match key:
        case "Target":
            return session.machine.instance_id == value
        case "SessionId":
            return session.id == value
        case _:
            raise SSMException("InvalidFilterKey", f"The sandbox does not filter by {key}.")


def _information(machine: Machine) -> dict[str, Any]:
    return {
        "InstanceId": machine.instance_id,
        "PingStatus": "Online" if machine.powered else "ConnectionLost",
        "LastPingDateTime": datetime.fromtimestamp(time.time(), UTC),
        "AgentVersion": "3.3.2299.0",
        "IsLatestVersion": True,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": machine.address,
    }


def install() -> None:
    """Moto looks its paths up when the first request of a service comes. In the place of Parameter Store's own: it is part of this."""
    urls.url_paths = dict.fromkeys(urls.url_paths, SystemsManager.dispatch)
