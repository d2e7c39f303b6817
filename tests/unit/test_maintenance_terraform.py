"""What is behind or risky in Terraform, and the look-alikes that are not reported."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.maintenance.catalogue.terraform import CHECKS
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.infrastructure import checkov, constraints, drift, formatting, hcl, pins
from credex_actions.maintenance.infrastructure.constraints import Version, allows, read_version
from credex_actions.maintenance.infrastructure.declared import Directory
from credex_actions.maintenance.infrastructure.examining import examine
from credex_actions.maintenance.infrastructure.registry import Registries, UnknownError
from credex_actions.terraform.judging.finding import Finding as Guarded
from credex_actions.terraform.rules.rule import REFUSE
from tests.maintaining import committed, context, states, tree
from tests.registries import Registry, serving

HCL = """# comment { with a brace
terraform {
  required_version = ">= 1.5, < 2.0" // trailing
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
    other = { source = "example.com/acme/thing", version : "1.2.3" }
  }
  backend "s3" {}
}
/* module "no" { source = "x/y/z" } */
locals {
  text    = "quoted \\" and ${lookup({ "a" = "}" }, "a")} end"
  plain   = "$${not} \\"x\\""
  here    = <<-EOT
    module "no" { source = "no/no/no" }
  EOT
  list    = [for each in ["{", "}"] : upper(each)]
  object  = { for k, v in {} : k => v }
  number  = 1 + (2
    * 3)
  ternary = var.a == "b" ? "c" : "d"
}
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 4.0"
  tags    = { Name = "x" }
}
"""


def test_hcl_is_read_with_its_lines() -> None:
    root = hcl.read(HCL)
    assert [(each.kind, each.labels, each.line) for each in root.blocks] == [
        ("terraform", (), 2),
        ("locals", (), 14),
        ("module", ("vpc",), 26),
    ]
    settings, local, module = root.blocks
    assert settings.attributes["required_version"] == (">= 1.5, < 2.0", 3)
    assert [hcl.literals(each) for each in settings.blocks[0].blocks] == [
        {"source": "hashicorp/aws", "version": "~> 5.0"},
        {"source": "example.com/acme/thing", "version": "1.2.3"},
    ]
    assert {name: each.text for name, each in local.attributes.items()} == {
        "text": None, "plain": '$${not} "x"', "here": None, "list": None, "object": None, "number": None, "ternary": None,
    }  # fmt: skip
    assert module.attributes["version"] == ("~> 4.0", 28)


@given(st.text(alphabet='ab{}[]()="\n#/<-E$%\\ ,:', max_size=60))
def test_no_text_makes_hcl_do_anything_else(text: str) -> None:
    with contextlib.suppress(hcl.UnreadableError):
        hcl.read(text)


@pytest.mark.parametrize(
    ("constraint", "version", "allowed"),
    [
        ("~> 5.0", "5.99.0", True),
        ("~> 5.0", "6.0.0", False),
        ("~> 5.0.1", "5.0.9", True),
        ("~> 5.0.1", "5.1.0", False),
        ("~> 5", "6.0.0", False),
        (">= 1.5, < 2.0, != 1.6.1", "1.6.1", False),
        (">= 1.5, < 2.0, != 1.6.1", "1.7.0", True),
        ("1.2.3", "1.2.4", False),
        ("= 1.2.3", "1.2.3", True),
        ("", "9.0.0", True),
        ("nonsense", "1.0.0", True),
    ],
)
def test_constraints(constraint: str, version: str, allowed: bool) -> None:
    found = read_version(version)
    assert found
    assert allows(constraint, found) is allowed


def test_a_pre_release_is_no_version() -> None:
    assert constraints.newest(["1.0.0", "v1.2.0", "2.0.0-beta1", "latest"]) == Version(1, 2, 0)


LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  version     = "4.67.0"\n  constraints = "~> 4.0"\n  hashes = ["h1:x="]\n}\n'
MAIN = 'terraform {\n  required_version = "~> 1.3.0"\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n      version = "~> 4.0"\n    }\n  }\n  backend "s3" {}\n}\n'
MODULES = """
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 3.0"
}
module "new" {
  source  = "terraform-aws-modules/s3/aws"
  version = "~> 5.0"
}
module "any" {
  source = "terraform-aws-modules/s3/aws"
}
module "git" {
  source = "git::https://github.com/acme/module.git?ref=main"
}
module "sha" {
  source = "github.com/acme/module?ref=0123456789abcdef0123456789abcdef01234567"
}
module "local" {
  source = "./inner"
}
"""


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with serving() as found:
        found.providers = {"hashicorp/aws": ["4.0.0", "4.67.0", "5.100.0", "6.20.0", "7.0.0-beta1"], "hashicorp/random": ["3.7.0", "3.6.0"]}
        found.modules = {"terraform-aws-modules/vpc/aws": ["3.19.0", "6.1.0"], "terraform-aws-modules/s3/aws": ["5.1.0", "5.2.0"]}
        found.releases = {"hashicorp/terraform": ["1.15.0-rc1", "1.14.0", "1.13.2", "1.3.9"]}
        yield found


def found_in(folder: Path, registry: Registry, files: dict[str, str], **options: str) -> dict[tuple[str, str, str], str]:
    committed(folder, files)
    examined = examine(
        context(CHECKS, {"PATH": "/nowhere"}),
        str(folder),
        registries={"registry.terraform.io": registry.url},
        github=registry.url,
        **options,  # type: ignore[arg-type]
    )
    return {(each.check, each.resource, each.key): each.title for each in examined.findings}


def test_what_is_behind_is_found(tmp_path: Path, registry: Registry) -> None:
    files = {
        "infra/main.tf": MAIN + MODULES,
        "infra/.terraform.lock.hcl": LOCK,
        "infra/inner/x.tf": 'terraform {\n  required_version = ">= 1.0"\n}\n',
    }
    assert found_in(tmp_path, registry, files) == {
        ("terraform-behind", "infra/main.tf", "Terraform"): "Terraform 1.3.9 is 11 minor versions behind 1.14.0",
        (
            "provider-behind",
            "infra/.terraform.lock.hcl",
            "registry.terraform.io/hashicorp/aws",
        ): "hashicorp/aws 4.67.0 is 2 major versions behind 6.20.0",
        ("module-behind", "infra/main.tf", "vpc"): "the module vpc 3.19.0 is 3 major versions behind 6.1.0",
        ("module-behind", "infra/main.tf", "any"): "the module any has no version",
        ("module-behind", "infra/main.tf", "git"): "the module git follows the branch main",
    }


CURRENT = {
    "main.tf": 'terraform {\n  required_version = ">= 1.3"\n  required_providers {\n    random = {\n      source = "hashicorp/random"\n    }\n  }\n  backend "s3" {}\n}\n',
    ".terraform.lock.hcl": 'provider "registry.terraform.io/hashicorp/random" {\n  version = "3.6.0"\n}\n',
}


def test_what_is_current_is_not_reported(tmp_path: Path, registry: Registry) -> None:
    assert found_in(tmp_path, registry, CURRENT) == {}


def test_providers_that_nobody_locks_are_found_where_they_are_applied(tmp_path: Path, registry: Registry) -> None:
    inner = 'terraform {\n  required_providers {\n    random = {\n      source = "hashicorp/random"\n    }\n  }\n}\n'
    root = CURRENT["main.tf"] + 'module "inner" {\n  source = "./inner"\n}\n'
    assert [*found_in(tmp_path, registry, {"main.tf": root, "inner/main.tf": inner})] == [("provider-behind", ".", "unlocked")]


def test_a_registry_that_does_not_answer_is_said_once_and_asked_once(tmp_path: Path) -> None:
    committed(tmp_path, {"main.tf": MAIN + MODULES, ".terraform.lock.hcl": LOCK})
    nobody = "http://127.0.0.1:9"
    examined = examine(context(CHECKS, {"PATH": "/nowhere"}), str(tmp_path), registries={"registry.terraform.io": nobody}, github=nobody)
    assert states(examined) == dict.fromkeys([check.name for check in CHECKS], "skipped")
    assert "registry.terraform.io cannot be reached" in next(each.why for each in examined.ran if each.check == "provider-behind")
    assert {each.key for each in examined.findings} == {"any", "git"}


def test_a_host_that_failed_is_not_asked_again() -> None:
    registries = Registries({"registry.terraform.io": "http://127.0.0.1:9"})
    for name in ("aws", "random"):
        with pytest.raises(UnknownError, match=r"registry\.terraform\.io cannot be reached"):
            registries.provider(f"registry.terraform.io/hashicorp/{name}")
    assert registries.asked == 1


def test_a_repository_without_terraform_has_nothing_to_compare(tmp_path: Path) -> None:
    committed(tmp_path, {"README.md": ""})
    assert {each.why for each in examine(context(CHECKS), str(tmp_path)).ran} == {
        "the repository has no Terraform",
        "no directory is configured to be planned",
    }


@pytest.mark.parametrize(
    ("written", "constraint"),
    [("1.9.8", "1.9.8"), ("~1.9", "~> 1.9.0"), ("~1.9.2", "~> 1.9.2"), ("^1.9", "~> 1.9"), ("1.9", "~> 1.9.0"), ("1.x", "~> 1.0")],
)
def test_versions_that_workflows_pin(tmp_path: Path, written: str, constraint: str) -> None:
    step = f"jobs:\n  a:\n    steps:\n      - uses: hashicorp/setup-terraform@v3\n        with:\n          terraform_version: '{written}'\n"
    there = tree(
        tmp_path,
        {
            ".github/workflows/w.yml": step,
            ".terraform-version": "1.5.7\n",
            ".tool-versions": "nodejs 22\nterraform 1.6.0\n",
            "x/.terraform-version": "latest\n",
        },
    )
    assert [(each.constraint, each.line) for each in pins.pins(there)] == [("1.5.7", 1), ("1.6.0", 2), (constraint, 4)]


ROOT = drift.Root("infra", "production", ("infra/prod.tfvars",))


def seen(planned: dict[str, str], drifted: dict[str, str]) -> drift.Seen:
    found = drift.Seen()
    found.planned, found.drifted = planned, drifted
    return found


def test_drift_is_what_changes_something() -> None:
    found = drift.judged(ROOT, seen({"aws_a.x": "update", "aws_b.y": "create"}, {"aws_a.x": "update", "aws_c.z": "update"}), [])
    assert [(each.severity, each.title) for each in found] == [
        ("medium", "aws_a.x was changed outside of Terraform"),
        ("medium", "aws_b.y differs from its code"),
    ]


def test_what_was_deleted_outside_or_would_be_lost_is_grave() -> None:
    lost = Guarded("aws_ebs_volume.data", "replace", REFUSE, "the volume and its data", "the volume would be replaced", "")
    found = list(drift.judged(ROOT, seen({"aws_x.gone": "create", "aws_ebs_volume.data": "replace"}, {"aws_x.gone": "delete"}), [lost]))
    assert [(each.severity, each.resource) for each in found] == [
        ("high", "infra (production) aws_ebs_volume.data"),
        ("high", "infra (production) aws_x.gone"),
    ]
    assert "the volume and its data" in found[0].why


def test_a_flood_of_drift_has_an_end() -> None:
    found = list(drift.judged(ROOT, seen({f"a.b{number}": "update" for number in range(80)}, {}), []))
    assert (len(found), found[-1].title) == (51, "30 more resources of infra (production) differ from the code")


def test_validate_is_translated() -> None:
    diagnostic = {
        "severity": "error",
        "summary": "Unsupported argument",
        "detail": "No.",
        "range": {"filename": "main.tf", "start": {"line": 7, "column": 3}},
    }
    warning = {"severity": "warning", "summary": "Deprecated", "detail": ""}
    (found,) = formatting.of_json(json.dumps({"valid": False, "diagnostics": [diagnostic, warning]}), Directory("infra"))
    assert (found.place and (found.place.file, found.place.line), found.severity) == (("infra/main.tf", 7), "high")


def test_checkov_is_translated() -> None:
    failed = {
        "check_id": "CKV_AWS_18", "check_name": "Ensure the S3 bucket has access logging enabled", "file_path": "/infra/main.tf", "severity": None,
        "file_line_range": [4, 9], "resource": "aws_s3_bucket.data", "guideline": "https://docs.example.com/x",
    }  # fmt: skip
    (found,) = checkov.of_json(json.dumps([{"check_type": "terraform", "results": {"failed_checks": [failed]}, "summary": {}}]))
    assert (found.resource, found.key, found.place and found.place.line, found.severity) == (
        "infra/main.tf",
        "CKV_AWS_18 aws_s3_bucket.data",
        4,
        "medium",
    )
    assert not list(checkov.of_json('{"passed": 0, "failed": 0, "skipped": 0}'))
    with pytest.raises(Skipped):
        list(checkov.of_json("{}"))


@pytest.mark.parametrize(
    "printed",
    [
        '{"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 2}',
        '[{"results": {"failed_checks": []}, "summary": {"failed": 0, "parsing_errors": 1}}, {"failed": 0, "parsing_errors": 1}]',
    ],
)
def test_files_that_checkov_cannot_read_are_not_fine(printed: str) -> None:
    with pytest.raises(Skipped, match="cannot read 2 of"):
        list(checkov.of_json(printed))


ENVIRONMENT = """#!/bin/sh
echo "$1 $AWS_SECRET_ACCESS_KEY $GITHUB_TOKEN $ACTIONS_ID_TOKEN_REQUEST_TOKEN $TF_TOKEN_example_com." >> "$SEEN"
echo '{"diagnostics": []}'
"""


def test_only_a_plan_is_given_credentials(tmp_path: Path) -> None:
    program, seen = tmp_path / "bin" / "terraform", tmp_path / "seen"
    program.parent.mkdir()
    program.write_text(ENVIRONMENT)
    program.chmod(0o755)
    committed(tmp_path / "code", {"main.tf": 'terraform {\n  backend "s3" {}\n}\n'})
    secrets = {"AWS_SECRET_ACCESS_KEY": "key", "GITHUB_TOKEN": "token", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "identity"}
    given = {**secrets, "TF_TOKEN_example_com": "registry", "PATH": f"{program.parent}:/usr/bin:/bin", "SEEN": str(seen)}
    wanted = {"terraform-format", "terraform-drift"}
    examined = examine(context(CHECKS, given), str(tmp_path / "code"), [drift.Root(".")], wanted=wanted.__contains__)
    assert set(states(examined).values()) == {"ran"}, examined.ran
    drifted, plain = "key token identity registry.", "   registry."
    assert seen.read_text().splitlines() == [f"init {drifted}", f"plan {drifted}", f"fmt {plain}", f"init {plain}", f"validate {plain}"]


DIFFERS = """#!/bin/sh
for word; do case $word in -out=*) cp "$PLAN" "${word#-out=}"; exit 2 ;; esac; done
"""
CREATES = {"address": "a.b", "mode": "managed", "type": "a", "name": "b", "change": {"actions": ["create"], "before": None, "after": {}}}


@pytest.mark.parametrize(
    ("plan", "found", "state", "words"),
    [
        ({"resource_changes": [CREATES]}, ["a.b differs from its code"], "ran", ""),
        (
            {"output_changes": {"url": {"actions": ["update"]}, "id": {"actions": ["no-op"]}}},
            ["outputs of . differ from the state"],
            "ran",
            "",
        ),
        ({"format_version": "2.0"}, [], "skipped", "the plan of . cannot be judged: the format version of the plan is '2.0'"),
        ({"resource_changes": [7]}, [], "skipped", "an entry of resource_changes is not understood"),
        ({"resource_changes": [CREATES], "complete": False}, ["a.b differs from its code"], "skipped", "the plan is incomplete"),
    ],
)
def test_a_plan_that_differs_never_passes_for_one_that_does_not(
    tmp_path: Path, plan: dict[str, object], found: list[str], state: str, words: str
) -> None:
    program = tmp_path / "terraform"
    program.write_text(DIFFERS)
    program.chmod(0o755)
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"format_version": "1.2", "resource_changes": [], "complete": True, "applyable": True} | plan))
    given = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PLAN": str(file)}
    examined = examine(context(CHECKS, given), str(tmp_path), [drift.Root("")], wanted=lambda name: name == "terraform-drift")
    assert [each.title for each in examined.findings] == found
    assert [(each.state, words in each.why) for each in examined.ran] == [(state, True)], examined.ran
    assert examined.notes == ()


def test_a_directory_that_the_guard_cannot_judge_keeps_no_other_from_being_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def planned(_: object, __: object, ___: str, root: drift.Root) -> list[Finding]:
        if root.directory != "c":
            raise Failure(Exit.FAILED if root.directory == "b" else Exit.BAD_INPUT, Fault(f"{root.directory} cannot be judged"))
        return [Finding(check="terraform-drift", severity="low", resource="c", title="c", why="c", fix="c")]

    program = tmp_path / "terraform"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(drift, "drift", planned)
    for roots, state in ((["a", "b", "c"], "failed"), (["a", "c"], "skipped")):
        examined = examine(
            context(CHECKS, {"PATH": str(tmp_path)}),
            str(tmp_path),
            [drift.Root(each) for each in roots],
            wanted=lambda name: name == "terraform-drift",
        )
        assert [each.resource for each in examined.findings] == ["c"]
        assert [each.state for each in examined.ran] == [state]
        assert "a cannot be judged" in examined.ran[0].why
