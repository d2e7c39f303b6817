"""The example's Terraform: formatted, valid, planned for each environment, and the layout on the root volume, whose next image would wipe the databases.

One `terraform init` serves all: the provider is linked from where the machine keeps it, and both configurations need the same.
"""

import json
from typing import Final

import pytest

from credex_actions.core.command.partial import Partial
from credex_actions.sandbox import Sandbox
from tests.terraform_example import Cloud

pytestmark = pytest.mark.slow

ENVIRONMENTS: Final = {"dev": "development", "stage": "staging", "prod": "production"}


@pytest.fixture(scope="module")
def cloud(running_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    running_sandbox.renew()
    return Cloud(running_sandbox, tmp_path_factory.mktemp("example"))


def test_it_is_formatted_and_valid(cloud: Cloud) -> None:
    for directory in ("terraform", "terraform-root-volume"):
        cloud.terraform(directory, "fmt", "-check", "-recursive", "-diff")
        cloud.terraform(directory, "validate")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_environment_has_its_variables(cloud: Cloud, name: str) -> None:
    asked = "jsonencode([var.environment, var.branch, keys(var.databases)])\n"
    told = cloud.terraform("terraform", "console", f"-var-file=environments/{name}.tfvars", asking=asked)
    assert json.loads(json.loads(told)) == [ENVIRONMENTS[name], name, ["LedgerSpace", "SearchSpace"]]


def test_it_plans_what_the_other_files_name(cloud: Cloud) -> None:
    """neo4j.yml finds instances and volumes by these tags, deploy.yml the service by its names, and the sandbox reads the parameter's name."""
    planned = cloud.plan(
        "terraform",
        var_files=(str(cloud.folder / "terraform" / "environments" / "prod.tfvars"),),
        vars={"network": cloud.network},
        config=str(cloud.folder / "terraform" / "guard.yml"),
    )
    assert planned.verdict == "safe"
    shown = json.loads(cloud.terraform("terraform", "show", "-json", planned.plan_file))
    after = {each["address"]: each["change"]["after"] for each in shown["resource_changes"]}
    kind = "production"
    for role, parameter in (("LedgerSpace", "neo_4j_ledger_space"), ("SearchSpace", "neo_4j_search_space")):
        instance, volume = (after[f'module.neo4j["{role}"].aws_{each}'] for each in ("instance.this", "ebs_volume.data"))
        assert {"Role": role, "Environment": kind, "Project": "CredEx"}.items() <= instance["tags_all"].items()
        assert {"Role": role, "Environment": kind, "Data": "true"}.items() <= volume["tags_all"].items()
        assert volume["encrypted"]
        assert instance["metadata_options"][0]["http_tokens"] == "required"
        password = after[f'module.neo4j["{role}"].aws_ssm_parameter.password']
        assert (password["name"], password["type"], password.get("value")) == (f"/credex/{kind}/{parameter}_pass", "SecureString", None)
        assert after[f'module.neo4j["{role}"].aws_ssm_parameter.url']["name"] == f"/credex/{kind}/{parameter}_bolt_url"
    assert after["module.service.aws_ecs_cluster.this"]["name"] == f"credex-cluster-{kind}"
    assert after["module.service.aws_ecs_service.this"]["name"] == f"credex-core-service-{kind}"
    assert after["module.service.aws_ecs_service.this"]["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]
    assert after["module.service.aws_cloudwatch_metric_alarm.errors"]["alarm_name"] == f"credex-core-{kind}-5xx"
    public = [address for address, each in after.items() if "ingress" in address and each.get("cidr_ipv4") == "0.0.0.0/0"]
    assert public == ["module.service.aws_vpc_security_group_ingress_rule.public"]


def test_on_the_root_volume_the_next_image_would_wipe_both_databases_and_is_refused(cloud: Cloud) -> None:
    cloud.image("neo4j-enterprise-5.26.0")
    variables = {"subnet_id": cloud.subnets[0]}
    planned = cloud.plan("terraform-root-volume", vars=variables)
    applied = cloud.apply("terraform-root-volume", planned)
    assert (applied.outcome, applied.applied) == ("applied", 7)
    cloud.image("neo4j-enterprise-5.26.16")
    with pytest.raises(Partial) as refusal:
        cloud.plan("terraform-root-volume", vars=variables)
    findings = refusal.value.outputs.findings
    refused = {each["address"]: each["why"] for each in findings if each["severity"] == "refuse"}
    assert set(refused) == {"(plan)", 'aws_instance.neo4j["LedgerSpace"]', 'aws_instance.neo4j["SearchSpace"]'}
    assert "ami" in refused['aws_instance.neo4j["LedgerSpace"]']


def test_user_data_that_a_roll_out_has_brought_are_nothing_to_terraform(cloud: Cloud) -> None:
    """Changed in the configuration, and on the instance by a roll-out: the next plan neither replaces nor stops anything, and the output has the new ones."""
    image, address = cloud.image("neo4j-enterprise-5.26.17"), 'module.neo4j["LedgerSpace"].aws_instance.this'
    words = ["-var-file=environments/dev.tfvars", *(f"-var={name}={value}" for name, value in cloud.variables(image).items())]
    cloud.terraform("terraform", "apply", "-auto-approve", "-input=false", f"-target={address}", *words)
    main = cloud.folder / "terraform" / "modules" / "neo4j" / "main.tf"
    main.write_text(main.read_text().replace('"#!/bin/bash",', '"#!/bin/bash",\n    "# NEO4J_db_transaction_timeout=61s",', 1))
    role = [{"Name": "tag:Role", "Values": ["LedgerSpace"]}, {"Name": "tag:Environment", "Values": ["development"]}]
    (instance,) = cloud.ec2.describe_instances(Filters=role)["Reservations"][0]["Instances"]
    cloud.ec2.stop_instances(InstanceIds=[instance["InstanceId"]])
    cloud.ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance["InstanceId"]], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    cloud.ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], UserData={"Value": b"#!/bin/sh\n# of the roll-out\n"})
    cloud.ec2.start_instances(InstanceIds=[instance["InstanceId"]])
    cloud.ec2.get_waiter("instance_running").wait(InstanceIds=[instance["InstanceId"]], WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    planned = cloud.plan_databases(image)
    assert planned.verdict == "safe"
    shown = json.loads(cloud.terraform("terraform", "show", "-json", planned.plan_file))
    actions = {each["address"]: each["change"]["actions"] for each in shown["resource_changes"]}
    assert actions[address] == ["no-op"]
    assert {tuple(each) for each in actions.values()} <= {("no-op",), ("create",), ("read",)}
    assert "# NEO4J_db_transaction_timeout=61s" in shown["planned_values"]["outputs"]["user_data"]["value"]["LedgerSpace"]
