"""What placeholders become, and where each value came from: `secret-values` and `values-from-env` may be read by nobody, `values` by everybody,
but for those whose name or shape says that they are secrets all the same.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from credex_actions.core.faults import Fault
from credex_actions.core.redaction import short
from credex_actions.core.runner import Runner
from credex_actions.declarations.render_task_definition import Inputs
from credex_actions.ecs.definition.secrets.guard import why_secret

GLOB: Final = frozenset("*?[")


class GivenValues(NamedTuple):
    """`secret`: names of those that are secrets. `named`: the input that named each; what a glob found was not named."""

    texts: dict[str, str]
    secret: frozenset[str]
    named: dict[str, str]

    def mask(self, runner: Runner) -> None:
        """Masks the secrets that were named, whether they are used or not."""
        self._mask(runner, self.secret & self.named.keys())

    def mask_used(self, runner: Runner, used: frozenset[str]) -> None:
        """Masks what a glob found and a placeholder used. The rest goes nowhere, and may be any word of the log."""
        self._mask(runner, self.secret & used - self.named.keys())

    def _mask(self, runner: Runner, names: frozenset[str]) -> None:
        for name in sorted(names):
            runner.mask(self.texts[name])
        for name in sorted(names):
            for warning in short(name, self.texts[name], self.named.get(name, "values-from-env")):
                runner.warning(warning)


def given_values(inputs: Inputs, environment: Mapping[str, str]) -> tuple[GivenValues, list[Fault]]:
    """The values by name. What is given by `values` or `secret-values` wins over the environment."""
    found, faults = _from_environment(inputs.values_from_env, environment)
    plain, secret = inputs.values or {}, {name: value.reveal() for name, value in (inputs.secret_values or {}).items()}
    faults += [
        Fault(f"{name} is set twice: in values and in secret-values", "Provide it once: it is either a secret or not.", "values")
        for name in plain
        if name in secret
    ]
    named = {name: "values-from-env" for name in inputs.values_from_env if name in found}
    named |= dict.fromkeys(plain, "values") | dict.fromkeys(secret, "secret-values")
    evident = {name for name, value in plain.items() if why_secret(name, value)}
    return GivenValues({**found, **plain, **secret}, frozenset((found.keys() - plain.keys()) | secret.keys() | evident), named), faults


def _from_environment(names: tuple[str, ...], environment: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    found: dict[str, str] = {}
    faults = []
    for name in names:
        if GLOB & set(name):
            from fnmatch import fnmatchcase

            found.update((each, value) for each, value in environment.items() if fnmatchcase(each, name))
        elif name in environment:
            found[name] = environment[name]
        else:
            what = f"the environment has no variable {name}"
            faults.append(Fault(what, "Set it in env: of the step, or remove it from the list.", "values-from-env"))
    return found, faults


def unused(values: GivenValues, used: frozenset[str], kept: tuple[str, ...]) -> Iterator[Fault]:
    for name in sorted(values.named.keys() - used):
        if name in kept:
            yield Fault(f"{name} is set, but keep-placeholders keeps its placeholder", "Remove it from one of them.", values.named[name])
        else:
            what = f"{name} is set, but no placeholder ${{{name}}} uses it"
            yield Fault(what, "Remove it, or check the spelling of the placeholder.", values.named[name])
