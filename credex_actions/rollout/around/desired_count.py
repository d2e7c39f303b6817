"""The desired count of the ECS service that writes, as what keeps writes out of its databases. They may be several: it is closed for one after the other."""

from dataclasses import dataclass

from credex_actions.core.aws.clients import Clients, one_write
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.rollout.around.gates import WRITES_STOPPED_BY, HeldNote, State, read_note, unreadable
from credex_actions.rollout.around.writes import Note


@dataclass
class DesiredCount:
    clients: Clients
    clock: Clock
    cluster: str
    service: str
    _arn: str = ""

    def __post_init__(self) -> None:
        self.held = HeldNote(self.clock, self._tag, self._untag)

    def noted(self) -> Note | None:
        return self.look().note

    def look(self) -> State:
        ecs = self.clients.read("ecs")
        request = {"cluster": self.cluster, "services": [self.service], "include": ["TAGS"]}
        answer = look_again(self.clock, lambda: ecs.describe_services(**request))
        found = next((each for each in answer["services"] if each["status"] == "ACTIVE"), None)
        if found is None:
            what = f"there is no service {self.service} in the cluster {self.cluster}"
            raise Failure(Exit.BAD_INPUT, Fault(what, "Correct it, the region or the account.", "rollout.service"))
        self._arn = found["serviceArn"]
        tags = {each["key"]: each["value"] for each in found.get("tags", ())}
        running, desired = found["runningCount"], found["desiredCount"]
        busy = (f"{running} {'task' if running == 1 else 'tasks'} of {self.service}",) if running else ()
        return State(read_note(tags, self.clock.now()), str(desired), desired == 0, busy)

    def close(self) -> None:
        self._scale(0)

    def open(self, before: str) -> None:
        if not (before.isascii() and before.isdecimal()):
            raise unreadable(self.service, "its desired count", f"scale {self.service} to what it was")
        self._scale(int(before))

    def _scale(self, count: int) -> None:
        with one_write():
            self.clients.write("ecs").update_service(cluster=self.cluster, service=self.service, desiredCount=count)

    def _tag(self, value: str) -> None:
        self.clients.write("ecs").tag_resource(resourceArn=self._arn, tags=[{"key": WRITES_STOPPED_BY, "value": value}])

    def _untag(self) -> None:
        self.clients.write("ecs").untag_resource(resourceArn=self._arn, tagKeys=[WRITES_STOPPED_BY])
