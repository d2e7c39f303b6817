"""Files as people have them: exported by ECS's console, filled out from a skeleton, half rendered; and images that are none."""

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import credex_actions
from credex_actions.core.faults import Exit, Failure

WEB: dict[str, Any] = {"name": "web", "image": "old:1", "memory": 256}
ONE: dict[str, Any] = {"family": "shop", "containerDefinitions": [WEB]}
TWO: dict[str, Any] = {"family": "shop", "containerDefinitions": [WEB, {"name": "side", "image": "old:1", "memory": 64}]}


class Rendered(NamedTuple):
    definition: dict[str, Any]
    changed: bool
    log: str

    @property
    def container(self) -> dict[str, Any]:
        found: dict[str, Any] = self.definition["containerDefinitions"][0]
        return found


class Files:
    """Renders `definition`, as text or as what it says, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def render(
        self, definition: object = ONE, *, file: str = "td.json", environment: dict[str, str] | None = None, **inputs: Any
    ) -> Rendered:
        path = self.folder / file
        path.write_text(definition if isinstance(definition, str) else json.dumps(definition, indent=1))
        log = io.StringIO()
        given = {"output_file": str(self.folder / "out.json"), **inputs}
        outputs = credex_actions.render_task_definition(task_definition=str(path), log=log, environment=environment or {}, **given)
        return Rendered(json.loads(Path(outputs.task_definition).read_text()), outputs.changed, log.getvalue())

    def refused(self, definition: object = ONE, **inputs: Any) -> dict[str, str]:
        """What was wrong, by where."""
        (self.folder / "out.json").unlink(missing_ok=True)
        with pytest.raises(Failure) as caught:
            self.render(definition, **inputs)
        assert caught.value.code == Exit.BAD_INPUT
        assert not (self.folder / "out.json").exists()
        return {fault.where: fault.what for fault in caught.value.faults}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


# Images


@pytest.mark.parametrize("image", [None, "", "  "])
def test_a_named_container_without_an_image_is_a_build_that_failed(files: Files, image: str | None) -> None:
    assert files.refused(container_name="web", image=image) == {"image": "is empty, or missing, for web"}


def test_keep_image_leaves_the_image_as_it_is(files: Files) -> None:
    rendered = files.render(container_name="web", keep_image=True, environment_variables="A=1")
    assert rendered.container["image"] == "old:1"
    assert rendered.container["environment"] == [{"name": "A", "value": "1"}]


def test_keep_image_and_an_image_contradict_each_other(files: Files) -> None:
    assert files.refused(container_name="web", image="new:1", keep_image=True) == {"keep-image": "is true, but image is set"}


def test_each_named_container_needs_an_image_of_its_own(files: Files) -> None:
    assert files.refused(TWO, container_name="web,side", images="web=new:2") == {"image": "is empty, or missing, for side"}
    rendered = files.render(TWO, container_name="web", images="web=new:2", environment_variables="A=1")
    assert rendered.container["image"] == "new:2"


def test_image_and_images_for_the_same_container_contradict_each_other(files: Files) -> None:
    assert files.refused(image="new:1", images="web=other:2") == {"images": "names web too, which image already sets"}


@pytest.mark.parametrize("image", ["ghcr.io/Acme/Api:2", "api: 2", "***.dkr.ecr.eu-west-1.amazonaws.com/api:2", "/web:2", "repo:"])
def test_what_no_registry_knows_is_a_fault_of_the_input_that_gave_it(files: Files, image: str) -> None:
    assert [*files.refused(container_name="web", image=image)] == ["image"]
    assert [*files.refused(images=f"web={image}")] == ["images"]


def test_what_no_registry_knows_is_a_fault_where_a_value_made_it(files: Files) -> None:
    definition = {**ONE, "containerDefinitions": [{**WEB, "image": "registry.example.com/${NAME}:1"}]}
    assert [*files.refused(definition, values="NAME=Api")] == ["$.containerDefinitions[0].image"]
    patch = '[{"op": "replace", "path": "/containerDefinitions/0/image", "value": "a b"}]'
    assert [*files.refused(patch=patch)] == ["$.containerDefinitions[0].image"]


def test_what_no_registry_knows_is_a_warning_where_the_file_has_it(files: Files) -> None:
    definition = {**TWO, "containerDefinitions": [WEB, {"name": "proxy", "image": "Proxy Image", "memory": 64}]}
    rendered = files.render(definition, container_name="web", image="new:2")
    assert "td.json:11:13: $.containerDefinitions[1].image: 'Proxy Image' contains a space" in rendered.log


@pytest.mark.parametrize("names", ["web,", ",web", "web,,side", "web, \nside"])
def test_an_empty_name_among_containers_is_told(files: Files, names: str) -> None:
    assert "has an empty name" in files.refused(TWO, container_name=names, image="new:1")["container_name"]


def test_names_of_containers_stand_on_lines_too(files: Files) -> None:
    assert files.render(TWO, container_name="\nweb\n\nside\n", image="new:1").container["image"] == "new:1"


# null, and what is empty


def test_null_is_not_given_at_every_depth(files: Files) -> None:
    definition = {
        "family": "shop",
        "ipcMode": None,
        "volumes": [{"name": "cache", "host": None, "efsVolumeConfiguration": None}],
        "containerDefinitions": [
            None,
            {
                **WEB,
                "command": ["a", None, ""],
                "memoryReservation": None,
                "environment": [{"name": "A", "value": None}],
                "dockerLabels": {"a": None, "b": ""},
                "mountPoints": [{"sourceVolume": "cache", "containerPath": "/c", "readOnly": None}],
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": None}, "secretOptions": None},
            },
        ],
    }
    rendered = files.render(definition, container_name="web", image="new:2")
    assert rendered.log.count("warning") == 0
    assert rendered.definition == {
        "family": "shop",
        "volumes": [{"name": "cache"}],
        "containerDefinitions": [
            {
                **WEB,
                "image": "new:2",
                "command": ["a", ""],
                "environment": [{"name": "A"}],
                "dockerLabels": {"b": ""},
                "mountPoints": [{"sourceVolume": "cache", "containerPath": "/c"}],
                "logConfiguration": {"logDriver": "awslogs", "options": {}},
            }
        ],
    }


def test_the_place_of_a_fault_counts_what_is_null(files: Files) -> None:
    definition = {**ONE, "containerDefinitions": [None, {**WEB, "portMappings": [None, {"containerPort": "80"}]}]}
    assert [*files.refused(definition)] == ["$.containerDefinitions[1].portMappings[1].containerPort"]


def test_what_is_empty_is_judged_as_it_will_be_registered_and_stays_in_the_file(files: Files) -> None:
    definition = {
        "family": "shop",
        "taskRoleArn": "",
        "ipcMode": "",
        "cpu": "",
        "tags": [],
        "requiresCompatibilities": [""],
        "containerDefinitions": [
            {
                **WEB,
                "image": "",
                "links": [""],
                "command": [""],
                "environment": [{"name": "", "value": ""}, {"name": "A", "value": ""}],
                "mountPoints": [{}],
                "portMappings": [{"containerPort": 80, "protocol": ""}],
                "healthCheck": {"command": []},
            }
        ],
    }
    rendered = files.render(definition, container_name="web", image="new:2")
    definition["containerDefinitions"][0]["image"] = "new:2"  # type: ignore[index]
    assert rendered.definition == definition
    assert "warning" not in rendered.log


def test_a_required_value_that_is_empty_is_missing(files: Files) -> None:
    assert files.refused({**ONE, "family": ""}) == {"$.family": "family is missing"}
    assert files.refused({**ONE, "containerDefinitions": []}) == {"$.containerDefinitions": "containerDefinitions is missing"}
    assert files.refused({**ONE, "containerDefinitions": [{**WEB, "image": ""}]}) == {"$.containerDefinitions[0].image": "image is missing"}


# What ECS takes, though its documentation does not


def test_a_health_check_of_bare_words_is_a_warning(files: Files) -> None:
    rendered = files.render({**ONE, "containerDefinitions": [{**WEB, "healthCheck": {"command": ["wget", "-q"], "interval": 10}}]})
    assert "does not begin with CMD or CMD-SHELL" in rendered.log
    assert rendered.container["healthCheck"]["command"] == ["wget", "-q"]


def test_of_a_variable_that_stands_twice_the_last_one_stays(files: Files) -> None:
    variables = [{"name": "MODE", "value": "a"}, {"name": "B", "value": "1"}, {"name": "MODE", "value": "b"}]
    rendered = files.render({**ONE, "containerDefinitions": [{**WEB, "environment": variables}]}, image="new:1")
    assert rendered.container["environment"] == variables[1:]
    assert "the variable MODE is defined twice" in rendered.log


# Shapes that are not a task definition's


def test_container_definitions_that_are_no_list_are_told_by_their_own_name(files: Files) -> None:
    assert files.refused({**ONE, "containerDefinitions": WEB}, container_name="web", image="a:1") == {
        "$.containerDefinitions": "is a mapping, not a list"
    }
    told = files.refused({"Family": "shop", "ContainerDefinitions": [WEB]}, container_name="web", image="a:1")
    assert [*told] == ["$.Family", "$.ContainerDefinitions"]


def test_a_bare_list_of_containers_is_told(files: Files) -> None:
    assert files.refused([WEB], container_name="web", image="a:1") == {"$": "is not a task definition"}


def test_faults_of_inputs_and_faults_of_the_file_are_told_together(files: Files) -> None:
    told = files.refused({**ONE, "networkMod": "awsvpc"}, container_name="wbe", image="a:1")
    assert told == {"container-name": "there is no container wbe", "$.networkMod": "is not a field that ECS accepts here"}


# Inputs


def test_of_several_sources_the_file_counts_and_a_notice_says_so(files: Files) -> None:
    rendered = files.render(image="new:1", task_definition_family="other", task_definition_arn="other:3")
    assert rendered.definition["family"] == "shop"
    assert "notice: task-definition-arn: is ignored because task-definition is set" in rendered.log
    assert "notice: task-definition-family: is ignored because task-definition is set" in rendered.log


@pytest.mark.parametrize("role", ["arn:aws:iam::ACCOUNT_ID:role/orders", "arn:aws:iam::123456789012", "<role>"])
def test_half_an_arn_for_a_role_is_a_fault_of_its_input(files: Files, role: str) -> None:
    assert [*files.refused(task_role_arn=role)] == ["task-role-arn"]
    assert [*files.refused(execution_role_arn=role)] == ["execution-role-arn"]


def test_half_an_arn_that_a_value_made_is_a_fault(files: Files) -> None:
    definition = {**ONE, "taskRoleArn": "arn:aws:iam::${ACCOUNT}:role/x"}
    assert [*files.refused(definition, values="ACCOUNT=12")] == ["$.taskRoleArn"]


def test_what_stands_around_a_single_value_is_cut(files: Files) -> None:
    rendered = files.render(
        image=" new:1\n", task_role_arn="arn:aws:iam::123456789012:role/x\n", cpu="256 ", memory="\n512", command=" a  b "
    )
    assert rendered.container["image"] == "new:1"
    assert rendered.container["command"] == ["a", "b"]
    assert [rendered.definition[name] for name in ("taskRoleArn", "cpu", "memory")] == ["arn:aws:iam::123456789012:role/x", "256", "512"]


def test_a_size_that_does_not_fit_is_a_fault_of_its_input(files: Files) -> None:
    definition = {**ONE, "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
    assert files.refused(definition, cpu="256", memory="4096") == {
        "memory": "no Fargate configuration exists for 256 CPU units and 4096 MiB of memory"
    }


# YAML


def test_merge_keys_take_over_what_is_not_said(files: Files) -> None:
    text = """\
