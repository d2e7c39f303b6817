"""The example's Terraform: formatted, valid, planned for each environment, and the layout on the root volume, whose next image would wipe the databases.

One `terraform init` serves all: the provider is linked from where the machine keeps it, and both configurations need the same.
"""

import json
from typing import Final

import pytest

from credex_actions.core.command.partial import Partial
from credex_actions.sandbox import Sandbox
from tests.terraform_example import Cloud

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("example-terraform")]

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
