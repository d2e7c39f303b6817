"""Opens what the input `plan` names: the JSON itself, or a saved plan that Terraform shows. Says what a file is that is neither."""

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.terraform.plan.stream import Stream

SAVED: Final = b"PK\x03\x04"
"""A saved plan is a ZIP archive. Source: Terraform, internal/plans/planfile."""

SHOW: Final = "Provide the saved plan itself, or its JSON: terraform plan -out=tfplan, then terraform show -json tfplan > plan.json."
_HEAD: Final = 1 << 16


def bad(path: str, what: str, hint: str = SHOW) -> Failure:
    return Failure(Exit.BAD_INPUT, Fault(what, hint, "plan", path))


@contextmanager
def opened(path: str, directory: str, runner: Runner, program: str = "") -> Iterator[Stream]:
    """The plan's JSON; `program` shows a saved plan, if it is not the one on PATH. Raises Failure(BAD_INPUT), on leaving too where Terraform could not show the whole of it."""
    if not os.path.isdir(directory):
        fault = Fault("is not a directory", "Set it to the directory that terraform plan ran in.", "directory", directory)
        raise Failure(Exit.BAD_INPUT, fault)
    with _file(path, directory) as file:
        head = file.read(_HEAD)
        file.seek(0)
        if head.startswith(SAVED):
            from credex_actions.terraform.plan.showing import shown

            with shown(path, directory, runner, program) as text:
                yield _stream(text, path)
            return
        if strange := _strange(head):
            raise bad(path, *strange)
        yield _stream(file, path)


def _file(path: str, directory: str) -> BinaryIO:
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise bad(path, "is a directory" if os.path.isdir(path) else "is not a regular file", "Set it to the path of a file.")
        return open(path, "rb")
    except FileNotFoundError:
        inside = os.path.join(directory, path)
        meant = f"Did you mean {inside}?" if os.path.isfile(inside) else "Did terraform plan write it?"
        raise bad(path, "does not exist", f"The path is relative to the working directory of this step. {meant}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise bad(path, f"cannot be read: {reason}", "Set it to the path of a readable file.") from None


def _strange(head: bytes) -> tuple[str, str] | None:
    """What the file is and what to do, if its beginning shows that it is not JSON."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return (
            "is UTF-16 text, which is what PowerShell's > writes",
            "Write it as UTF-8: terraform show -json tfplan | Out-File -Encoding utf8 plan.json",
        )
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start:
        return "is empty", f"Did the step that writes it fail? {SHOW}"
    if start.startswith(b"{"):
        return None
    if start.startswith(b"[command]"):
        return "begins with a line of setup-terraform's wrapper", "Set terraform_wrapper: false for hashicorp/setup-terraform."
    if any(mark in head for mark in (b"Terraform will perform", b"OpenTofu will perform", b"No changes.", b"Plan: ", b"Refreshing state")):
        return "is the log of terraform plan, not the plan", SHOW
    if b"\0" in head:
        return "is a binary file, but not a saved plan", SHOW
    return "is not a Terraform plan: it is neither a saved plan nor JSON", SHOW


def _stream(file: BinaryIO, path: str) -> Stream:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()

    def read(size: int) -> str:
        while True:
            raw = file.read(size)
            try:
                text = decoder.decode(raw, not raw)
            except UnicodeDecodeError:
                raise bad(path, "is not UTF-8 text") from None
            if text or not raw:
                return text

    return Stream(read)
