"""Instances: launched from an image, started, stopped, rebooted and terminated, each in its own time."""

from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.exceptions import OperationDisableApiStopNotPermitted, OperationNotPermitted4
from moto.ec2.models.instances import InstanceState

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.ec2.machine import Machine
from credex_actions.sandbox.aws.ec2.refusing import wrong_state
from credex_actions.sandbox.aws.ec2.site import CODES
from credex_actions.sandbox.aws.ec2.volumes import Volumes


class Instances(Volumes):
    def _asked(self) -> list[Any]:
        """The instances that the request names. Raises EC2ClientError for one that does not exist."""
        self.error_on_dryrun()
        found: list[Any] = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
        return found

    def start_instances(self) -> ActionResult:
        instances = self._asked()
        for each in instances:
            if each.state not in {"stopped", "pending", "running"}:
                raise wrong_state(each, "started")
        return ActionResult({"StartingInstances": [self._change(each, self._start) for each in instances]})

    def _start(self, record: Any) -> None:
        if record.state != "stopped":
            return
        machine = self.site.machines.get(record.id)
        if machine is None:  # of a fleet, say: a record alone
            record.start()
            return
        _becomes(record, "pending")

        def running() -> None:
            if record.state == "pending":
                record.start()
                machine.boot()

        self.site.changes.later("start", self.now, running)

    def stop_instances(self) -> ActionResult:
        instances = self._asked()
        for each in instances:
            if each.state not in {"running", "stopping", "stopped"}:
                raise wrong_state(each, "stopped")
            if each.disable_api_stop:
                raise OperationDisableApiStopNotPermitted(each.id)
        return ActionResult({"StoppingInstances": [self._change(each, self._stop) for each in instances]})

    def _stop(self, record: Any) -> None:
        machine = self.site.machines.get(record.id)
        if machine is not None and self._get_param("Force"):
            machine.cut_power()
        if record.state != "running":
            return
        if machine is None:
            record.stop()
            return
        _becomes(record, "stopping")

        def stopped() -> None:
            if record.state == "stopping":
                record.stop()

        self.site.changes.later("stop", self.now, stopped, machine.shut_down())

    def reboot_instances(self) -> ActionResult:
        instances = self._asked()
        for each in instances:
            if each.state != "running":
                raise wrong_state(each, "rebooted")
        for each in instances:
            if machine := self.site.machines.get(each.id):
                self._reboot(each, machine)
        return EmptyResult()

    def _reboot(self, record: Any, machine: Machine) -> None:
        def booted() -> None:
            if record.state == "running":
                machine.boot()

        self.site.changes.later("stop", self.now, booted, machine.shut_down())

    def terminate_instances(self) -> ActionResult:
        instances = self._asked()
        for each in instances:
            if each.disable_api_termination:
                raise OperationNotPermitted4(each.id)
        return ActionResult({"TerminatingInstances": [self._change(each, self._terminate) for each in instances]})

    def _terminate(self, record: Any) -> None:
        machine = self.site.machines.get(record.id)
        if record.state in {"shutting-down", "terminated"}:
            return
        if machine is None:
            record.terminate()
            return
        _becomes(record, "shutting-down")
        site = self.site

        def terminated() -> None:
            record.terminate()
            site.machines.pop(record.id, None)
            for service in ("autoscaling", "elbv2"):
                backend(service, site.account, site.region).notify_terminate_instances([record.id])

        site.changes.later("terminate", self.now, terminated, machine.shut_down())

    def _change(self, record: Any, how: Any) -> dict[str, Any]:
        former = InstanceState(record.state, record.state_code)
        how(record)
        return {"InstanceId": record.id, "PreviousState": former, "CurrentState": InstanceState(record.state, record.state_code)}

    def get_console_output(self) -> ActionResult:
        """What boots had to say, above all why a database did not start."""
        record = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        machine = self.site.machines.get(record.id)
        text = "\n".join(machine.console if machine else ())
        return ActionResult({"InstanceId": record.id, "Timestamp": utcnow(), "Output": Base64EncodedString.from_raw_string(text)})


def _becomes(record: Any, state: str) -> None:
    record._state = InstanceState(state, CODES[state])  # noqa: SLF001 - moto has no other way


def becoming(records: Iterable[Any], state: str) -> None:
    for each in records:
        _becomes(each, state)
