"""One entry of a plan's `resource_changes` or `resource_drift`, as Terraform documents it (JSON output format, "Change representation")."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

ACTIONS: Final[Mapping[tuple[str, ...], str]] = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "forget",
}
"""What each list of actions is called here. A list that is not among them is not understood."""

_TELLABLE: Final = re.compile(r"[\w./:+-]{1,100}", re.ASCII)
_INDEX: Final = re.compile(r'\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\]')


class Malformed(Exception):
    """An entry that Terraform would not write."""


class Change(NamedTuple):
    address: str
    type: str
    managed: bool
    actions: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unknown: Any  # of `after`: true where the value is known only after apply
    sensitive: Any  # of `before`
    replace_paths: tuple[str, ...]
    reason: str
    deposed: str
    previous_address: str

    @property
    def action(self) -> str:
        """One word for the actions; "" where they are not known."""
        return ACTIONS.get(self.actions, "")

    @property
    def destroys(self) -> bool:
        return "delete" in self.actions

    @property
    def forgets(self) -> bool:
        return "forget" in self.actions

    @property
    def resource(self) -> str:
        """The address without the keys of count and for_each: what all instances of the resource share."""
        return _INDEX.sub("", self.address)

    def told(self, name: str) -> str:
        """The previous value of a top-level attribute, if it may be shown: a short word or number that is not sensitive."""
        value = self.before.get(name)
        hidden = self.sensitive is True or (isinstance(self.sensitive, Mapping) and bool(self.sensitive.get(name)))
        if hidden or isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return str(value) if _TELLABLE.fullmatch(str(value)[:101]) else ""


def read(entry: object) -> Change:
    """Raises Malformed."""
    if not isinstance(entry, Mapping) or not isinstance(change := entry.get("change"), Mapping):
        raise Malformed("it is not a change of a resource")
    address, kind, actions = entry.get("address"), entry.get("type"), change.get("actions")
    if not isinstance(address, str) or not address or not isinstance(kind, str) or not kind:
        raise Malformed("it has no address or no type")
    if not isinstance(actions, list) or not actions or not all(isinstance(each, str) for each in actions):
        raise Malformed("it has no actions")
    return Change(
        address=address,
        type=kind,
        managed=entry.get("mode") != "data",
        actions=tuple(actions),
        before=_object(change.get("before"), "before"),
        after=_object(change.get("after"), "after"),
        unknown=change.get("after_unknown", False),
        sensitive=change.get("before_sensitive", False),
        replace_paths=tuple(_paths(change.get("replace_paths"))),
        reason=_text(entry.get("action_reason")),
        deposed=_text(entry.get("deposed")),
        previous_address=_text(entry.get("previous_address")),
    )


def _object(value: object, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Malformed(f"its {name} is not an object")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _paths(value: object) -> list[str]:
    """As Terraform writes a path: `root_block_device[0].volume_type`."""
    found = []
    for path in value if isinstance(value, list) else []:
        text = ""
        for step in path if isinstance(path, list) else []:
            if isinstance(step, str):
                # a key of a map may be any text; an attribute is a word
                text += f".{step}" if re.fullmatch(r"\w{1,80}", step, re.ASCII) else '["…"]'
            else:
                text += f"[{step}]" if isinstance(step, int) else "[…]"
        found.append(text.removeprefix(".") or "the whole resource")
    return list(dict.fromkeys(found))
