"""Rendering: a task definition, and what a user wants in it, become the definition that is registered. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Fault
from credex_actions.core.text import listed, suggester
from credex_actions.ecs.definition.parts import containers, copied, merged, part, text

Definition = dict[str, Any]


class Wanted(NamedTuple):
    """What the inputs of render-task-definition say. None and empty mean "as it is"."""

    container_names: tuple[str, ...] = ()
    image: str | None = None
    images: Mapping[str, str] = {}
    keep_image: bool = False
    environment: Mapping[str, str] | None = None
    secrets: Mapping[str, str] | None = None
    exclusive: bool = False
    log_driver: str | None = None
    log_options: Mapping[str, str] | None = None
    labels: Mapping[str, str] | None = None
    command: Sequence[str] | None = None
    env_files: tuple[str, ...] = ()
    task_role: str | None = None
    execution_role: str | None = None
    cpu: str | None = None
    memory: str | None = None
    tags: Mapping[str, str] | None = None
    patch: Sequence[Mapping[str, Any]] = ()


def definition_as_it_was(wanted: Wanted) -> bool:
    """Nothing is wanted, but perhaps of containers that are named."""
    return wanted._replace(container_names=(), keep_image=False, patch=tuple(wanted.patch)) == Wanted()


def words(command: str) -> list[str]:
    """A command as its words: a JSON array of texts, else words as a shell splits them. Raises ValueError with a sentence."""
    if command.lstrip().startswith("["):
        try:
            value = json.loads(command)
        except ValueError:
            value = None
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return value
        raise ValueError("begins like a JSON array, but is not an array of strings")
    from shlex import split

    try:
        return split(command)
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {str(error).lower()}") from None


def render(definition: Mapping[str, Any], wanted: Wanted) -> tuple[Definition, list[Fault]]:
    """`definition` (its placeholders filled) with what is `wanted`, and the faults of the inputs that it cannot have."""
    result: Definition = copied(definition)
    faults = [*_images(result, wanted.images)]
    chosen, missing = _chosen(result, wanted)
    faults += [*missing, *_without_image(wanted), *_two_images(wanted, chosen)]
    for container in chosen:
        _put_into(container, wanted)
    scalars = {"taskRoleArn": wanted.task_role, "executionRoleArn": wanted.execution_role, "cpu": wanted.cpu, "memory": wanted.memory}
    result.update({name: value for name, value in scalars.items() if value is not None})
    if wanted.tags:
        result["tags"] = merged(result.get("tags"), wanted.tags, "key", "value")
    if wanted.patch and not faults:
        result, found = _patched(result, wanted.patch)
        faults += found
    return result, faults


def origins(definition: Mapping[str, Any], wanted: Wanted) -> dict[Path, str]:
    """The inputs that single values of a rendered definition came from, by the path of the value."""
    found: dict[Path, str] = {}
    for path, container in containers(definition):
        name, image = text(container, "name"), container.get("image")
        if image is not None and image == wanted.images.get(name):
            found[(*path, "image")] = "images"
        elif image is not None and image == wanted.image and (not wanted.container_names or name in wanted.container_names):
            found[(*path, "image")] = "image"
    given = {
        "taskRoleArn": ("task-role-arn", wanted.task_role),
        "executionRoleArn": ("execution-role-arn", wanted.execution_role),
        "cpu": ("cpu", wanted.cpu),
        "memory": ("memory", wanted.memory),
    }
    return found | {(member,): name for member, (name, value) in given.items() if value is not None and definition.get(member) == value}


def _container_level(wanted: Wanted) -> Iterator[str]:
    given = {
        "image": wanted.image,
        "environment-variables": wanted.environment,
        "secrets": wanted.secrets,
        "log-configuration-log-driver": wanted.log_driver,
        "log-configuration-options": wanted.log_options,
        "docker-labels": wanted.labels,
        "command": wanted.command,
        "env-files": wanted.env_files or None,
        "exclusive": wanted.exclusive or None,
    }
    return (name for name, value in given.items() if value is not None)


def _chosen(definition: Definition, wanted: Wanted) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The containers that container-level inputs go to."""
    found: dict[str, dict[str, Any]] = {text(container, "name"): container for _, container in containers(definition)}  # type: ignore[misc] # they are our copies
    inputs = list(_container_level(wanted))
    if not isinstance(definition.get("containerDefinitions"), list):
        return [], []  # which the check of the definition tells
    faults = [*_unknown((name for name in wanted.container_names if name not in found), list(found), "container-name")]
    if wanted.container_names:
        return [found[name] for name in dict.fromkeys(wanted.container_names) if name in found], faults
    if inputs and len(containers(definition)) != 1:
        what = f"is missing: it is needed for {', '.join(inputs)}, since there is more than one container"
        return [], [*faults, Fault(what, f"The containers are {listed(list(found))}.", "container-name")]
    return [found[name] for name in found] if inputs else [], faults


