"""Puts together what placeholders become, and hands it to the render step as two JSON mappings: what everybody may read, and the secrets.

Of all the secrets that the job can see, those that `secret-names` lists are kept. Whatever is kept is masked, also in the form that it has inside JSON.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping

from credex_actions.core.command.kinds import WORDS, mapping
from credex_actions.core.faults import Fault
from credex_actions.core.forked import explained
from credex_actions.core.redaction import maskable
from credex_actions.core.runner import Runner, this_process
from credex_actions.core.text import plain, suggester, untransmittable

Source = tuple[str, Mapping[str, str]]
"""Where values come from, in words, and the values by name."""

OPEN, SECRET = slice(2), slice(2, None)
"""Those of the sources that everybody may read, and those that hold secrets."""


def main() -> int:
    runner = this_process(json_on_stdout=False)
    sources, faults = collect(os.environ)
    for _, values in sources[SECRET]:
        for name, value in values.items():
            hide(runner, name, value)
    faults += [*twice(sources), *odd(sources)]
    for fault in explained(faults, os.environ):
        runner.error(fault)
    if faults:
        return 2
    for output, kind in (("values", OPEN), ("secret-values", SECRET)):
        collected = {name: value for _, values in sources[kind] for name, value in values.items()}
        runner.output(output, json.dumps(collected, ensure_ascii=False) if collected else "")
        runner.info(f"{output}: {', '.join(sorted(collected)) or 'none'}")
    return 0


def collect(environment: Mapping[str, str]) -> tuple[list[Source], list[Fault]]:
    """The open values first, then the image, then what is secret; and what is wrong with any of them."""
    faults: list[Fault] = []
    placeholder, image = environment.get("INPUT_IMAGE_PLACEHOLDER", ""), environment.get("INPUT_IMAGE", "")
    listed = WORDS.parse(environment.get("INPUT_SECRET_NAMES", ""))
    return [
        ("the input values", parsed("values", environment.get("INPUT_VALUES", ""), faults)),
        ("image", {placeholder: image} if placeholder and image else {}),
        ("the secret values", parsed("the secret values", environment.get("SECRET_VALUES", ""), faults)),
        ("secret-names", named(listed, json.loads(environment.get("ALL_SECRETS") or "{}"), faults)),
    ], faults


def parsed(where: str, text: str, faults: list[Fault]) -> dict[str, str]:
    try:
        return mapping(text) if text.strip() else {}
    except ValueError as error:
        faults.extend(Fault(str(sentence), "Write one name=value per line, or a JSON mapping.", where) for sentence in error.args)
        return {}


def named(listed: tuple[str, ...], secrets: Mapping[str, str], faults: list[Fault]) -> dict[str, str]:
    """The listed secrets, under the names that the list gives them: GitHub keeps names of secrets in capitals."""
    known = {name.upper(): value for name, value in secrets.items()}
    nearest = suggester()
    for name in listed:
        if name.upper() not in known:
            guess = nearest(name.upper(), list(known))
            meant = f" Did you mean {guess}?" if guess else ""
            hint = f"Add the secret to this environment or the repository, and call the workflow with `secrets: inherit` (between organizations: `secrets: values`).{meant}"
            faults.append(Fault(f"the secret {name} does not exist, or this job has no access to it", hint, "secret-names"))
    return {name: known[name.upper()] for name in listed if name.upper() in known}


def twice(sources: list[Source]) -> Iterator[Fault]:
    places: dict[str, list[str]] = {}
    for source, values in sources:
        for name in values:
            places.setdefault(name, []).append(source)
    for name, found in places.items():
        if len(found) > 1:
            yield Fault(f"{name} is set twice: in {' and in '.join(found)}", "Set it once.")


def odd(sources: list[Source]) -> Iterator[Fault]:
    for source, values in sources:
        for name, value in values.items():
            if untransmittable(name) or untransmittable(value):
                what = f"{plain(name)} contains a NUL or half a surrogate pair, which cannot be passed to a container"
                yield Fault(what, "If it is binary, store it in base64, and decode it in the container.", source)


def hide(runner: Runner, name: str, value: str) -> None:
    """Mask `value` as it is inside JSON first: a runner that is told the plain form only may print the other one.

    GitHub prints what the render step is given. A value that is too short to be masked by itself is masked there with its name.
    """
    written = json.dumps({name: value}, ensure_ascii=False)[1:-1]
    runner.mask(json.dumps(value, ensure_ascii=False)[1:-1])
    runner.mask(value)
    if value.strip() and not any(True for _ in maskable(value)):
        runner.mask(written)


if __name__ == "__main__":
    sys.exit(main())
