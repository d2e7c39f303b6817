"""Why Image Builder failed, in words: its own, of the image, the component, the step of the workflow, and where the log is. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from credex_actions.core.text import one_line
from credex_actions.rollout.image.recipe import MISMATCH, OTHER_VERSION

LOG_GROUP: Final = "/aws/imagebuilder/{}"
"""If the image names none. Source: Image Builder user guide, "Monitor Image Builder logs with Amazon CloudWatch Logs"."""
CODE: Final = re.compile(r"\b(?:exit status|exit code|code) (\d{1,3})\b")
CODES: Final = {
    MISMATCH: "mismatch: a package is not the one that the package index vouches for, and nothing of it was installed",
    OTHER_VERSION: "mismatch: another version of Neo4j was installed than the recipe's",
}
"""What the script's own codes mean: its words are in the log alone."""
LONGEST: Final = 400


def reason(image: Mapping[str, Any], workflows: Iterable[Mapping[str, Any]], steps: Iterable[Mapping[str, Any]]) -> str:
    """`image`: GetImage's; `workflows`: those of its build; `steps`: of the ones that failed. Each cause is told once."""
    told = [one_line(each, LONGEST) for each in _causes(image, workflows, steps) if each]
    whole = [each for at, each in enumerate(told) if not any(each in other for other in told[:at])]
    meaning = next((CODES[int(code)] for each in told for code in CODE.findall(each) if int(code) in CODES), "")
    return "; ".join([*([meaning] if meaning else []), *whole]) or "Image Builder gives no reason"


def _causes(image: Mapping[str, Any], workflows: Iterable[Mapping[str, Any]], steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    state = image.get("state", {})
    context = state.get("failureContext", {})
    if failed := context.get("componentFailure"):
        yield f"step {failed.get('stepName', '?')} of the component's phase {failed.get('phaseName', '?')}: {failed.get('errorMessage', '')}"
    if failed := context.get("distributionFailure"):
        yield str(failed.get("errorMessage", ""))
        yield from (
            f"{each.get('region', '')}: {each['errorMessage']}" for each in failed.get("regionFailures", ()) if "errorMessage" in each
        )
    yield str(state.get("reason", ""))
    for each in steps:
        if each.get("status") == "FAILED":
            yield f"workflow step {each.get('name', '?')} failed: {each.get('message', '')}"
    for each in workflows:
        if each.get("status") == "FAILED":
            yield str(each.get("message", ""))


def log_of(image: Mapping[str, Any], name: str) -> str:
    group = image.get("loggingConfiguration", {}).get("logGroupName") or LOG_GROUP.format(name)
    return f"the log group {group}, stream {image.get('version', '')}"
