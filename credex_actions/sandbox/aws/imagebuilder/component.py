"""A component document of AWSTOE, as far as builds run one: the phase build, with steps of ExecuteBash."""

import re
from typing import Any, Final

import yaml

from credex_actions.sandbox.aws.imagebuilder.records import invalid

PHASES: Final = frozenset(("build", "validate", "test"))
STEPS: Final = "ExecuteBash"


def read(text: str) -> list[tuple[str, str]]:
    """Name and script of each step of the phase build. Raises Refusal."""
    try:
        document: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise invalid(f"The component document is not valid YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(document, dict) or str(document.get("schemaVersion")) != "1.0" or not isinstance(document.get("phases"), list):
        raise invalid("The component document has to have a schemaVersion of 1.0, and phases.")
    names = [phase.get("name") for phase in document["phases"]]
    if not names or not PHASES.issuperset(names) or len(names) != len(set(names)):
        raise invalid(f"The component document has to have phases of {', '.join(sorted(PHASES))}, each once.")
    steps = [step for phase in document["phases"] if phase["name"] == "build" for step in phase.get("steps", ())]
    return [_step(each) for each in steps]


def _step(step: Any) -> tuple[str, str]:
    commands = step.get("inputs", {}).get("commands")
    if step.get("action") != STEPS or not step.get("name") or not isinstance(commands, list) or not commands:
        raise invalid(f"The sandbox runs steps of {STEPS} with a name and inputs.commands.")
    if any(re.search(r"\{\{.*?\}\}", each) for each in commands):
        raise invalid("The sandbox resolves no references within {{ }}.")
    return step["name"], "\n".join(commands)
