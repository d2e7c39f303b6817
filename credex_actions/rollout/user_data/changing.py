"""The edge of steps.py: the user data of one instance read, kept and set, and the instance stopped and started for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import botocore.exceptions

from credex_actions.aws.scratch.like import user_data_of
from credex_actions.core.aws.clients import Clients, code_of, one_write
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Lost, NoEffect
from credex_actions.rollout.user_data import keeping
from credex_actions.rollout.user_data.content import digest, short

NO_CAPACITY: Final = frozenset(("InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientCapacity"))
"""Source: EC2 API reference, "Error codes", server error codes."""


@dataclass(frozen=True)
class Changing:
    """`known`: user data by their digest, as far as the run knows them without asking."""

    clients: Clients
    clock: Clock
    name: str
    instance: str
    known: Mapping[str, bytes]

    def has(self) -> str:
        """The digest of those that are set."""
        return digest(user_data_of(self.clients, self.clock, self.instance))

    def is_kept(self, which: str) -> bool:
        return keeping.kept(self.clients, self.clock, self.name, which) is not None

    def keep(self, which: str, tags: Mapping[str, str]) -> None:
        """Raises Failure where the instance has others by now."""
        now = user_data_of(self.clients, self.clock, self.instance)
        if digest(now) != which:
            what = f"the user data of {self.instance} were changed by somebody else since this run began"
            raise Failure(Exit.REMOTE, Fault(what, "Run the same command again: it plans with the ones of now."))
        keeping.keep(self.clients, self.name, now, tags)

    def set(self, which: str) -> None:
        """Raises Failure where nobody knows them."""
        user_data = self.known.get(which)
        if user_data is None:
            user_data = keeping.kept(self.clients, self.clock, self.name, which)
        if user_data is None:
            what = f"the user data {short(which)} of {self.instance} are not known: the launch template {keeping.name_of(self.name, which)} does not have them"
            raise Failure(Exit.REMOTE, Fault(what, "Set them by hand while the instance is stopped, then run the same command again."))
        with one_write():
            self.clients.write("ec2").modify_instance_attribute(InstanceId=self.instance, UserData={"Value": user_data})

    def stop_instance(self) -> None:
        with one_write():
            self.clients.write("ec2").stop_instances(InstanceIds=[self.instance])

    def start_instance(self) -> None:
        """Raises NoEffect with EC2's words where it has no capacity: a 500 that is certain to have started nothing."""
        try:
            with one_write():
                self.clients.write("ec2").start_instances(InstanceIds=[self.instance])
        except Lost as error:
            cause = error.__cause__
            if isinstance(cause, botocore.exceptions.ClientError) and code_of(cause) in NO_CAPACITY:
                raise NoEffect(f"{code_of(cause)}: {error}") from cause
            raise
