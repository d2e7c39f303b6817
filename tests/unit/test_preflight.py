"""What preflight makes of what it saw: tables of sentences, without a call."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import botocore.exceptions
import pytest

from credex_actions.ecs.preflight import images, log_groups, network, references, roles, traffic
from credex_actions.ecs.preflight.finding import Unreadable, tried

ROLE = "arn:aws:iam::123456789012:role/tasks"
SECRET = "arn:aws:secretsmanager:af-south-1:123456789012:secret:core-AbCdEf"
DENIED = Unreadable("the role is not authorized to perform GetRole")


def trust(**members: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"} | members
    return {"Version": "2012-10-17", "Statement": [statement]}


TRUSTS: dict[str, tuple[object, bool]] = {
    "a plain statement": (trust(), True),
    "one of several services": (trust(Principal={"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}), True),
    "a single statement without a list": ({"Statement": trust()["Statement"][0]}, True),
    "an action with a star": (trust(Action=["sts:*"]), True),
    "an action in another case": (trust(Action="STS:assumerole"), True),
    "a condition is not judged": (trust(Condition={"StringEquals": {"aws:SourceAccount": "1"}}), True),
    "a policy that is URL-encoded": (quote(json.dumps(trust())), True),
    "another service": (trust(Principal={"Service": "ecs.amazonaws.com"}), False),
    "an account": (trust(Principal={"AWS": "123456789012"}), False),
    "a denial": (trust(Effect="Deny"), False),
    "another action": (trust(Action="sts:TagSession"), False),
    "no statement": ({}, False),
    "what is not a policy": ("%7Bnot json", False),
}


@pytest.mark.parametrize(("policy", "trusted"), TRUSTS.values(), ids=TRUSTS)
def test_a_role_trusts_ecs_tasks(policy: object, trusted: bool) -> None:
    assert roles.trusts_tasks(policy) is trusted


ROLES: dict[str, tuple[Any, str, str]] = {
    "a role that trusts the tasks": ({"Arn": ROLE, "AssumeRolePolicyDocument": trust()}, "ok", "trusts"),
    "a role that does not": ({"Arn": ROLE, "AssumeRolePolicyDocument": {}}, "fault", "does not trust ecs-tasks"),
    "a role that is not there": (None, "fault", "does not exist"),
    "a role with a path that the ARN leaves out": (
        {"Arn": ROLE.replace("/tasks", "/team/tasks"), "AssumeRolePolicyDocument": trust()},
        "fault",
        "role/team/tasks",
    ),
    "a role of another account": ({"Arn": ROLE.replace("123456789012", "999999999999")}, "skipped", "another account"),
    "a role that may not be read": (DENIED, "skipped", "not authorized to perform GetRole"),
}


@pytest.mark.parametrize(("role", "state", "words"), ROLES.values(), ids=ROLES)
def test_roles(role: Any, state: str, words: str) -> None:
    finding = roles.judge("the task role tasks", ROLE, role, "taskRoleArn")
    assert (finding.state, finding.path) == (state, ("taskRoleArn",))
    assert words in finding.what


PLATFORMS: dict[str, tuple[dict[str, Any], str | None]] = {
    "Fargate without a platform is linux on amd64": ({"requiresCompatibilities": ["FARGATE"]}, "linux/amd64"),
    "ARM64": ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, "linux/arm64"),
    "Windows": ({"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}, "windows/amd64"),
    "EC2 instances may be of either kind": ({"requiresCompatibilities": ["EC2"]}, None),
}


@pytest.mark.parametrize(("definition", "platform"), PLATFORMS.values(), ids=PLATFORMS)
def test_the_platform_that_tasks_need(definition: dict[str, Any], platform: str | None) -> None:
    assert images.platform_of(definition) == platform


IMAGES: dict[str, tuple[Any, str | None, str, str]] = {
    "an index that has the platform": (images.Image(frozenset({"linux/amd64", "linux/arm64"})), "linux/amd64", "ok", "for linux/amd64"),
    "an index that lacks it": (images.Image(frozenset({"linux/arm64"})), "linux/amd64", "fault", "is built for linux/arm64"),
    "a manifest that does not tell": (images.Image(frozenset()), "linux/amd64", "ok", "does not state"),
    "any platform will do": (images.Image(frozenset({"linux/arm64"})), None, "ok", "exists in ECR"),
    "an image that is not there": (None, "linux/amd64", "fault", "does not exist in ECR"),
    "one that may not be read": (DENIED, "linux/amd64", "skipped", "not authorized to perform"),
}


@pytest.mark.parametrize(("image", "wanted", "state", "words"), IMAGES.values(), ids=IMAGES)
def test_images(image: Any, wanted: str | None, state: str, words: str) -> None:
    finding = images.judge("image of app", "repo:1", image, wanted, ("containerDefinitions", 0, "image"))
    assert finding.state == state
    assert words in finding.what


REFERENCES: dict[str, tuple[str, tuple[str | None, ...] | None]] = {
    "a tag": ("123456789012.dkr.ecr.af-south-1.amazonaws.com/core:1.0", ("core", "1.0", None)),
    "a digest": (f"123456789012.dkr.ecr.af-south-1.amazonaws.com/a/core@sha256:{'0' * 64}", ("a/core", None, f"sha256:{'0' * 64}")),
    "both": ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/core:1@sha256:00", ("core", "1", "sha256:00")),
    "neither": ("123456789012.dkr.ecr.af-south-1.amazonaws.com/core", ("core", None, None)),
    "registry other than ECR": ("docker.io/library/node:20", None),
}


@pytest.mark.parametrize(("reference", "parts"), REFERENCES.values(), ids=REFERENCES)
def test_references_of_images(reference: str, parts: tuple[str | None, ...] | None) -> None:
    match = images.ECR.fullmatch(reference)
    assert (match and match.group("repository", "tag", "digest")) == parts


DESCRIBED = {"VersionIdsToStages": {"v1": ["AWSCURRENT"]}}

SECRETS: dict[str, tuple[str, Any, str, str]] = {
    "one that is there": (SECRET, DESCRIBED, "ok", "exists"),
    "one that is not": (SECRET, None, "fault", "does not exist"),
    "one of another account": (SECRET.replace("123456789012", "999999999999"), None, "skipped", "another account (999999999999)"),
    "one scheduled for deletion": (SECRET, DESCRIBED | {"DeletedDate": "2026-01-01"}, "fault", "scheduled for deletion"),
    "the same, with a JSON key": (f"{SECRET}:key::", DESCRIBED | {"DeletedDate": "2026-01-01"}, "fault", "scheduled for deletion"),
    "a stage that it has": (f"{SECRET}::AWSCURRENT:", DESCRIBED, "ok", "exists"),
    "a stage that it has not": (f"{SECRET}::AWSPREVIOUS:", DESCRIBED, "fault", "has the stage AWSPREVIOUS"),
    "a version that it has": (f"{SECRET}:::v1", DESCRIBED, "ok", "exists"),
    "a version that it has not": (f"{SECRET}:::v2", DESCRIBED, "fault", "has no version v2"),
    "one that may not be read": (f"{SECRET}:key::", DENIED, "skipped", "not authorized to perform"),
}


@pytest.mark.parametrize(("target", "secret", "state", "words"), SECRETS.values(), ids=SECRETS)
def test_secrets(target: str, secret: Any, state: str, words: str) -> None:
    match = references.SECRET.fullmatch(target)
    assert match
    parts = {name: value for name, value in match.groupdict().items() if value}
    finding = references.judge_secret(references.Reference("secret A of app", target, ("here",)), parts, secret, "123456789012")
    assert finding.state == state
    assert words in finding.what


KEYS: dict[str, tuple[Any, str, str]] = {
    "a key that is there": (frozenset({"password"}), "ok", "with the JSON key password"),
    "a key that is not": (frozenset({"user"}), "fault", "has no JSON key password"),
    "a secret that is not a JSON object": (None, "fault", "is not a JSON object"),
    "a value that may not be read": (DENIED, "skipped", "is not known"),
}


@pytest.mark.parametrize(("keys", "state", "words"), KEYS.values(), ids=KEYS)
def test_json_keys(keys: Any, state: str, words: str) -> None:
    reference = references.Reference("secret A of app", f"{SECRET}:password::", ("here",))
    finding = references.judge_key(reference, {"name": "core-AbCdEf", "key": "password"}, keys)
    assert finding.state == state
    assert words in finding.what


GROUPS: dict[str, tuple[Any, bool, str, str]] = {
    "one that is there": ("/ecs/core", False, "ok", "exists"),
    "one that is not": (None, False, "fault", "does not exist"),
    "one that the first task creates": (None, True, "ok", "the first task creates it"),
    "one that may not be looked for": (DENIED, True, "skipped", "not authorized to perform"),
}


@pytest.mark.parametrize(("found", "created", "state", "words"), GROUPS.values(), ids=GROUPS)
def test_log_groups(found: Any, created: bool, state: str, words: str) -> None:
    finding = log_groups.judge("log group /ecs/core", found, created=created, path=())
    assert finding.state == state
    assert words in finding.what


def test_a_region_that_nobody_filled_is_told_before_a_client_is_made_for_it() -> None:
    options = {"awslogs-group": "/core", "awslogs-region": "${AWS_REGION}"}
    secret = {"name": "S", "valueFrom": "arn:aws:secretsmanager:${AWS_REGION}:123456789012:secret:s"}
    app = {"name": "app", "secrets": [secret], "logConfiguration": {"logDriver": "awslogs", "options": options}}
    nothing: Any = None
    [region] = log_groups.look(nothing, {"containerDefinitions": [app]}, None)
    assert (region.subject, region.state, region.what) == ("awslogs-region", "fault", "holds ${AWS_REGION}, which was not replaced")
    assert region.path[-1] == "awslogs-region"
    [reference, *_] = references.look(nothing, {"containerDefinitions": [app]}, None)
    assert (reference.subject, reference.state) == ("the region of secret S of app", "fault")


def container(name: str = "app", *ports: int) -> dict[str, Any]:
    return {"name": name, "portMappings": [{"containerPort": port} for port in ports]}


PORTS: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "container and port match": ([container("app", 5000)], "ok", "match"),
    "another port": ([container("app", 5001, 5002)], "fault", "maps 5001, 5002, not 5000"),
    "no port": ([container("app")], "fault", "maps no port"),
    "no such container": ([container("web", 5000)], "fault", "has no container app (it has web)"),
}


@pytest.mark.parametrize(("containers", "state", "words"), PORTS.values(), ids=PORTS)
def test_ports_of_load_balancers(containers: list[dict[str, Any]], state: str, words: str) -> None:
    finding = traffic.judge_port({"containerName": "app", "containerPort": 5000}, {"containerDefinitions": containers})
    assert finding.state == state
    assert words in finding.what


TARGET_GROUPS: dict[str, tuple[Any, str, str]] = {
    "addresses for awsvpc": ({"TargetType": "ip", "LoadBalancerArns": ["lb"]}, "awsvpc", "ok"),
    "instances for awsvpc": ({"TargetType": "instance"}, "awsvpc", "fault"),
    "addresses for bridge": ({"TargetType": "ip"}, "bridge", "fault"),
    "instances for bridge": ({"TargetType": "instance"}, "bridge", "ok"),
    "one that was deleted": (None, "awsvpc", "fault"),
    "one that may not be read": (DENIED, "awsvpc", "skipped"),
}


@pytest.mark.parametrize(("group", "mode", "state"), TARGET_GROUPS.values(), ids=TARGET_GROUPS)
def test_target_groups(group: Any, mode: str, state: str) -> None:
    assert traffic.judge_group("arn:aws:elasticloadbalancing:r:1:targetgroup/blue/0", group, mode).state == state


AWSVPC = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}

MODES: dict[str, tuple[dict[str, Any], Mapping[str, Any], str]] = {
    "awsvpc with subnets": ({"networkMode": "awsvpc"}, AWSVPC, "ok"),
    "awsvpc without": ({"networkMode": "awsvpc"}, {}, "fault"),
    "bridge with subnets": ({}, AWSVPC, "fault"),
    "bridge without": ({}, {}, "ok"),
    "awsvpc with the subnets of a task set": ({"networkMode": "awsvpc"}, {"taskSets": [AWSVPC]}, "ok"),
}


@pytest.mark.parametrize(("definition", "service", "state"), MODES.values(), ids=MODES)
def test_network_modes(definition: dict[str, Any], service: Mapping[str, Any], state: str) -> None:
    assert network.judge_mode(definition, service).state == state


def by(*providers: str) -> dict[str, Any]:
    return {"capacityProviderStrategy": [{"capacityProvider": provider} for provider in providers]}


CAPACITIES: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "Fargate on Fargate": (["FARGATE"], {"launchType": "FARGATE"}, "ok"),
    "spot on Fargate": (["FARGATE"], by("FARGATE_SPOT", "FARGATE"), "ok"),
    "Fargate, not checked for it": ([], {"launchType": "FARGATE"}, "fault"),
    "spot, not checked for it": (["EC2"], by("FARGATE_SPOT"), "fault"),
    "EC2, only for Fargate": (["FARGATE"], {"launchType": "EC2"}, "fault"),
    "a provider of instances, only for Fargate": (["FARGATE"], by("my-instances"), "fault"),
    "a provider of instances, for them": (["EC2", "FARGATE"], by("my-instances"), "ok"),
    "a provider of managed instances": (["MANAGED_INSTANCES"], by("managed"), "ok"),
    "EC2, not checked for anything": ([], {"launchType": "EC2"}, "ok"),
    "the cluster's default": (["FARGATE"], {}, "ok"),
}


@pytest.mark.parametrize(("compatible", "service", "state"), CAPACITIES.values(), ids=CAPACITIES)
def test_capacity(compatible: list[str], service: dict[str, Any], state: str) -> None:
    assert network.judge_capacity({"requiresCompatibilities": compatible}, service).state == state


SUBNETS: dict[str, tuple[Any, str]] = {
    "available IP addresses": ({"AvailableIpAddressCount": 3}, "ok"),
    "no available IP address": ({"AvailableIpAddressCount": 0}, "fault"),
    "not there": (None, "fault"),
    "not readable": (DENIED, "skipped"),
}


@pytest.mark.parametrize(("found", "state"), SUBNETS.values(), ids=SUBNETS)
def test_subnets(found: Any, state: str) -> None:
    assert network.judge_subnet("subnet-1", found).state == state


def refused(code: str) -> None:
    raise botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "no"}}, "GetRole")


ENDS: dict[str, tuple[str, object]] = {
    "what AWS says is not there": ("NoSuchEntity", None),
    "what may not be read": ("AccessDenied", Unreadable("the role is not authorized to perform GetRole")),
    "a HEAD that is forbidden": ("403", Unreadable("the role is not authorized to perform GetRole")),
    "anything else tells nothing": ("InternalError", Unreadable("GetRole: no")),
}


@pytest.mark.parametrize(("code", "end"), ENDS.values(), ids=ENDS)
def test_a_look_that_fails_is_told_from_a_thing_that_is_not_there(code: str, end: object) -> None:
    assert tried({"NoSuchEntity"}, refused, code) == end
