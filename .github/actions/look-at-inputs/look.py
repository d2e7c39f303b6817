"""Judges inputs of the workflow deploy that no action judges, says what is about to happen, and makes the stand-ins with which its plan renders.

A plan is what a reviewer sees before secrets may be seen: it knows their names, and fills in something of its own.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from credex_actions.core.command.kinds import WORDS, mapping
from credex_actions.core.documents.document import read_document
from credex_actions.core.faults import Failure, Fault
from credex_actions.core.runner import this_process
from credex_actions.core.summary import Page
from credex_actions.core.text import plain, suggester
from credex_actions.ecs.definition.registration import clean
from credex_actions.ecs.rendering.placeholders import fill

CHOICES: Final = {"on-failure": ("report", "rollback"), "on-test-failure": ("report", "rollback"), "on-cancel": ("leave", "rollback")}
"""What the workflow's expressions compare letter by letter: in any other form a step that was asked for would be skipped, and nobody told."""

OPTIONS: Final = ("render-options", "deploy-options")
HANDED_ON: Final = re.compile(r"fromJSON\(inputs\.(?P<options>[a-z-]+) \|\| '\{\}'\)\.(?P<name>[\w-]+)")
WORKFLOW: Final = Path(__file__).resolve().parents[2] / "workflows" / "deploy.yml"

FIRST_STAND_IN: Final = 100_000_000_001
TYPED_STAND_INS: Final = {"integer": "1024", "boolean": "true"}
"""A port, a size, a switch."""

Option = str | int | float | bool

MOST_LEFT: Final = 8
"""Parts around the placeholders of one image; with more of them a pattern takes its time."""


def main() -> int:
    runner = this_process(json_on_stdout=False)
    names = WORDS.parse(os.environ.get("INPUT_SECRET_NAMES", ""))
    faults = [*bad_environment(os.environ), *bad_choices(os.environ), *bad_options(os.environ), *bad_names(names), *bad_image(os.environ)]
    for fault in faults:
        runner.error(fault)
    if faults:
        return 2
    runner.output("secrets", json.dumps(stand_ins(names, typed_in(os.environ.get("INPUT_TASK_DEFINITION", "")))))
    page = Page(runner.redact)
    outlook(page, os.environ, names)
    runner.summary(str(page))
    return 0


def outlook(page: Page, environment: Mapping[str, str], names: tuple[str, ...]) -> None:
    """What a reviewer should know besides the difference, in Markdown."""
    given = {name: environment.get(_variable(name), "") for name in ("environment", "deploy", "cluster", "service", "image")}
    back = {name: environment.get(_variable(name)) == "rollback" for name in ("on-failure", "on-test-failure", "on-cancel")}
    ends = {True: "the service is rolled back to the previous revision", False: "the new revision stays"}
    rows = [("Service", f"{given['service']} in {given['cluster']}"), ("Image", given["image"] or "as the task definition says")]
    rows += [
        (
            "Compared with",
            environment.get(_variable("compare-with"))
            or "the file itself: to compare with ECS, set compare-with and a plan-role-to-assume",
        )
    ]
    rows += [("Secrets", ", ".join(names))] if names else []
    rows += [("When a check fails", ends[back["on-failure"]])]
    rows += [("When the tests fail", ends[back["on-test-failure"]])] if environment.get(_variable("test-command")) else []
    rows += [("When the run is cancelled", ends[True] if back["on-cancel"] else "ECS continues the deployment")]
    title = f"Plan for {given['environment']}" + ("" if given["deploy"] != "false" else ", which this run does not deploy")
    page.heading(title)
    page.facts(rows)
    if names:
        page.markdown(
            "A plan sees no secrets. `(secret NAME)` stands for a value, and counts as a difference even if the value stays the same."
        )


def bad_environment(environment: Mapping[str, str]) -> Iterator[Fault]:
    """A required input may be empty, and GitHub takes that for no environment: it deploys, and asks nobody."""
    if environment.get(_variable("deploy")) == "true" and not environment.get(_variable("environment"), "").strip():
        what = "is empty, so nobody would be asked to approve the deployment, and it would have none of the environment's secrets"
        yield Fault(what, "Name the GitHub environment; is the variable that contains its name empty?", "environment")


def bad_choices(environment: Mapping[str, str]) -> Iterator[Fault]:
    for name, choices in CHOICES.items():
        given = environment.get(_variable(name), "")
        if given.strip() in choices and given not in choices:
            yield Fault(f"has blanks or a line end around {given.strip()}", f"Use {' or '.join(choices)}, and nothing else.", name)
        elif given and given not in choices:
            yield Fault(f"{plain(given)} is not a valid value", f"Use {' or '.join(choices)}.", name)
    if environment.get(_variable("test-command")) and not environment.get(_variable("on-test-failure")):
        hint = f"Use {' or '.join(CHOICES['on-test-failure'])}; is the variable that contains it empty?"
        yield Fault("is empty, so test-command would never run", hint, "on-test-failure")


