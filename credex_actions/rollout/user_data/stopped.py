"""An instance that a run has stopped, and that nothing starts by itself: no timer runs on it. What a person is told. Pure."""

from collections.abc import Iterable

from credex_actions.core.loop import Run
from credex_actions.rollout.user_data.steps import StartAgain, StartInstance, StopInstance


def left_stopped(runs: Iterable[Run]) -> str:
    """The instance whose last stop was sent after its last start that EC2 has accepted; "" if there is none."""
    stopped = ""
    moves = ((sent.ended or sent.began, bool(sent.ended), step) for run in runs for step, sent in list(run.sent.items()))
    for _, accepted, step in sorted(moves, key=lambda move: move[0]):
        match step:
            case StopInstance():
                stopped = step.instance
            case StartInstance() | StartAgain() if accepted:
                stopped = ""
    return stopped


def how_to_start(instance: str, *, stopped: bool) -> str:
    """By hand. `stopped`: the instance is, not Neo4j alone."""
    by_hand = f"aws ec2 start-instances --instance-ids {instance}" if stopped else f"systemctl start neo4j on {instance}"
    return f"Run the same command again, or {by_hand}."
