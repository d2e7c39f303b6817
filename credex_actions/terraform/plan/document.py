"""Reads the JSON of a plan member by member, and says what a JSON document is that is none."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from credex_actions.terraform.plan.source import SHOW, bad
from credex_actions.terraform.plan.stream import Broken, Stream

HEAD: Final = frozenset(
    ("format_version", "terraform_version", "applyable", "complete", "errored", "version", "lineage", "serial", "@level", "@message")
)
"""Members of one word that are kept."""
MARKS: Final = frozenset(("planned_values", "resource_changes", "configuration", "applyable", "complete", "errored"))
"""One of them is in every plan. `{"format_version": …}` alone is what Terraform shows of an empty state."""


class Judge(Protocol):
    def change(self, entry: object) -> None: ...
    def drift(self, entry: object) -> None: ...
    def deferred(self, entry: object) -> None: ...


def read_plan(stream: Stream, judge: Judge, path: str, outputs: Callable[[object], None] | None = None) -> Mapping[str, Any]:
    """Hands every entry to `judge`, and `output_changes` to `outputs`; answers the members of one word. Raises Broken, Failure(BAD_INPUT)."""
    takers = {"resource_changes": judge.change, "resource_drift": judge.drift, "deferred_changes": judge.deferred}
    whole = {"output_changes": outputs} if outputs else {}
    head: dict[str, Any] = {}
    seen: set[str] = set()
    if stream.peek() != "{":
        raise bad(path, "is JSON, but not an object", SHOW)
    for key in stream.members():
        if key in seen:
            raise Broken(f"{key[:40]} stands in it twice")
        seen.add(key)
        if key in takers:
            _each(stream, takers[key])
        elif key in whole:
            whole[key](stream.value())
        elif key in HEAD and stream.peek() not in {"{", "["}:
            head[key] = stream.value()
        elif key == "action_invocations" and stream.peek() == "[":
            head[key] = _any(stream)
        else:
            stream.skip()
        if len(seen) == 1 and key == "@level":
            break
    if strange := _strange(seen):
        raise bad(path, *strange)
    if stream.peek():
        raise Broken("something follows the end of the JSON")
    return head


def _each(stream: Stream, take: Callable[[object], None]) -> None:
    if stream.peek() == "n":  # null, which Terraform's encoder writes for no list
        stream.skip()
        return
    for _ in stream.elements():
        take(stream.value())


def _any(stream: Stream) -> bool:
    found = False
    for _ in stream.elements():
        found = True
        stream.skip()
    return found


def _strange(seen: set[str]) -> tuple[str, str] | None:
    if "@level" in seen:
        return "is the log of terraform plan -json, not the plan", SHOW
    if "provider_schemas" in seen:
        return "is the JSON of terraform providers schema, not a plan", SHOW
    if seen & MARKS:
        return None
    if "lineage" in seen or {"version", "resources"} <= seen:
        return "is a state file, not a plan", SHOW
    if "values" in seen:
        return "is the JSON of a state, not of a plan", f"terraform show -json without a file shows the state. {SHOW}"
    if "format_version" in seen and "diagnostics" not in seen:
        return "is the JSON of an empty state, not of a plan", f"terraform show -json without a file shows the state. {SHOW}"
    if "diagnostics" in seen:
        return "is the JSON of terraform validate, not a plan", SHOW
    return "is JSON, but not a Terraform plan", SHOW
