"""Whether the root volume of an instance was booted with the user data that neo4j.yml names: what a check says of it, and a plan would change."""

import botocore.exceptions

from credex_actions.aws.scratch.like import user_data_of
from credex_actions.core.aws.clients import explain
from credex_actions.databases.finding import Found
from credex_actions.rollout.checking import Checked, UserData
from credex_actions.rollout.context import Context
from credex_actions.rollout.swap.machine import look
from credex_actions.rollout.swap.note import Note, UnreadableNoteError, read_note
from credex_actions.rollout.user_data.content import counted, difference, digest, wanted


def compare(context: Context, checked: Checked, found: Found) -> None:
    """Into `checked`. Raises nothing but Cancelled: what is known of the version stays."""
    configured = context.asked.user_data_of(checked.name)
    if configured is None:
        return
    try:
        there = look(context.clients, context.clock, found.instance_id)
        own = user_data_of(context.clients, context.clock, found.instance_id)
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        failure = explain(error)
        checked.notes.append(f"whether its user data are those of neo4j.yml is not known: {failure.faults[0].what}")
        checked.fault, checked.code = checked.fault or failure.faults[0], failure.code
        return
    try:
        note = read_note(there.tags)
    except UnreadableNoteError:
        note = None  # a plan refuses it; what is set is compared all the same
    checked.user_data = judged(own, configured, note, there.root)
    checked.notes += [checked.user_data.says] if checked.user_data.says else []


def judged(own: bytes, configured: bytes, note: Note | None, root: str) -> UserData:
    """`own`: those that are set; a boot may have run others, which the note knows. Pure."""
    if note and note.unfinished:
        return UserData("differs", "a roll-out of it is half-done: --mode status says what continues it")
    new = wanted(own, configured)
    booted = note.booted_with(root) if note else ""
    if (booted or digest(own)) == digest(new):
        return UserData("as-configured")
    lines = difference(own, new, str)
    how = counted(lines) if lines else "they are set already, and no boot has run them yet"
    return UserData(
        "differs", f"its user data are not those of neo4j.yml ({how}): --mode plan shows the difference, --mode apply rolls it out"
    )
