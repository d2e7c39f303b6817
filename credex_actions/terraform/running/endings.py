"""How an apply ended, in words: what was applied, what is left, and what Terraform still does."""

from typing import Final

from credex_actions.core.faults import NOTHING_CHANGED, Exit, Failure, Fault
from credex_actions.terraform.running.child import Ended
from credex_actions.terraform.running.story import Story

UNSAVED: Final = ("Failed to save state", "Failed to persist state")
STILL_LOCKED: Final = "Error releasing the state lock"
ERRORED: Final = "errored.tfstate"
"""Where Terraform leaves a state that it cannot save, in the directory that it ran in."""


def unsaved(story: Story) -> bool:
    """Whether what was applied is in no state but the one that Terraform has left next to the configuration."""
    return any(each.what.startswith(UNSAVED) for each in story.faults)


def left(story: Story) -> str:
    if not (story.applied or story.failed or story.open or unsaved(story)):
        return NOTHING_CHANGED
    return f"{story.left()}. {_state(story)}"


def _state(story: Story) -> str:
    lock = (
        " The lock may still be held: terraform force-unlock releases it."
        if any(each.what.startswith(STILL_LOCKED) for each in story.faults)
        else ""
    )
    if unsaved(story):
        return (
            f"The state was not saved: it is in {ERRORED} and nowhere else. Keep that file, which holds secrets, and run terraform state push {ERRORED} "
            f"in the same directory before anything else.{lock}".removesuffix(".")
        )
    return f"Terraform has written the state; plan again to see what is left to do.{lock}".removesuffix(".")


def interrupted(ended: Ended, story: Story) -> Failure:
    assert ended.cancelled
    fault = Fault(f"{ended.cancelled} was received while Terraform applied", "Plan again to see what is left to do.")
    if ended.code is None:
        left = (
            f"{story.left(running=True)}. Terraform (process {ended.process.pid}) has not ended yet: it holds the state's lock until it does. "
            "If the machine ends first, terraform force-unlock releases it"
        )
    elif ended.code == 0:
        left = f"{story.left()}. Terraform had finished"
    else:
        left = (
            f"{story.left()}. {_state(story)}"
            if unsaved(story)
            else f"{story.left()}. Terraform has written the state and released the lock"
        )
    return Failure(Exit.of(ended.cancelled), fault, *story.faults, left=left)


def left_alone(interrupt: KeyboardInterrupt, story: Story) -> Failure:
    fault = Fault("interrupted while Terraform applied", "Plan again once it has ended, to see what is left to do.")
    left = f"{story.left(running=True)}. Terraform continues by itself: it ends what is in progress, writes the state and releases its lock"
    return Failure(Exit.of(interrupt), fault, left=left)


def stopping(cancelled: KeyboardInterrupt) -> str:
    return f"{cancelled} was received: Terraform ends what is in progress, writes the state and releases its lock."


def sentence(outcome: str, story: Story) -> str:
    if outcome == "nothing-to-do":
        return "Nothing to do: the plan changes nothing."
    number = len(story.applied)
    counted = f"{number:,} {'action' if number == 1 else 'actions'}"
    match outcome:
        case "applied":
            return f"Applied: {counted} on resources."
        case "interrupted":
            return f"Interrupted: {counted} on resources were applied before."
        case _:
            return f"Failed: {counted} on resources were applied, {len(story.failed):,} failed."
