"""The AppSpec file of a service that CodeDeploy deploys: checked with line and column, then given the revision to deploy.

Source: CodeDeploy guide, "AppSpec 'resources' section (Amazon ECS deployments)" and "AppSpec 'hooks' section for an Amazon ECS deployment".
CodeDeploy publishes no model of this file, so a name that is like no known one passes; one that is nearly a known one is a slip.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from credex_actions.core.documents.document import Document, read_document
from credex_actions.core.documents.places import Path
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import nearest

ECS_SERVICE: Final = "AWS::ECS::Service"
PARTS: Final = ("version", "Resources", "Hooks")
TARGET: Final = ("Type", "Properties")
PROPERTIES: Final = ("TaskDefinition", "LoadBalancerInfo", "PlatformVersion", "NetworkConfiguration", "CapacityProviderStrategy")
LOAD_BALANCER: Final = ("ContainerName", "ContainerPort")
HOOKS: Final = ("BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic")


@dataclass(frozen=True)
class AppSpec:
    """A checked AppSpec file. Names in it are found whatever their case, as the AWS action finds them."""

    document: Document

    def content(self, definition_arn: str) -> str:
        """The revision to send: JSON, with `definition_arn` as the TaskDefinition of every ECS service in it."""
        value = self.document.value
        resources = _key(value, "Resources")
        return json.dumps(
            {**value, resources: [{name: _deploying(target, definition_arn) for name, target in each.items()} for each in value[resources]]}
        )

    def misfits(self, definition: Mapping[str, Any]) -> Iterator[Fault]:
        """Containers and ports of the load balancer that `definition`, of RegisterTaskDefinition or DescribeTaskDefinition, lacks."""
        containers = {each.get("name", ""): each for each in definition.get("containerDefinitions", ())}
        for path, target in _targets(self.document.value):
            properties = _key(target, "Properties")
            balancer = _get(target[properties], "LoadBalancerInfo") or {}
            where = (*path, properties, _key(target[properties], "LoadBalancerInfo"))
            name, port = _get(balancer, "ContainerName"), _get(balancer, "ContainerPort")
            ports = [mapping.get("containerPort") for mapping in containers.get(str(name), {}).get("portMappings") or ()]
            if name and name not in containers:
                guess = nearest(str(name), list(containers))
                hint = f"Did you mean {guess}?" if guess else f"It has {', '.join(containers)}."
                yield self.document.fault((*where, _key(balancer, "ContainerName")), f"the task definition has no container {name}", hint)
            elif name and port is not None and str(port) not in map(str, ports):
                what = f"the container {name} does not map the port {port}"
                yield self.document.fault((*where, _key(balancer, "ContainerPort")), what, "Correct the port, or add it to portMappings.")


def sha256(content: str) -> str:
    """Hexadecimal, of the UTF-8 text. Source: CodeDeploy API, AppSpecContent."""
    return hashlib.sha256(content.encode()).hexdigest()


def read(path: str, name: str) -> AppSpec:
    """The AppSpec at `path`; `name` is the input that gave it. Raises Failure(BAD_INPUT) with every fault."""
    document = read_document(path, name)
    faults = list(_faults(document))
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return AppSpec(document)


def _deploying(target: Mapping[str, Any], definition_arn: str) -> dict[str, Any]:
    properties = _key(target, "Properties")
    return {**target, properties: {**target[properties], _key(target[properties], "TaskDefinition"): definition_arn}}


def _key(mapping: Mapping[str, Any], name: str) -> str:
    """The key of `mapping` that is `name` but for its case; `name` itself if there is none."""
    return next((key for key in mapping if key.lower() == name.lower()), name)


def _get(mapping: Mapping[str, Any], name: str) -> Any:
    return mapping.get(_key(mapping, name))


def _targets(value: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    resources = _key(value, "Resources")
    for index, resource in enumerate(value[resources]):
        for name, target in resource.items():
            yield (resources, index, name), target


def _faults(document: Document) -> Iterator[Fault]:
    value = document.value
    if not isinstance(value, dict):
        yield document.fault((), "is not an AppSpec", "An AppSpec is an object with version, Resources and, optionally, Hooks.")
        return
    yield from _slips(document, (), value, PARTS)
    version = _get(value, "version")
    if str(version) not in {"0.0", "0"}:
        what = "has no version" if version is None else "is not an AppSpec version that CodeDeploy supports"
        yield document.fault((_key(value, "version"),), what, "Set version: 0.0.")
    yield from _in_resources(document, _key(value, "Resources"), _get(value, "Resources"))
    yield from _in_hooks(document, _key(value, "Hooks"), _get(value, "Hooks"))


def _slips(document: Document, path: Path, value: Mapping[str, Any], known: Collection[str]) -> Iterator[Fault]:
    for key in value:
        guess = nearest(key, list(known))
        if guess and guess.lower() != key.lower():
            yield document.fault((*path, key), "unknown field", f"Did you mean {guess}?", at_key=True)


def _in_resources(document: Document, key: str, resources: object) -> Iterator[Fault]:
    if not isinstance(resources, list) or not resources:
        what = "has no Resources" if resources is None else "is not a list of target services"
        yield document.fault((key,), what, f"List the service: - TargetService: {{Type: {ECS_SERVICE}, Properties: {{…}}}}.")
        return
    for index, resource in enumerate(resources):
        if not isinstance(resource, dict) or not resource:
            yield document.fault((key, index), "is not a target service", "Provide its name, with Type and Properties below it.")
            continue
        for name, target in resource.items():
            yield from _in_target(document, (key, index, name), target)


def _in_target(document: Document, path: Path, target: object) -> Iterator[Fault]:
    if not isinstance(target, dict):
        yield document.fault(path, "is not a target service", "Provide Type and Properties.")
        return
    yield from _slips(document, path, target, TARGET)
    if _get(target, "Type") != ECS_SERVICE:
        yield document.fault((*path, _key(target, "Type")), f"the type is not {ECS_SERVICE}", f"Set Type: {ECS_SERVICE}.")
    properties, here = _get(target, "Properties"), (*path, _key(target, "Properties"))
    if not isinstance(properties, dict):
        yield document.fault(here, "has no Properties", "Provide TaskDefinition and LoadBalancerInfo in it.")
        return
    yield from _slips(document, here, properties, PROPERTIES)
    balancer, there = _get(properties, "LoadBalancerInfo"), (*here, _key(properties, "LoadBalancerInfo"))
    if not isinstance(balancer, dict):
        yield document.fault(
            there,
            "has no LoadBalancerInfo",
            "Provide ContainerName and ContainerPort in it: CodeDeploy shifts the traffic of a load balancer.",
        )
        return
    yield from _slips(document, there, balancer, LOAD_BALANCER)
    name, port = _get(balancer, "ContainerName"), _get(balancer, "ContainerPort")
    if not isinstance(name, str) or not name:
        yield document.fault(
            (*there, _key(balancer, "ContainerName")), "has no ContainerName", "Name the container that receives the traffic."
        )
    if isinstance(port, bool) or not str(port).isdecimal():
        yield document.fault(
            (*there, _key(balancer, "ContainerPort")), "has no ContainerPort", "Provide the port of that container, a number."
        )


def _in_hooks(document: Document, key: str, hooks: object) -> Iterator[Fault]:
    if hooks is None:
        return
    if not isinstance(hooks, list):
        yield document.fault((key,), "is not a list of hooks", "Write one hook per entry: - BeforeInstall: name of the Lambda function.")
        return
    for index, hook in enumerate(hooks):
        if not isinstance(hook, dict):
            yield document.fault((key, index), "is not a hook", "Write - BeforeInstall: name of the Lambda function.")
            continue
        for name, function in hook.items():
            if name not in HOOKS:
                guess = nearest(name, list(HOOKS))
                yield document.fault(
                    (key, index, name),
                    "unknown hook",
                    f"Did you mean {guess}?" if guess else f"ECS has {', '.join(HOOKS)}.",
                    at_key=True,
                )
            elif not isinstance(function, str) or not function:
                yield document.fault((key, index, name), "names no Lambda function", "Provide its name or ARN.")
