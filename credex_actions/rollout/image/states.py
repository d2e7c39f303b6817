"""AMIs that a Terraform state names: a later apply may launch from them, so that pruning never takes one. Nothing of a state is shown: it holds secrets."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import botocore.exceptions

from credex_actions.core.aws.clients import Clients, code_of, message_of
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault

AMI: Final = re.compile(r"\bami-[0-9a-f]{8,17}\b")
IN_S3: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)")


class NoStateError(ValueError):
    """Says what it is instead."""


def images_in(text: str) -> set[str]:
    """Wherever they stand: in instances, launch templates, data sources, outputs, of any provider. Raises NoStateError: what is no state protects nothing."""
    try:
        document: Any = json.loads(text)
    except ValueError:
        raise NoStateError("is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("version"), int):
        raise NoStateError("is no state of Terraform")
    if "encrypted_data" in document:
        raise NoStateError("is encrypted")
    if not isinstance(document.get("resources"), list):
        raise NoStateError("is a state of another form than that of Terraform 0.12 and later")
    return set(AMI.findall(text))


def named(clients: Clients, clock: Clock, states: Sequence[str]) -> dict[str, str]:
    """AMI to why it stays, in words. Raises Failure for a state that cannot be read: then nothing is pruned."""
    found: dict[str, str] = {}
    faults: list[Fault] = []
    for state in states:
        try:
            found |= dict.fromkeys(images_in(_read(clients, clock, state)), f"the Terraform state {state} names it")
        except NoStateError as error:
            faults.append(Fault(f"{state} {error}", "Name the state itself, as the backend keeps it.", "image.terraform-state"))
        except botocore.exceptions.ClientError as error:
            what = f"the Terraform state {state} cannot be read: {code_of(error)}: {message_of(error)}"
            faults.append(
                Fault(
                    what,
                    "Correct image.terraform-state, or grant the role s3:GetObject, and kms:Decrypt for its key.",
                    "image.terraform-state",
                )
            )
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            faults.append(
                Fault(f"the Terraform state {state} cannot be read: {reason}", "Correct image.terraform-state.", "image.terraform-state")
            )
    if faults:
        raise Failure(Exit.REFUSED, *faults)
    return found


def _read(clients: Clients, clock: Clock, state: str) -> str:
    if place := IN_S3.fullmatch(state):
        s3 = clients.read("s3")
        body: bytes = look_again(clock, lambda: s3.get_object(Bucket=place[1], Key=place[2]))["Body"].read()
        return body.decode()
    with open(state, encoding="utf-8") as file:
        return file.read()
