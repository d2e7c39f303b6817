"""What the parts of one deployment share: who is talked to, what was asked, and what there is to say so far."""

from dataclasses import dataclass, field

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import Clock
from credex_actions.core.loop import Run
from credex_actions.core.progress import Progress
from credex_actions.core.runner import Runner
from credex_actions.ecs.deployment.request import Request
from credex_actions.ecs.outcome import Result


@dataclass
class Work:
    """`result` is filled while things continue, so that whatever ends the run finds in it what there is to say.

    `differing`: members of service-update that the service did not have when the run began; `left_settings`: those of which it does not show what the
    service had instead, so that they stay as they are set.
    """

    runner: Runner
    clock: Clock
    clients: Clients
    asked: Request
    result: Result = field(default_factory=Result)
    differing: list[str] = field(default_factory=list)
    left_settings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.progress = Progress(self.runner, self.clock)
        self.run = self.new_run()

    def new_run(self) -> Run:
        return Run(
            self.clock,
            on_step=lambda step: self.progress.line(f"- {step}"),
            on_wait=lambda wait: self.progress.now(wait.why),
            on_found=lambda step: self.progress.line(f"  the response to {step} was lost; it took effect"),
        )