def _unknown(names: Iterable[str], known: list[str], where: str) -> Iterator[Fault]:
    nearest = suggester()
    for name in names:
        guess = nearest(name, known)
        meant = f"Did you mean {guess}? " if guess else ""
        yield Fault(f"there is no container {name}", f"{meant}The containers are {listed(known)}.", where)


def _images(definition: Definition, images: Mapping[str, str]) -> Iterator[Fault]:
    if not isinstance(definition.get("containerDefinitions"), list):
        return
    found: dict[str, Any] = {text(container, "name"): container for _, container in containers(definition)}
    yield from _unknown((name for name in images if name not in found), list(found), "images")
    for name, image in images.items():
        if not image:
            yield Fault(f"has no image for {name}", "Write container=image.", "images")
        elif name in found:
            found[name]["image"] = image


def _without_image(wanted: Wanted) -> Iterator[Fault]:
    """An image that is not given is a build that failed, not a wish: the old one would continue serving, and everything would look well."""
    bare = [name for name in dict.fromkeys(wanted.container_names) if name not in wanted.images]
    if wanted.image is None and not wanted.keep_image and bare:
        yield Fault(
            f"is empty, or missing, for {listed(bare)}",
            "Did the build's output arrive? GitHub drops an output that contains a secret. Provide image or images; keep-image: true keeps the image in the file.",
            "image",
        )
    if wanted.image is not None and wanted.keep_image:
        yield Fault("is true, but image is set", "Provide one of them.", "keep-image")


def _two_images(wanted: Wanted, chosen: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    both = [text(container, "name") for container in chosen if wanted.image is not None and text(container, "name") in wanted.images]
    if both:
        yield Fault(f"names {listed(both)} too, which image already sets", "Provide one image per container.", "images")


def _put_into(container: dict[str, Any], wanted: Wanted) -> None:
    if wanted.image is not None:
        container["image"] = wanted.image
    for member, given, value_name in (("environment", wanted.environment, "value"), ("secrets", wanted.secrets, "valueFrom")):
        if given is not None:
            container[member] = merged([] if wanted.exclusive else container.get(member), given, "name", value_name)
        elif member == "environment" and wanted.exclusive:
            container[member] = []
    if wanted.log_driver is not None:
        container["logConfiguration"] = {**part(container, "logConfiguration"), "logDriver": wanted.log_driver}
    if wanted.log_options is not None:
        configuration = part(container, "logConfiguration")
        container["logConfiguration"] = {**configuration, "options": {**part(configuration, "options"), **wanted.log_options}}
    if wanted.labels is not None:
        container["dockerLabels"] = {**part(container, "dockerLabels"), **wanted.labels}
    if wanted.command is not None:
        container["command"] = list(wanted.command)
    if wanted.env_files:
        container["environmentFiles"] = [{"value": file, "type": "s3"} for file in wanted.env_files]


def _patched(definition: Definition, patch: Sequence[Mapping[str, Any]]) -> tuple[Definition, list[Fault]]:
    import jsonpatch
    import jsonpointer

    for number, operation in enumerate(patch):
        try:
            definition = jsonpatch.apply_patch(definition, [operation])
        except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, KeyError, TypeError, IndexError, AttributeError):
            path = operation.get("path") if isinstance(operation, Mapping) else None
            what = f"operation {number + 1} ({operation.get('op') if isinstance(operation, Mapping) else '?'} {path}) cannot be applied"
            return definition if isinstance(definition, dict) else {}, [
                Fault(what, "Its path must exist (add may create a member); a test must succeed. See RFC 6902.", "patch")
            ]
    if not isinstance(definition, dict):
        return {}, [Fault("leaves no task definition", "Patch members of the task definition, not the whole document.", "patch")]
    return definition, []
