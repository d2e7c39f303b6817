"""What trigger-dev-deploy was requested, checked as far as that goes without asking GitHub: pure but for the checkout's remote."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.declarations.trigger_dev_deploy import Inputs
from credex_actions.github.connection.credentials import Credentials, GivenCredentials, choose
from credex_actions.github.connection.place import Place, current_branch, place
from credex_actions.github.refname import is_refname, short

LONGEST = 35 * 24 * 60.0
"""Minutes: GitHub ends a run after 35 days. Source: GitHub docs, "Actions limits"."""
SHORTEST_POLL, LONGEST_POLL = 0.1, 300.0


@dataclass(frozen=True)
class Asked:
    """`timeout` and `poll` in seconds. `logs`: failed, all or none. `ref`: as it was given: `refs/tags/v1` is a tag, `v1` what GitHub takes it for."""

    place: Place
    credentials: Credentials
    workflow: str
    ref: str
    inputs: Mapping[str, str]
    correlation: str | None
    run_id: int | None
    wait: bool
    timeout: float
    poll: float
    logs: str
    log_file: str
    cancels: bool
    dry_run: bool


def asked(inputs: Inputs, given: GivenCredentials, environment: Mapping[str, str], *, in_actions: bool) -> Asked:
    """Raises Failure with every fault."""
    faults = []
    where = place(inputs.repository, environment)
    if isinstance(where, Fault):
        faults.append(where)
    who = choose(given, environment)
    if isinstance(who, list):
        faults += who
    ref = _ref(inputs.ref.strip())
    if isinstance(ref, Fault):
        faults.append(ref)
    elif re.fullmatch(r"[0-9a-fA-F]{40}", ref):
        faults.append(Fault("is a commit: a workflow is dispatched on a branch or a tag", "Provide the branch that contains it.", "ref"))
    elif not is_refname(ref) or (ref.startswith("refs/") and short(ref) == ref):
        faults.append(Fault("is not the name of a branch or tag", "Write it as git shows it, for example dev.", "ref"))
    if not 0 < inputs.timeout_minutes <= LONGEST:
        faults.append(Fault("must be more than 0 and at most 50400 (35 days)", "The default is 60.", "timeout-minutes"))
    if not SHORTEST_POLL <= inputs.poll_seconds <= LONGEST_POLL:
        faults.append(Fault(f"must be between {SHORTEST_POLL:g} and {LONGEST_POLL:g}", "The default is 5.", "poll-seconds"))
    if inputs.log_file and (why := _unwritable(inputs.log_file)):
        faults.append(Fault(f"cannot be written: {why}", "Provide a path in an existing folder.", "log-file", inputs.log_file))
    if inputs.run_id is not None and inputs.inputs:
        faults.append(Fault("have no effect with run-id, which dispatches nothing", "Remove one of them.", "inputs"))
    if inputs.run_id is not None and not inputs.wait:
        faults.append(Fault("leaves nothing to do with run-id, which only follows a run", "Remove one of them.", "wait"))
    if faults or isinstance(where, Fault) or isinstance(who, list) or isinstance(ref, Fault):
        raise Failure(Exit.BAD_INPUT, *faults)
    return Asked(
        place=where,
        credentials=who,
        workflow=inputs.workflow,
        ref=ref,
        inputs=inputs.inputs or {},
        correlation=inputs.correlation_input,
        run_id=inputs.run_id,
        wait=inputs.wait,
        timeout=inputs.timeout_minutes * 60,
        poll=inputs.poll_seconds,
        logs=inputs.logs or ("failed" if in_actions else "all"),
        log_file=inputs.log_file or "",
        cancels=(inputs.on_cancel or ("cancel" if inputs.run_id is None else "leave")) == "cancel",
        dry_run=inputs.dry_run,
    )


def _unwritable(path: str) -> str:
    """Why nothing can be written there, found before a run is started; empty if it can."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        return "it is a folder"
    if os.path.exists(path) and not os.path.isfile(path):
        return "it is a pipe or a device"
    if not os.path.isdir(folder):
        return "its folder does not exist"
    return "" if os.access(path if os.path.exists(path) else folder, os.W_OK) else "permission denied"


def _ref(given: str) -> str | Fault:
    """`.` is the branch that is checked out; it is taken only if it is requested."""
    return current_branch() if given == "." else given
