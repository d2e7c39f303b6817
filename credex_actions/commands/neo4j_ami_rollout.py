"""neo4j-ami-rollout: moves Neo4j databases on EC2 to a newer version: finds it, builds and tests its AMI, rehearses, rolls out, and goes back."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.neo4j_ami_rollout import Inputs, Outputs

AGAIN = "Run the same command again: builds and roll-outs continue, and an AMI that exists is not built again."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from credex_actions.core.command.partial import handed_on
    from credex_actions.rollout.rolling_out import roll_out

    return handed_on(Outputs, lambda: roll_out(inputs, runner))
