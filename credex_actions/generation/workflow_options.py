"""Keeps the reusable workflow deploy in step with the actions: what it does not name itself can be given in render-options and deploy-options."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

MARK: Final = re.compile(r" +# script/generate writes the lines that read (?P<options>[a-z-]+), for (?P<command>[a-z-]+)")
LINE: Final = re.compile(r" +(?P<name>[\w-]+): \$\{\{ fromJSON\(inputs\.[a-z-]+-options ")
GIVEN: Final = re.compile(r" +(?P<name>[\w-]+): ")

DECIDED: Final[Mapping[str, Mapping[str, str]]] = {
    "render-task-definition": {
        "task-definition-arn": "the file of the commit is what is deployed",
        "task-definition-family": "as above",
        "task-definition-revision": "as above",
        "values-from-env": "the job's environment holds nothing of the caller's",
        "output-file": "the file is taken from the output",
    },
    "deploy-task-definition": {
        "task-definition-arn": "the file of the commit is what is deployed",
        "dry-run": "the workflow's own input is deploy",
        "former-service-update": "what a rollback takes from the deployment itself",
        "scheduled-tasks": "the workflow's own input: the job's last step moves them, once every check has passed",
        "wait-for-service-stability": "what is not waited for cannot be verified",
    },
    "verify-deployment": {"dry-run": "the workflow's own input is deploy"},
    "rotate-secrets": {
        "dry-run": "the workflow's own input is mode: plan",
        "token": "the job's own token may not write secrets; an App's may",
    },
    "plan-terraform": {"plan-file": "a new file in the runner's own folder: a saved plan holds secrets"},
    "apply-terraform": {"dry-run": "the workflow's own input is apply"},
    "comment-on-pull-request": {
        "body-file": "another job has written it",
        "repository": "the caller's",
        "app-id": "the job's own token may comment",
        "app-private-key": "as above",
        "app-installation-id": "as above",
        "dry-run": "the workflow's own input is comment",
    },
    "neo4j-ami-rollout": {
        "terraform-plan": "a plan of Terraform is a file of another job; the action takes it",
        "repository": "the caller's",
        "token": "the job's own token may write issues",
        "app-id": "as above",
        "app-private-key": "as above",
        "app-installation-id": "as above",
    },
    "maintenance-report": {
        "repository": "the caller's",
        "token": "the job's own",
    },
    "promote": {"dry-run": "a pull request that is proposed can be closed"},
}
"""Inputs that a reusable workflow settles by itself, and why."""


def filled(text: str, inputs: Mapping[str, Iterable[str]]) -> str:
    """The workflow's text with a line for every input that it neither names nor settles. `inputs`: of the commands, by their names."""
    lines: list[str] = []
    source = list(_by_hand(text.split("\n")))
    for number, line in enumerate(source):
        lines.append(line)
        if mark := MARK.fullmatch(line):
            indent = " " * (len(line) - len(line.lstrip()))
            named = set(_named(reversed(source[:number]), indent))
            settled = DECIDED.get(mark["command"], {})
            lines += [
                f"{indent}{name}: ${{{{ fromJSON(inputs.{mark['options']} || '{{}}').{name} }}}}"
                for name in inputs[mark["command"]]
                if name not in named and name not in settled
            ]
    return "\n".join(lines)


def _by_hand(lines: Iterable[str]) -> Iterable[str]:
    """All but the lines directly below a mark that read options: those elsewhere are somebody's own."""
    drawn = False
    for line in lines:
        drawn = bool(MARK.fullmatch(line)) or (drawn and bool(LINE.match(line)))
        if not (drawn and LINE.match(line)):
            yield line


def _named(before: Iterable[str], indent: str) -> Iterable[str]:
    """What the step's `with` names above the mark."""
    for line in before:
        if not line.startswith(indent):
            return
        if given := GIVEN.match(line):
            yield given["name"]
