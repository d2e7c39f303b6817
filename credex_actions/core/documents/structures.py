"""What the files that users write have in common, as types that msgspec reads and draws a JSON Schema from."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from credex_actions.core.durations import PATTERN

Span: TypeAlias = Annotated[str, Meta(pattern=PATTERN, examples=["90d", "12h", "30m", "1d12h"])]
Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=2048)]


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab", omit_defaults=True):
    """A structure that refuses members that it does not know: one with a typing error would otherwise be ignored."""