family: shop
containerDefinitions:
  - &web
    name: web
    image: old:1
    memory: 256
    environment: &variables [{name: A, value: '1'}]
  - <<: *web
    name: side
  - <<: [{memory: 8}, *web]
    name: third
"""
    found = files.render(text, file="td.yml", images="web=new:1").definition["containerDefinitions"]
    assert [each["name"] for each in found] == ["web", "side", "third"]
    assert [each["image"] for each in found] == ["new:1", "old:1", "old:1"]
    assert [each["memory"] for each in found] == [256, 256, 8]
    assert [each["environment"] for each in found] == [[{"name": "A", "value": "1"}]] * 3


def test_a_fault_of_a_merged_value_stands_where_it_is_written(files: Files) -> None:
    text = "family: shop\ncontainerDefinitions:\n- <<: &base {image: old:1,\n    memory: many}\n  name: web\n"
    with pytest.raises(Failure) as caught:
        files.render(text, file="td.yml")
    assert [(fault.where, fault.line) for fault in caught.value.faults] == [("$.containerDefinitions[0].memory", 4)]


@pytest.mark.parametrize("text", ["family: a\n<<: 1\n", "a: &a\n  <<: *a\n", "family: a\n<<: [[]]\n"])
def test_what_cannot_be_merged_is_told(files: Files, text: str) -> None:
    with pytest.raises(Failure):
        files.render(text, file="td.yml")


def test_merging_cannot_grow_beyond_all_bounds(files: Files) -> None:
    bomb = "a: &a {}\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join(['*' + chr(97 + n)] * 10)}]}}\n" for n in range(9))
    with pytest.raises(Failure) as caught:
        files.render(bomb, file="td.yml")
    assert "becomes too large" in caught.value.faults[0].what


def test_an_image_or_a_role_that_a_secret_made_is_told_by_the_secrets_name(files: Files) -> None:
    definition = {**ONE, "taskRoleArn": "arn:aws:iam::${WHO}:role/x", "containerDefinitions": [{**WEB, "image": "r.io/${WHO}"}]}
    with pytest.raises(Failure) as caught:
        files.render(definition, secret_values="WHO=Canary12")
    told = str(caught.value)
    assert "'r.io/(secret WHO)' has upper-case" in told
    assert "'arn:aws:iam::(secret WHO):role/x' is neither" in told
    assert "Canary12" not in told


# Secrets in plain text


def test_a_secret_in_plain_text_is_told_with_its_line_or_its_input(files: Files) -> None:
    definition = {
        "taskDefinition": {**ONE, "containerDefinitions": [{**WEB, "environment": [{"name": "DB_PASSWORD", "value": "hunter22"}]}]}
    }
    with pytest.raises(Failure) as caught:
        files.render(definition, image="new:1", environment_variables="NEO4J_AUTH=neo4j/hunter22xx", plaintext_secrets="refuse")
    assert caught.value.code == Exit.REFUSED
    assert [(fault.where, fault.file.rpartition("/")[2], fault.line) for fault in caught.value.faults] == [
        ("$.taskDefinition.containerDefinitions[0].environment[0].value", "td.json", 12),
        ("environment-variables", "", 0),
    ]
    assert "hunter22" not in str(caught.value)


# Fields that this version does not know


FUTURE = {**ONE, "containerDefinitions": [{**WEB, "warmPool": {"size": 1, "of": None, "with": []}, "image": "old:1"}]}


def test_a_field_that_ecs_has_since_last_week_is_refused_with_its_remedy(files: Files) -> None:
    with pytest.raises(Failure) as caught:
        files.render(FUTURE, image="new:1")
    [fault] = caught.value.faults
    assert fault.where == "$.containerDefinitions[0].warmPool"
    assert "list it in unknown-fields, by the path above" in fault.hint


@pytest.mark.parametrize(
    "path", ["$.containerDefinitions[0].warmPool", "containerDefinitions[*].warmPool", "$.taskDefinition.containerDefinitions[*].warmPool"]
)
def test_an_unknown_field_that_was_named_stays_as_it_stands(files: Files, path: str) -> None:
    rendered = files.render(FUTURE, image="new:1", unknown_fields=path)
    assert rendered.container["warmPool"] == {"size": 1, "of": None, "with": []}
    assert "unknown-fields" not in rendered.log


def test_a_known_field_may_be_named_and_is_not_judged(files: Files) -> None:
    definition = {**ONE, "requiresCompatibilities": ["MOON"]}
    assert [*files.refused(definition)] == ["$.requiresCompatibilities[0]"]
    assert files.render(definition, unknown_fields="$.requiresCompatibilities").definition["requiresCompatibilities"] == ["MOON"]


def test_a_path_that_names_nothing_is_told(files: Files) -> None:
    assert "unknown-fields: matches nothing in this task definition: $.warmPool" in files.render(unknown_fields="warmPool").log


def test_a_command_that_loses_its_backslashes_is_a_warning(files: Files) -> None:
    assert "command: has backslashes, which are removed" in files.render(command=r"C:\app\run.exe --x").log
    assert "backslashes" not in files.render(command=r'["C:\\app\\run.exe", "--x"]').log
    assert "backslashes" not in files.render(command=r"sh -c 'C:\app\run.exe'").log


def test_what_only_describes_a_revision_is_left_out(files: Files) -> None:
    tags = [{"key": "aws:cloudformation:stack-name", "value": "shop"}, {"key": "team", "value": "a"}]
    assert files.render({"taskDefinition": ONE | {"revision": 3}, "tags": tags}).definition == {**ONE, "tags": tags[1:]}
    assert files.render({**ONE, "taskDefinitionArn": "arn:aws:ecs:x:1:task-definition/shop:3", "tags": tags}).definition == {
        **ONE,
        "tags": tags[1:],
    }
    assert files.refused({**ONE, "tags": tags}) == {"$.tags[0].key": "begins with aws:, which is reserved by AWS"}


def test_a_variable_that_stands_twice_makes_no_difference(files: Files) -> None:
    variables = [{"name": "MODE", "value": "a"}, {"name": "MODE", "value": "b"}]
    rendered = files.render({**ONE, "containerDefinitions": [{**WEB, "environment": variables}]})
    assert not rendered.changed


# Outputs that arrive empty


NOTHING = "notice: no input changes the task definition: it is only checked"


def test_a_step_that_was_given_nothing_says_so(files: Files) -> None:
    assert NOTHING in files.render(image="", images="", values="").log
    assert NOTHING in files.render(container_name="web", keep_image=True).log
    assert NOTHING not in files.render(image="old:1").log
    assert NOTHING not in files.render(cpu="256").log


def test_a_value_that_arrives_empty_makes_no_image(files: Files) -> None:
    whole = {**ONE, "containerDefinitions": [{**WEB, "image": "${IMAGE}"}]}
    assert files.refused(whole, values="IMAGE=") == {"$.containerDefinitions[0].image": "image is missing"}
    part = {**ONE, "containerDefinitions": [{**WEB, "image": "${REGISTRY}/web:${TAG}"}]}
    assert [*files.refused(part, values="REGISTRY=r.io\nTAG=")] == ["$.containerDefinitions[0].image"]
    assert [*files.refused(part, values="REGISTRY=\nTAG=1")] == ["$.containerDefinitions[0].image"]
