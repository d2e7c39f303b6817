"""What happens in a run, in the order in which it happens. Executions tell it, act's and scripted ones alike; the run's record is drawn from it.

A job is named as the run's page names it: `build`, `test (3.11)` of a matrix, `deploy / render` of a reused workflow.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class JobQueued(NamedTuple):
    """The job waits for a runner that has all of `labels`."""

    job: str
    labels: tuple[str, ...] = ("ubuntu-latest",)


class Approval(NamedTuple):
    """The job waits until somebody lets it into `environment`."""

    job: str
    environment: str


class Entering(NamedTuple):
    """The job names `environment`, and continues, or not, once `answer` is called. `batch`: what the jobs of a matrix have in common."""

    job: str
    environment: str
    url: str
    deployment: bool
    answer: Callable[[bool], None]
    batch: str = ""


class JobStarted(NamedTuple):
    job: str


class StepStarted(NamedTuple):
    job: str
    step: str


class Line(NamedTuple):
    """A line of the job's log as GitHub keeps it, `##[group]` and `##[error]` included, secrets masked, without its timestamp."""

    job: str
    text: str


class StepEnded(NamedTuple):
    job: str
    step: str
    conclusion: str


class JobEnded(NamedTuple):
    job: str
    conclusion: str


class Pause(NamedTuple):
    """Nothing happens for so long. `heeds_cancel` false: as steps do that run always, until the run is cancelled by force."""

    seconds: float
    heeds_cancel: bool = True


Happening: TypeAlias = JobQueued | Approval | Entering | JobStarted | StepStarted | Line | StepEnded | JobEnded | Pause
