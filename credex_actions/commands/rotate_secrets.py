"""rotate-secrets: rotates credentials everywhere they are stored, and revokes the previous values only when nothing uses them any more."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.rotate_secrets import Inputs, Outputs

AGAIN = "Run the same command again: it checks the state of each credential first, and continues from there."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from functools import partial

    from credex_actions.core.command.partial import handed_on
    from credex_actions.rotation.following import follow
    from credex_actions.rotation.rotating import rotate

    if inputs.mode == "init":
        from credex_actions.rotation.manifest.first import write_first_manifest

        return Outputs(outcome=write_first_manifest(inputs, runner))
    return handed_on(Outputs, lambda: rotate(inputs, runner, partial(follow, runner)))
