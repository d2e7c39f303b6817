"""Rules across the fields of a task definition: what they say, where, and that they let through what ECS takes."""

import json
from typing import Any

import pytest

from credex_actions.core.documents.document import parse
from credex_actions.ecs.definition.registration import judge

WEB: dict[str, Any] = {"name": "web", "image": "web:1", "memory": 256}


def task(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"family": "shop", "containerDefinitions": [*containers] or [WEB], **members}


def faults(definition: dict[str, Any]) -> dict[str, str]:
    return {fault.where: fault.what for fault in judge(parse(json.dumps(definition), "td.json")).faults}


def warnings(definition: dict[str, Any]) -> dict[str, str]:
    judged = judge(parse(json.dumps(definition), "td.json"))
    assert not judged.faults
    return {fault.where: fault.what for fault in judged.warnings}


def test_a_circle_names_depends_on_at_one_of_its_links() -> None:
    def waits(name: str, *others: str) -> dict[str, Any]:
        return {**WEB, "name": name, "dependsOn": [{"containerName": other, "condition": "START"} for other in others]}

    told = faults(task(waits("a"), waits("b", "a", "c"), waits("c", "d"), waits("d", "b")))
    assert told == {
        "$.containerDefinitions[1].dependsOn[1]": "dependsOn is circular, so the containers wait for each other: b -> c -> d -> b"
    }


def test_a_container_that_waits_for_itself_is_a_circle() -> None:
    told = faults(task({**WEB, "dependsOn": [{"containerName": "web", "condition": "START"}]}))
    assert told == {"$.containerDefinitions[0].dependsOn[0]": "dependsOn is circular, so the containers wait for each other: web -> web"}


FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}


def test_sizes_of_fargate_name_fargate() -> None:
    assert faults(task(cpu="256", memory="4096", **FARGATE)) == {
        "$.memory": "no Fargate configuration exists for 256 CPU units and 4096 MiB of memory"
    }
    assert faults(task(cpu="300", memory="512", **FARGATE)) == {"$.cpu": "no Fargate configuration exists for 300 CPU units"}


def test_ten_containers_are_taken_and_eleven_are_not() -> None:
    many = [{**WEB, "name": f"c{number}"} for number in range(11)]
    assert faults(task(*many[:10])) == {}
    assert faults(task(*many)) == {"$.containerDefinitions": "there are 11 containers, ECS allows at most 10 per task"}


def mapped(*ports: tuple[int | None, str], mode: str = "bridge") -> dict[str, Any]:
    mappings = [{"containerPort": 80 + n, "hostPort": port, "protocol": protocol} for n, (port, protocol) in enumerate(ports)]
    if mode != "bridge":
        mappings = [{**mapping, "containerPort": mapping["hostPort"]} for mapping in mappings]
    return task({**WEB, "portMappings": mappings}, networkMode=mode)


def test_a_port_of_the_host_is_mapped_once() -> None:
    told = {"$.containerDefinitions[0].portMappings[1].hostPort": "the host's port 8080 (tcp) is mapped twice: for web and for web"}
    assert faults(mapped((8080, "tcp"), (8080, "tcp"))) == told
    assert faults(mapped((8080, ""), (8080, "tcp"))) == told
    assert faults(mapped((8080, "tcp"), (8080, "tcp"), mode="host")) == told
    side = {**WEB, "name": "side", "portMappings": [{"containerPort": 1, "hostPort": 8080}]}
    assert faults(task({**WEB, "portMappings": [{"containerPort": 80, "hostPort": 8080}]}, side)) == {
        "$.containerDefinitions[1].portMappings[0].hostPort": "the host's port 8080 (tcp) is mapped twice: for web and for side"
    }


@pytest.mark.parametrize("ports", [((0, "tcp"), (0, "tcp")), ((None, "tcp"), (None, "tcp")), ((53, "tcp"), (53, "udp"))])
def test_ports_that_ecs_picks_and_other_protocols_do_not_clash(ports: tuple[tuple[int | None, str], ...]) -> None:
    assert faults(mapped(*ports)) == {}


