"""What a saved plan rests on, read from the file itself, and the id that stands for both.

A saved plan is a ZIP archive, whose member `tfstate` is the state that it was made from. Source: Terraform, internal/plans/planfile; OpenTofu has kept it.
"""

import hashlib
import json
import zipfile
import zlib
from codecs import getincrementaldecoder
from typing import Any, Final, NamedTuple

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.terraform.plan.stream import Broken, Stream

STATE: Final = "tfstate"
AGAIN: Final = "Make it again with plan-terraform, or with terraform plan -out."
_PIECE: Final = 1 << 16


class Basis(NamedTuple):
    """The state that a plan was made from. Both are empty if there was none."""

    lineage: str
    serial: int

    def __str__(self) -> str:
        return f"serial {self.serial}" if self.lineage else "no state"


class SavedPlan(NamedTuple):
    id: str
    basis: Basis


def read(path: str) -> SavedPlan:
    """Raises Failure(BAD_INPUT) for a file that is no saved plan."""
    try:
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
            with zipfile.ZipFile(file) as archive, archive.open(STATE) as state:
                basis = basis_of(state)
    except FileNotFoundError:
        raise _bad(path, "does not exist", "The path is relative to the working directory of this step.") from None
    except (zipfile.BadZipFile, zlib.error, KeyError, Broken, NotImplementedError, EOFError):
        what = "is not a saved plan: it is no archive with the state that it was made from"
        raise _bad(path, what, f"{AGAIN} A plan that OpenTofu has encrypted cannot be read here.") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise _bad(path, f"cannot be read: {getattr(error, 'strerror', None) or 'the path is not valid'}", AGAIN) from None
    return SavedPlan(plan_id(digest.hexdigest(), basis), basis)


def plan_id(file_digest: str, basis: Basis) -> str:
    """Changes with the file, and with the state that it rests on."""
    return hashlib.sha256(json.dumps([file_digest, basis.lineage, basis.serial]).encode()).hexdigest()


def basis_of(state: Any) -> Basis:
    """Of a binary stream with a state file, of which no more is read than its head, usually. Raises Broken."""
    decoder = getincrementaldecoder("utf-8")("replace")

    def text(size: int) -> str:
        while True:
            raw = state.read(min(size, _PIECE))
            if (piece := decoder.decode(raw, not raw)) or not raw:
                return piece

    stream = Stream(text)
    found: dict[str, Any] = {}
    for key in stream.members():
        if key in ("lineage", "serial") and stream.peek() not in {"{", "["}:
            found[key] = stream.value()
        else:
            stream.skip()
        if len(found) == 2:  # noqa: PLR2004 - both
            break
    lineage, serial = found.get("lineage"), found.get("serial")
    if not isinstance(lineage, str) or not isinstance(serial, int):
        raise Broken("it has no lineage or no serial")
    return Basis(lineage, serial)


def _bad(path: str, what: str, hint: str) -> Failure:
    return Failure(Exit.BAD_INPUT, Fault(what, hint, "plan-file", path))
