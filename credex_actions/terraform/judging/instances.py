"""What goes with an instance: AWS deletes the volumes whose `delete_on_termination` is true, and Terraform lists none of them as a change."""

from collections.abc import Iterator, Mapping
from typing import Any

from credex_actions.terraform.plan.change import Change


def lost_with(change: Change) -> tuple[str, str]:
    """What a destroyed instance takes with it, and the attribute that says so."""
    gone = list(_gone(change.before))
    if gone:
        return ", ".join(what for what, _ in gone), ", ".join(dict.fromkeys(why for _, why in gone))
    lost = "no volume; but what comes in its place starts without the data, until the volume is attached and mounted again"
    return lost, "delete_on_termination is false"


def _gone(before: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    roots = before.get("root_block_device")
    if not roots:
        yield "the root volume", "the plan does not say that the root volume is kept"
    for name, what in (("root_block_device", "the root volume"), ("ebs_block_device", "an inline volume")):
        blocks = before.get(name) or []
        for block in blocks if isinstance(blocks, list) else [blocks]:
            if not isinstance(block, Mapping):
                yield what, f"{name} is not understood"
            elif block.get("delete_on_termination") is not False:
                yield f"{what}{_size(block)}", f"{name}.delete_on_termination is true"
    if before.get("ephemeral_block_device"):
        yield "the instance store", "ephemeral_block_device ends with the instance"


def _size(block: Mapping[str, Any]) -> str:
    size = block.get("volume_size")
    return f" ({size} GiB)" if isinstance(size, int) and not isinstance(size, bool) and 0 < size < 1 << 20 else ""