def test_firelens_needs_a_router() -> None:
    app = {**WEB, "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "http"}}}
    router = {**WEB, "name": "log", "firelensConfiguration": {"type": "fluentbit"}}
    assert faults(task(app)) == {
        "$.containerDefinitions[0].logConfiguration.logDriver": "is awsfirelens, but no container has a firelensConfiguration"
    }
    assert faults(task(app, router)) == {}


ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"


@pytest.mark.parametrize(
    "target", [ARN, f"{ARN}:host::", f"{ARN}:::id", f"{ARN}:host:AWSCURRENT:", "/shop/db", "db", "arn:aws:ssm:eu-west-1:1:parameter/a/b"]
)
def test_references_to_secrets_are_taken(target: str) -> None:
    secret = {**WEB, "secrets": [{"name": "S", "valueFrom": target}]}
    assert faults(task(secret, executionRoleArn="exec")) == {}


@pytest.mark.parametrize("target", [f"{ARN}:host", f"{ARN}:host:", f"{ARN}:host:::"])
def test_a_colon_too_few_or_too_many_behind_a_secret_is_told(target: str) -> None:
    secret = {**WEB, "secrets": [{"name": "S", "valueFrom": target}]}
    assert faults(task(secret, executionRoleArn="exec")) == {
        "$.containerDefinitions[0].secrets[0].valueFrom": "has too few or too many colons after the secret's ARN"
    }


ROLES = [
    "exec",
    "arn:aws:iam::123456789012:role/exec",
    "arn:aws-cn:iam::123456789012:role/path/to/exec",
    "arn:aws-us-gov:iam::123456789012:role/a.b@c",
]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_a_name_or_a_whole_arn(role: str) -> None:
    assert faults(task(taskRoleArn=role, executionRoleArn=role)) == {}
    assert warnings(task(taskRoleArn=role, executionRoleArn=role)) == {}


@pytest.mark.parametrize("role", ["arn:aws:iam::123456789012", "arn:aws:iam::123456789012:role/", "arn:aws:iam::123456789012:user/me"])
def test_half_an_arn_is_a_fault(role: str) -> None:
    assert [*faults(task(taskRoleArn=role))] == ["$.taskRoleArn"]


@pytest.mark.parametrize("role", ["arn:aws:iam::ACCOUNT_ID:role/exec", "arn:aws:iam::<account>:role/exec", "{{ROLE}}"])
def test_an_account_that_nobody_filled_in_yet_is_a_warning_in_the_file(role: str) -> None:
    assert [*warnings(task(executionRoleArn=role))] == ["$.executionRoleArn"]


def test_a_soft_limit_above_the_hard_one_is_a_warning() -> None:
    limit = {"name": "nofile", "softLimit": 2, "hardLimit": 1}
    assert warnings(task({**WEB, "ulimits": [limit]})) == {
        "$.containerDefinitions[0].ulimits[0].softLimit": "is 2, more than the hardLimit 1"
    }


def test_a_host_has_no_processes_to_share_on_fargate() -> None:
    assert faults(task(cpu="256", memory="512", pidMode="host", **FARGATE)) == {"$.pidMode": "host is not supported on Fargate"}
    assert faults(task(cpu="256", memory="512", pidMode="task", **FARGATE)) == {}
    assert faults(task(pidMode="host")) == {}


def test_what_fargate_does_not_have_yet_is_a_warning() -> None:
    linux = {"sharedMemorySize": 64, "devices": [{"hostPath": "/dev/fuse"}], "tmpfs": [{"containerPath": "/run", "size": 64}]}
    container = {**WEB, "linuxParameters": linux, "resourceRequirements": [{"type": "GPU", "value": "1"}]}
    assert warnings(task(container, cpu="256", memory="512", **FARGATE)) == {
        "$.containerDefinitions[0].linuxParameters.sharedMemorySize": "is not supported on Fargate according to the ECS guide",
        "$.containerDefinitions[0].linuxParameters.devices": "is not supported on Fargate according to the ECS guide",
        "$.containerDefinitions[0].resourceRequirements[0]": "requires a GPU, which Fargate does not support",
    }
    assert warnings(task(container)) == {}


def test_a_family_with_a_placeholder_says_so() -> None:
    for name in ("api-{{ENV}}", "api-${ENV}"):
        told = f"is not a name that ECS accepts: {name.removeprefix('api-')} looks like a placeholder that was not replaced"
        assert faults({**task(), "family": name}) == {"$.family": told}


def test_a_role_of_a_file_that_was_not_rendered_says_so() -> None:
    assert warnings(task(taskRoleArn="arn:aws:iam::123456789012:role/web-${NODE_ENV}")) == {
        "$.taskRoleArn": "holds ${NODE_ENV}, which was not replaced"
    }


def test_an_image_that_is_missing_asks_for_the_output_of_the_build() -> None:
    [fault] = judge(parse(json.dumps(task({"name": "web", "memory": 256})), "td.json")).faults
    assert fault.what == "image is missing"
    assert "a build output, check that it is not empty." in fault.hint


def test_a_boolean_of_yaml_1_1_is_told_as_the_text_that_it_is() -> None:
    text = "family: shop\ncontainerDefinitions:\n- {name: web, image: web, memory: 256, essential: yes}\n"
    [fault] = judge(parse(text, "td.yml")).faults
    assert (fault.what, fault.hint) == ("is a string, not true or false", "yes is a string in YAML 1.2: write true.")


def test_a_region_of_logs_that_nobody_filled_is_a_warning() -> None:
    def logs(driver: str, name: str) -> dict[str, Any]:
        return {"logConfiguration": {"logDriver": driver, "options": {name: "${AWS_REGION}"}}}

    assert list(warnings(task({**WEB, **logs("awslogs", "awslogs-region")})).values()) == [
        "holds ${AWS_REGION}, which looks like a placeholder that was not replaced"
    ]
    assert warnings(task({**WEB, **logs("splunk", "splunk-index")})) == {}
