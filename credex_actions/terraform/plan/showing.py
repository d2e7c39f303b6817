"""`terraform show -json` of a saved plan. Only this path of the guard starts another program."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from shutil import which
from threading import Thread
from typing import BinaryIO, Final, cast

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.runner import Runner
from credex_actions.core.text import one_line
from credex_actions.terraform.plan.stream import Broken

_TOLD: Final = 1 << 16


@contextmanager
def shown(path: str, directory: str, runner: Runner, program: str = "") -> Iterator[BinaryIO]:
    """What Terraform (`program`, or the one on PATH) prints. Raises Failure(BAD_INPUT) where it cannot show the plan, whatever was made of
    its output until then.
    """
    command = [program or _required(path, runner), "show", "-json", "-no-color", os.path.abspath(path)]
    environment = environment_of_child(runner.environment)
    process = subprocess.Popen(
        command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    told: list[bytes] = []
    listener = Thread(target=lambda: told.append(_drained(cast("BinaryIO", process.stderr))), daemon=True)
    listener.start()
    try:
        yield cast("BinaryIO", process.stdout)
    except (Broken, Failure):
        if _ended(process, listener) == 0:
            raise
    except KeyboardInterrupt:
        process.kill()  # it only reads
        raise
    finally:
        code = _ended(process, listener)
    if code:
        words = one_line(runner.redact(b"".join(told).decode("utf-8", "replace").replace("╷", "").replace("│", "").replace("╵", "")), 600)
        hint = "Run terraform init in this directory, with the Terraform version that made the plan; or provide the JSON of terraform show -json."
        raise Failure(Exit.BAD_INPUT, Fault(f"cannot be shown by Terraform: {words or f'exit code {code}'}", hint, "plan", path))


def environment_of_child(environment: Mapping[str, str]) -> dict[str, str]:
    """Without our own inputs, some of which are secrets, and without Terraform's logs on stderr, which hold all of them."""
    child = {**environment, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    for name in ("TF_LOG", "TF_LOG_CORE", "TF_LOG_PROVIDER", *(name for name in child if name.startswith("INPUT_"))):
        child.pop(name, None)
    return child


def program_on_path(environment: Mapping[str, str]) -> str | None:
    """The program, not the wrapper that setup-terraform puts in front of it: that one prints lines of its own."""
    folder, search = environment.get("TERRAFORM_CLI_PATH", ""), environment.get("PATH")
    found = (folder and which("terraform-bin", path=folder)) or which("terraform", path=search) or which("tofu", path=search)
    return os.path.abspath(found) if found else None


def _required(path: str, runner: Runner) -> str:
    found = program_on_path(runner.environment)
    if not found:
        what = "is a saved plan, and neither terraform nor tofu is on PATH to show it"
        hint = "Add a step with hashicorp/setup-terraform before this one, or provide the JSON of terraform show -json."
        raise Failure(Exit.BAD_INPUT, Fault(what, hint, "plan", path))
    return found


def _drained(stream: BinaryIO) -> bytes:
    """The beginning of what comes; the rest is read too, so that the program never waits for us."""
    kept = stream.read(_TOLD)
    while stream.read(_TOLD):
        pass
    return kept


def _ended(process: "subprocess.Popen[bytes]", listener: Thread) -> int:
    if process.stdout and not process.stdout.closed:
        _drained(cast("BinaryIO", process.stdout))
        process.stdout.close()
    code = process.wait()
    listener.join()
    if process.stderr:
        process.stderr.close()
    return code