def bad_options(environment: Mapping[str, str]) -> Iterator[Fault]:
    for where in OPTIONS:
        known = handed_on(where)
        text = environment.get(_variable(where), "").strip()
        try:
            given = json.loads(text or "{}")
        except ValueError as error:
            yield Fault(f"is not JSON: {error}", 'Provide an object, such as {"cpu": "512"}.', where)
            continue
        if not isinstance(given, dict):
            yield Fault("is not a JSON object", 'Provide an object, such as {"cpu": "512"}.', where)
            continue
        nearest = suggester()
        for name, value in given.items():
            if name not in known:
                guess = nearest(name, list(known))
                meant = f" Did you mean {guess}?" if guess else ""
                yield Fault(f"unknown option {plain(name)}", f"Known options: {', '.join(known)}.{meant}", where)
            elif not isinstance(value, Option):
                yield Fault(
                    f"{name} is neither a string, nor a number, nor a boolean", "Write a list or an object as a JSON string.", where
                )


def handed_on(options: str) -> tuple[str, ...]:
    """What the workflow takes from these options, read from itself."""
    found = (match["name"] for match in HANDED_ON.finditer(WORKFLOW.read_text()) if match["options"] == options)
    return tuple(sorted(set(found)))


def bad_names(names: tuple[str, ...]) -> Iterator[Fault]:
    for name in names:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            yield Fault(f"{plain(name)} is not the name of a secret", "Names consist of letters, digits and underscores.", "secret-names")


def bad_image(environment: Mapping[str, str]) -> Iterator[Fault]:
    """An image that did not come, or that nothing of the task definition would run: the service would be deployed without it, and the run succeed."""
    given = {
        name: environment.get(_variable(name), "").strip()
        for name in ("image", "ecr-repository", "image-placeholder", "container-name", "render-options", "values")
    }
    placeholder = given["image-placeholder"]
    if given["ecr-repository"] and not given["image"]:
        what = "the output of the job Build is missing, so the image is not known: GitHub drops an output that contains a secret"
        yield Fault(what, "Store the account ID, the region and the repository name as variables, not as secrets.", "ecr-repository")
    if not given["image"] or given["container-name"]:
        return
    if given["image"] in given["render-options"] or (placeholder and f"${{{placeholder}}}" in given["render-options"]):
        return
    definition = _definition(environment.get(_variable("task-definition"), ""))
    if definition and not _runs(definition, given["image"], placeholder, given["values"]):
        where = f"Write ${{{placeholder or 'CONTAINER_IMAGE'}}} as the image of the container that runs it"
        where += (
            ", or name the container in container-name." if placeholder else ", with that name in image-placeholder, or use container-name."
        )
        yield Fault(f"nothing in it uses the image {plain(given['image'])}", where, "task-definition")


def _runs(definition: Mapping[str, object], image: str, placeholder: str, values: str) -> bool:
    """Also where the file puts the image's name together by itself: of values, and of secrets, which may be anything here."""
    try:
        others = mapping(values) if values else {}
    except ValueError:  # told when the values are collected
        others = {}
    filled = fill(definition, others | ({placeholder: image} if placeholder else {}))
    containers = filled.value.get("containerDefinitions")
    images = [each.get("image") for each in containers if isinstance(each, dict)] if isinstance(containers, list) else []
    return placeholder in filled.used or any(_may_be(image, each) for each in images if isinstance(each, str))


def _may_be(image: str, written: str) -> bool:
    """`image` is what `written` becomes with some value for each placeholder that is left in it."""
    around = re.split(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", written)
    return len(around) <= MOST_LEFT and re.fullmatch(".+".join(map(re.escape, around)), image) is not None


def stand_ins(names: tuple[str, ...], typed: Mapping[str, str]) -> dict[str, str]:
    """Twelve digits each: what may be part of an image and its registry, a role, a name, and where an account's number is the secret.

    `typed`: what ECS takes in the place of some.
    """
    return {name: TYPED_STAND_INS[typed[name]] if name in typed else str(FIRST_STAND_IN + number) for number, name in enumerate(names)}


def typed_in(path: str) -> dict[str, str]:
    """The placeholders that ECS takes a number or a boolean for, with its word for that."""
    return {each.name: each.kind for each in fill(_definition(path), {}).untyped}


def _definition(path: str) -> dict[str, Any]:
    """What the file would register; nothing if it cannot be read, which is reported when it is rendered."""
    try:
        document = read_document(path, "task-definition")
    except Failure:
        return {}
    return clean(document.value) if isinstance(document.value, dict) else {}


def _variable(name: str) -> str:
    return f"INPUT_{name.upper().replace('-', '_')}"


if __name__ == "__main__":
    sys.exit(main())
