"""What SSM has in one account and region: commands, sessions, and which instances it knows."""

import secrets
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import boto3

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ec2.machine import Machine
from credex_actions.sandbox.aws.ec2.site import Site
from credex_actions.sandbox.aws.ssm.command import Command
from credex_actions.sandbox.aws.ssm.programs.program import Call, Credentials
from credex_actions.sandbox.aws.ssm.programs.serving import Programs

if TYPE_CHECKING:
    from credex_actions.sandbox.aws.ssm.session import Session

CURRENT: ContextVar[Callable[[str, str], "Managed"]] = ContextVar("CURRENT_MANAGED")
"""By account and region, in the sandbox whose request is answered in this thread."""
SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PLUGIN: Final = Path(__file__).with_name("session_manager_plugin.py")


class Managed:
    """`site`: EC2's. `endpoint`: the sandbox's, as the last caller knew it."""

    def __init__(self, site: Site) -> None:
        self.account = site.account
        self.region = site.region
        self.endpoint = ""
        self.commands: dict[str, Command] = {}
        self.sessions: dict[str, Session] = {}
        self._site = site
        self._programs: Programs | None = None

    def machine(self, instance: str) -> Machine | None:
        """One whose agent has registered: it runs, and its instance profile has a role."""
        self._site.settle()
        machine = self._site.machines.get(instance)
        running = machine is not None and self._record(instance).state == "running"
        return machine if running and self._role(instance) else None

    def machines(self) -> list[Machine]:
        return [machine for machine in map(self.machine, list(self._site.machines)) if machine]

    def _record(self, instance: str) -> Any:
        return backend("ec2", self.account, self.region).get_instance(instance)

    def _role(self, instance: str) -> Any:
        association = backend("ec2", self.account, self.region).iam_instance_profile_associations.get(instance)
        roles = association.iam_instance_profile.roles if association else []
        return roles[0] if roles else None

    def run(self, machine: Machine, request: Mapping[str, Any]) -> Command:
        if self._programs is None:
            self._programs = Programs(self._call)
        command = Command(str(uuid4()), secrets.token_hex(16), machine, request)
        self.commands[command.id] = command
        path = f"{self._programs.path}:{SYSTEM_PATH}"
        known = {"SANDBOX_COMMAND": command.token, "SANDBOX_SOCKET": self._programs.socket, "SANDBOX_ADDRESS": machine.address}
        command.start({"PATH": path, "LANG": "C.UTF-8", **known})
        return command

    def _call(self, token: str, asked: dict[str, Any]) -> Call | None:
        """In a thread of its own, without the cloud's lock: a dump takes its time."""
        command = next((each for each in list(self.commands.values()) if each.token == token and each.ended is None), None)
        if command is None:
            return None
        return Call(
            command.machine,
            tuple(asked["words"]),
            asked["environment"],
            Path(asked["folder"]),
            asked["input"],
            self.endpoint,
            self._credentials(command.machine.instance_id),
        )

    def _credentials(self, instance: str) -> Credentials | None:
        """As the instance's metadata service has them."""
        role = self._role(instance)
        if role is None:
            return None
        sts: Any = boto3.client(
            "sts",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=f"AKIA{self.account}SBOX",
            aws_secret_access_key="sandbox",  # noqa: S106 - nobody checks it
        )
        given = sts.assume_role(RoleArn=role.arn, RoleSessionName=instance)["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def close(self) -> None:
        """Ends all that runs."""
        for command in self.commands.values():
            command.close()
        for session in self.sessions.values():
            session.close()
        if self._programs is not None:
            self._programs.close()

    def visible(self, command: Command, after: float) -> bool:
        """An invocation does not show at once."""
        return time.time() >= command.requested + after


def write_plugin(folder: Path) -> Path:
    """The stand-in for session-manager-plugin as a program in `folder`."""
    file = folder / "session-manager-plugin"
    file.write_text(f"#!/bin/sh\nexec '{sys.executable}' -I -S '{PLUGIN}' \"$@\"\n")
    file.chmod(0o755)
    return file
