"""rotate-secrets: gives credentials new values, everywhere they are stored, and ends the former ones only once nobody needs them."""

from credex_actions.core.runner import Runner
from credex_actions.declarations.rotate_secrets import Inputs, Outputs

AGAIN = "Run the same command again: it looks first how far each credential is, and goes on from there."


def run(inputs: Inputs, runner: Runner) -> Outputs:
    from functools import partial

    from credex_actions.core.command.partial import handed_on
    from credex_actions.rotation.following import follow
    from credex_actions.rotation.rotating import rotate

    if inputs.mode == "init":
        from credex_actions.rotation.manifest.first import write_first_manifest

        return Outputs(outcome=write_first_manifest(inputs, runner))
    return handed_on(Outputs, lambda: rotate(inputs, runner, partial(follow, runner)))
