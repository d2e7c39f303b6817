"""What CodeDeploy does with an ECS service, step by step. Pure: a deployment and what is seen of its tasks in, the next act out.

Source: CodeDeploy guide, "Deployments on an Amazon ECS compute platform". Its minutes are five scheduler ticks each.
"""

import re
from typing import Final, NamedTuple

from credex_actions.sandbox.aws.ecs.release import Release

TICKS_A_MINUTE: Final = 5
PATIENCE: Final = 60 * TICKS_A_MINUTE
"""Ticks that a replacement task set is given: CodeDeploy waits an hour."""
MOST_FAILURES: Final = 4
"""Failed tasks after which this stand-in does not wait for the hour to pass."""


class Install(NamedTuple):
    """Make the replacement task set."""


class Await(NamedTuple):
    """The replacement is ready; somebody has to say go."""


class Shift(NamedTuple):
    percent: float


class Terminate(NamedTuple):
    """The traffic is over: wait, then end the original task set."""


class Finish(NamedTuple):
    pass


class GiveUp(NamedTuple):
    """`status`: Failed or Stopped. `event`: what the rollback configuration calls this."""

    status: str
    code: str
    why: str
    event: str


Act = Install | Await | Shift | Terminate | Finish | GiveUp


def schedule(config: str) -> list[tuple[float, int]]:
    """(percent, minutes until the next step) by the name of a deployment configuration; a name that says neither canary nor linear is all at once."""
    if found := re.search(r"Canary(\d+)Percent(\d+)Minutes", config):
        return [(float(found[1]), int(found[2])), (100.0, 0)]
    if found := re.search(r"Linear(\d+)PercentEvery(\d+)Minutes", config):
        step = int(found[1])
        return [(float(min(100, percent)), int(found[2])) for percent in range(step, 100 + step, step)]
    return [(100.0, 0)]


def decide(release: Release, *, ready: bool, failed: int, alarms: tuple[str, ...]) -> Act | None:
    """`ready`: the replacement has all its tasks in service. `failed`: its tasks that never got there, in a row."""
    if release.asked_to_stop:
        return GiveUp("Stopped", "MANUAL_STOP", "The deployment was stopped by a user.", "DEPLOYMENT_STOP_ON_REQUEST")
    if alarms:
        why = "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. "
        return GiveUp("Stopped", "ALARM_ACTIVE", f"{why}Activated alarms: {', '.join(alarms)}", "DEPLOYMENT_STOP_ON_ALARM")
    if release.stage == "created":
        return Install()
    if release.stage == "installing":
        return _installing(release, ready=ready, failed=failed)
    if release.stage == "waiting":
        return _waiting(release)
    if release.stage == "shifting":
        return _shifting(release)
    return Finish() if release.stage == "terminating" and release.age >= max(2, release.terminates_after * TICKS_A_MINUTE) else None


def _installing(release: Release, *, ready: bool, failed: int) -> Act | None:
    if ready:
        return Await() if release.waits_for_approval else Shift(schedule(release.config)[0][0])
    if release.age >= PATIENCE or failed >= MOST_FAILURES:
        why = "The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes."
        return GiveUp("Failed", "TIMEOUT", why, "DEPLOYMENT_FAILURE")
    return None


def _waiting(release: Release) -> Act | None:
    over = release.age >= release.waits_for_approval * TICKS_A_MINUTE
    if release.approved or (over and not release.stops_unapproved):
        return Shift(schedule(release.config)[0][0])
    if over:
        return GiveUp("Stopped", "TIMEOUT", "The deployment was stopped because nobody continued it in time.", "DEPLOYMENT_STOP_ON_REQUEST")
    return None


def _shifting(release: Release) -> Act | None:
    steps = schedule(release.config)
    at = next(index for index, (percent, _) in enumerate(steps) if percent >= release.shifted)
    if release.age < max(1, steps[at][1] * TICKS_A_MINUTE):
        return None
    return Shift(steps[at + 1][0]) if at + 1 < len(steps) else Terminate()
