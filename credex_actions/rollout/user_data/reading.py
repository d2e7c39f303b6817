"""The user data that neo4j.yml names, read before the first call: `databases.NAME.user-data.file`, relative to the configuration."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from credex_actions.core.documents.document import Document, read_text
from credex_actions.core.faults import Failure, Fault
from credex_actions.core.text import listed
from credex_actions.neo4j.configuration.model import Database
from credex_actions.rollout.user_data.content import LARGEST
from credex_actions.rollout.user_data.secrets import secrets_in

if TYPE_CHECKING:
    from credex_actions.core.documents.places import Path

BEGINNINGS: Final = (
    "#!",
    "#cloud-config",
    "#cloud-boothook",
    "#include",
    "#part-handler",
    "## template:",
    "MIME-Version:",
    "Content-Type:",
)
"""What cloud-init goes by. Source: cloud-init documentation, "User-data formats". Anything else is ignored at boot, with a line in its log."""
EVERY_BOOT: Final = re.compile(
    r"\A#cloud-boothook|(?m:^)(?:Content-Type:[ \t]*text/cloud-boothook|bootcmd[ \t]*:)"
    r"|\bscripts[-_]user[\"']?[ \t]*,[ \t]*[\"']?always\b"
)
"""Source: cloud-init documentation, "User-data formats" and "Modules": a boothook and bootcmd run at every boot, and so does a module whose frequency is always."""
INCLUDES: Final = re.compile(r"\A#include|(?m:^)Content-Type:[ \t]*text/x-include")


def read(document: Document, databases: Mapping[str, Database]) -> tuple[dict[str, bytes], list[Fault]]:
    """By database, of those that name a file; and all that is wrong with them."""
    found, faults = {}, []
    for name, database in databases.items():
        configured = database.user_data
        if configured is UNSET:
            continue
        where: Path = ("databases", name, "user-data", "file")
        path = os.path.normpath(os.path.join(os.path.dirname(document.file), configured.file))
        try:
            text = read_text(path, "user-data", LARGEST)
        except Failure as failure:
            faults += [document.fault(where, f"{path}: {each.what}", each.hint) for each in failure.faults]
            continue
        found[name] = text.encode()
        faults += [document.fault(where, f"{path} {what}", hint) for what, hint in _faults(text)]
    return found, faults


def _faults(text: str) -> Iterable[tuple[str, str]]:
    if secrets := list(secrets_in(text.split("\n"))):
        lines = listed([str(number) for number, _ in secrets[:20]])
        why = listed(list(dict.fromkeys(why for _, why in secrets)))
        hint = (
            "Read it on the instance from Parameter Store or Secrets Manager: whoever may describe the instance reads its user data. "
            "If it is none, put the comment # credex: not a secret on the line or on the one before."
        )
        yield f"holds a secret in line{'' if len(secrets) == 1 else 's'} {lines}: {why}", hint
    first = text.split("\n", 1)[0]
    if text.startswith("#!") and first.endswith("\r"):
        yield "begins with a line that ends with CRLF, so that no interpreter is found", "Save it with the line ends of Unix (LF)."
    if EVERY_BOOT.search(text):
        what = "has parts that run at every boot (#cloud-boothook, bootcmd, or a module that runs always)"
        yield (
            f"{what}: the restart before the snapshot would run them on the previous root volume of the live database",
            "Do it in a unit of systemd that the first boot writes.",
        )
    if INCLUDES.search(text):
        yield (
            "includes what it does not hold (#include): what a review and a rehearsal have seen is not what a boot runs",
            "Put the content into the file.",
        )
    if not text.startswith(BEGINNINGS):
        yield "does not begin as user data do, so that no boot would run it", "Begin it with #!/bin/bash or #cloud-config."
