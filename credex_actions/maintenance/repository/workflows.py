"""Workflows and composite actions as they are written: what they use, and with which inputs. Pure.

Source: GitHub docs, "Workflow syntax for GitHub Actions" and "Metadata syntax for GitHub Actions".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from credex_actions.core.documents.document import Document, parse
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Failure
from credex_actions.maintenance.repository.tree import Tree

WORKFLOW: Final = re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml")
ACTION: Final = re.compile(r"(?:.*/)?action\.ya?ml")


class Use(NamedTuple):
    """`what`: as it stands behind `uses:`, or `docker://` and an image. `inputs`: of `with`. `line`: as it is written, with its comment."""

    file: str
    number: int
    what: str
    line: str
    inputs: Mapping[str, Any]


class Workflow(NamedTuple):
    file: str
    text: str
    value: Mapping[str, Any]
    uses: tuple[Use, ...]


def is_workflow(file: str) -> bool:
    return bool(WORKFLOW.fullmatch(file))


def workflows(tree: Tree) -> Iterator[Workflow]:
    """Also those of examples and templates, and composite actions. What cannot be read as YAML is zizmor's and actionlint's business."""
    for file in tree.files:
        if is_workflow(file) or ACTION.fullmatch(file):
            found = read(tree.text(file), file)
            if found:
                yield found


def read(text: str, file: str) -> Workflow | None:
    if not text.strip():
        return None
    try:
        document = parse(text, file)
    except Failure:
        return None
    if not isinstance(document.value, dict):
        return None
    return Workflow(file, text, document.value, tuple(_uses(document)))


def _uses(document: Document) -> Iterator[Use]:
    lines = document.text.split("\n")
    spots = document.spots()
    for path, what, inputs in _named(document.value):
        spot = spots.get(path)
        number = spot.value[0] if spot else 0
        yield Use(document.file, number, what, lines[number - 1] if number else "", inputs)


def _named(value: Mapping[str, Any]) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    jobs = _mapping(value.get("jobs"))
    for name, job in jobs.items():
        yield from _of_step(("jobs", name), job)
        yield from _of_image(("jobs", name, "container"), _mapping(job).get("container"))
        for service, each in _mapping(_mapping(job).get("services")).items():
            yield from _of_image(("jobs", name, "services", service), each)
        yield from _of_steps(("jobs", name, "steps"), _mapping(job).get("steps"))
    yield from _of_steps(("runs", "steps"), _mapping(value.get("runs")).get("steps"))


def _of_steps(path: Path, steps: object) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    for at, step in enumerate(steps if isinstance(steps, list) else ()):
        yield from _of_step((*path, at), step)


def _of_step(path: Path, step: object) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    what = _mapping(step).get("uses")
    if isinstance(what, str):
        yield (*path, "uses"), what, _mapping(_mapping(step).get("with"))


def _of_image(path: Path, container: object) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    if isinstance(container, str):
        yield path, f"docker://{container}", {}
    elif isinstance(image := _mapping(container).get("image"), str):
        yield (*path, "image"), f"docker://{image}", {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
