"""What an apply did, told from its events: what is applied, what failed, and what had begun when it ended. Events in, sentences out."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from credex_actions.core.text import listed, one_line
from credex_actions.terraform.running.diagnostics import HALTED, Lock, fault, lock_of
from credex_actions.terraform.running.events import Event

if TYPE_CHECKING:
    from credex_actions.core.faults import Fault

BEGUN: Final = {"create": "creating", "update": "modifying", "delete": "destroying", "read": "reading", "move": "moving"}
DONE: Final = {"create": "created", "update": "modified", "delete": "destroyed", "read": "read", "move": "moved"}
CHANGES: Final = frozenset(("create", "update", "delete"))
SIMPLE: Final = (str, int, float, bool)
LONGEST_VALUE: Final = 300


class Applied(NamedTuple):
    """An action that ended well."""

    address: str
    action: str


class Story:
    def __init__(self, directory: str) -> None:
        self._directory = directory
        self.applied: list[Applied] = []
        self.open: dict[tuple[str, str], None] = {}  # begun and not ended, in that order
        self.failed: list[Applied] = []
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.locked: Lock | None = None
        self.outputs: dict[str, str] = {}  # those that may be shown
        self.hidden: list[str] = []  # the names of the sensitive ones
        self.stopping = False

    def take(self, event: Event) -> Iterator[str]:
        """The sentences that the event is worth. What goes on is told by `now`."""
        doing = (event.address, event.action)
        match event.type:
            case "apply_start":
                self.open[doing] = None
                yield f"{event.address}: {BEGUN.get(event.action, event.action)}"
            case "apply_complete":
                self.open.pop(doing, None)
                if event.action in CHANGES:
                    self.applied.append(Applied(*doing))
                yield f"{event.address}: {DONE.get(event.action, event.action)}{_after(event.elapsed)}"
            case "apply_errored":
                self.open.pop(doing, None)
                self.failed.append(Applied(*doing))
                yield f"{event.address}: failed{_after(event.elapsed)}"
            case "diagnostic":
                self._diagnosed(event.body)
            case "outputs":
                self._take_outputs(event.body)
            case "text":
                yield one_line(event.message)

    def now(self, event: Event) -> str:
        """What goes on, if the event tells that."""
        if event.type == "apply_progress":
            return f"{event.address}: still {BEGUN.get(event.action, event.action)} ({event.elapsed} s)"
        return ""

    def left(self, *, running: bool = False) -> str:
        """What was changed and what is not known, for the end of an error message."""
        parts = [f"applied: {_named(self.applied, DONE)}" if self.applied else "nothing was applied"]
        if self.failed:
            parts.append(f"failed, so that it may exist in part: {_named(self.failed, BEGUN)}")
        if self.open:
            begun = listed([f"{one_line(address, 200)} ({BEGUN.get(action, action)})" for address, action in self.open])
            parts.append(f"{'still in progress' if running else 'begun, and its end is not known'}: {begun}")
        return "; ".join(parts)

    def _diagnosed(self, diagnostic: Mapping[str, Any]) -> None:
        told = fault(diagnostic, self._directory)
        if diagnostic.get("severity") == "warning":
            self.warnings.append(told)
            return
        if told.what.startswith(HALTED):
            return
        self.locked = self.locked or lock_of(str(diagnostic.get("detail") or ""))
        self.faults.append(told)

    def _take_outputs(self, outputs: Mapping[str, Any]) -> None:
        """An apply tells them at its end; a plan's have no values."""
        for name, output in outputs.items():
            if not isinstance(output, Mapping):
                continue
            value = output.get("value")
            if output.get("sensitive") is not False:
                self.hidden.append(name)
            elif isinstance(value, SIMPLE):
                self.outputs[name] = one_line(str(value), LONGEST_VALUE)


def _named(actions: list[Applied], words: Mapping[str, str]) -> str:
    return listed([f"{one_line(each.address, 200)} ({words.get(each.action, each.action)})" for each in actions])


def _after(seconds: int) -> str:
    return f" after {seconds} s" if seconds else ""
