"""Instances: launched from an image, started, stopped, rebooted and terminated, each in its own time."""

from typing import Any

from moto.core.responses import ActionResult

from credex_actions.sandbox.aws.ec2.answering import Answering
from credex_actions.sandbox.aws.ec2.site import own_address


class Instances(Answering):
    def run_instances(self) -> ActionResult:
        reservation: Any = super().run_instances().result
        for record in reservation.instances:
            address = own_address()
            _move(record, address)
            self.site.add(record, address).boot()
        return ActionResult(reservation)


def _move(record: Any, address: str) -> None:
    interface = record.nics[0]
    interface.private_ip_address = address
    interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
