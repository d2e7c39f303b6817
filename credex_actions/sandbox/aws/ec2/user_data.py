"""The user data of an instance, changed as EC2 lets them be changed: moto decodes them twice, and takes them from an instance that runs, too."""

from base64 import b64encode
from typing import Any, Final

from moto.core.responses import EmptyResult
from moto.ec2.utils import parse_user_data

from credex_actions.sandbox.aws.ec2 import refusing
from credex_actions.sandbox.aws.ec2.paging import Paging

LARGEST: Final = 16_384
"""Bytes, before base64. Source: Amazon EC2 User Guide, "Run commands when you launch an EC2 instance with user data input"."""


class UserData(Paging):
    def modify_instance_attribute(self) -> Any:
        given = self._get_param("UserData")
        if given is None:
            return super().modify_instance_attribute()
        self.error_on_dryrun()
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        if instance.state != "stopped":
            raise refusing.not_stopped(instance)
        content = bytes(given.get("Value", b""))
        if len(content) > LARGEST:
            raise refusing.refusal("InvalidParameterValue", f"User data is limited to {LARGEST} bytes")
        instance.user_data = parse_user_data(b64encode(content)) if content else None
        return EmptyResult()
