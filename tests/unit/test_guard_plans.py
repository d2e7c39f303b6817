"""What the guard takes for a plan, what it refuses whatever is allowed, and what hostile text in a plan can do: nothing."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import credex_actions
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.text import plain
from credex_actions.terraform.judging.globs import matches
from credex_actions.terraform.judging.plan import Judgement
from credex_actions.terraform.rules.rule import REFUSE
from credex_actions.terraform.rules.stateless import STATELESS
from credex_actions.terraform.rules.table import RULES
from tests.unit.test_generated_files import HEAVY, UNUSED, loaded
from tests.unit.test_guard_cases import MADE, guarded

HEAD: Final[Mapping[str, Any]] = {"format_version": "1.2", "applyable": True, "complete": True, "errored": False}


def entry(address: str = "aws_ebs_volume.data", kind: str = "aws_ebs_volume", *actions: str, **more: Any) -> dict[str, Any]:
    change = {"actions": list(actions or ("delete",)), "before": {"id": "vol-1"}, "after": None, "after_unknown": {}, **more}
    return {"address": address, "mode": "managed", "type": kind, "name": "data", "change": change}


def written(folder: Path, *entries: Any, **head: Any) -> Path:
    path = folder / "plan.json"
    path.write_text(json.dumps({**HEAD, **head, "resource_changes": list(entries)}))
    return path


def fault_of(path: Path, text: bytes | str) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(Failure) as raised:
        guarded(path)
    assert raised.value.code == Exit.BAD_INPUT
    return raised.value.faults[0].what


NO_PLANS: Final[Mapping[str, tuple[bytes | str, str]]] = {
    "empty": ("", "is empty"),
    "blank": (" \n", "is empty"),
    "a log": ("\nTerraform will perform the following actions:\n", "is the log of terraform plan"),
    "a JSON log": ('{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info"}\n', "is the log of terraform plan -json"),
    "a state": ('{"version":4,"terraform_version":"1.11.4","serial":3,"lineage":"x","outputs":{},"resources":[]}', "is a state file"),
    "a shown state": ('{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{}}}', "is the JSON of a state"),
    "an empty state": ('{"format_version":"1.0"}', "is the JSON of an empty state"),
    "schemas": ('{"format_version":"1.0","provider_schemas":{}}', "is the JSON of terraform providers schema"),
    "a validation": ('{"format_version":"1.0","valid":true,"diagnostics":[]}', "is the JSON of terraform validate"),
    "another JSON": ('{"a":1}', "is JSON, but not a Terraform plan"),
    "a list": ("[]", "is not a Terraform plan"),
    "UTF-16": ('{"format_version":"1.2"}'.encode("utf-16"), "is UTF-16 text"),
    "not UTF-8": (b'{"format_version":"\xff"}', "is not UTF-8 text"),
    "the wrapper's": ("[command]/usr/bin/terraform-bin show -json tfplan\n{}", "begins with a line of setup-terraform's wrapper"),
    "text after it": (json.dumps({**HEAD}) + "::debug::stdout", "something follows the end"),
    "a doubled member": ('{"format_version":"1.2","complete":true,"complete":true}', "complete stands in it twice"),
    "a doubled key": ('{"complete":true,"resource_changes":[{"a":1,"a":2}]}', "a key stands twice"),
    "too deep": ('{"complete":true,"planned_values":' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    "deep where it is judged": ('{"complete":true,"resource_changes":[' + "[" * 100_000 + "]" * 100_000 + "]}", "nested too deeply"),
    "NaN": ('{"complete":true,"resource_changes":[NaN]}', "NaN is not a JSON value"),
}


@pytest.mark.parametrize(("text", "what"), NO_PLANS.values(), ids=NO_PLANS)
def test_a_file_that_is_no_plan_is_told_what_it_is(tmp_path: Path, text: bytes | str, what: str) -> None:
    assert what in fault_of(tmp_path / "plan", text)


def test_a_truncated_plan_is_told_wherever_it_ends(tmp_path: Path) -> None:
    whole = (MADE / "instance-replaced-by-ami.json").read_bytes().rstrip()
    for end in range(2, len(whole) - 1, 97):
        assert "it ends before it is complete" in fault_of(tmp_path / "plan.json", whole[:end]), end


def test_a_plan_that_lies_in_the_directory_is_suggested(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(Failure, match=r"Did you mean .*plan\.json\?"):
        credex_actions.guard_terraform_plan(plan="plan.json", directory=str(tmp_path), log=io.StringIO(), environment={})


def test_a_missing_plan_and_a_directory_are_bad_input(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(Failure, match=r"is a directory|does not exist"):
            guarded(path)


NEVER: Final[Mapping[str, Mapping[str, Any]]] = {
    "errored": {"errored": True},
    "errored, in an unknown way": {"errored": "false"},
    "incomplete": {"complete": False},
    "complete, in an unknown way": {"complete": "true"},
    "another format": {"format_version": "2.0"},
    "an older format": {"format_version": "0.2"},
    "no format": {"format_version": None},
}


@pytest.mark.parametrize("head", NEVER.values(), ids=NEVER)
def test_no_allow_lifts_what_the_plan_does_not_say(tmp_path: Path, head: Mapping[str, Any]) -> None:
    config = tmp_path / "guard.yml"
    config.write_text('allow: [{address: "*", reason: all}, {address: (plan), reason: all}]\n')
    verdict, findings, _ = guarded(written(tmp_path, **head), allow="*", config=str(config))
    assert verdict == "refused"
    assert [each["address"] for each in findings] == ["(plan)"]


@pytest.mark.parametrize("actions", [["destroy"], ["delete", "forget"], ["no-op", "delete"], ["open"], ["DELETE"]])
def test_an_unknown_action_is_refused_whatever_is_allowed(tmp_path: Path, actions: list[str]) -> None:
    verdict, findings, _ = guarded(written(tmp_path, entry("aws_security_group.a", "aws_security_group", *actions)), allow="*")
    assert verdict == "refused"
    assert findings[0]["address"] == "aws_security_group.a"


@pytest.mark.parametrize(
    "broken", [None, 1, "x", [], {}, {"address": "a"}, {**entry(), "change": None}, {**entry(), "address": 1}, {**entry(), "type": None}]
)
def test_an_entry_that_is_not_understood_is_refused_whatever_is_allowed(tmp_path: Path, broken: Any) -> None:
    assert guarded(written(tmp_path, broken), allow="*")[0] == "refused"


@pytest.mark.parametrize(
    "change", [{"actions": []}, {"actions": "delete"}, {"actions": [["delete"]]}, {"actions": ["delete"], "before": "x"}]
)
def test_a_change_that_is_not_understood_is_refused_whatever_is_allowed(tmp_path: Path, change: Any) -> None:
    assert guarded(written(tmp_path, {**entry(), "change": change}), allow="*")[0] == "refused"


def test_a_plan_that_does_not_say_whether_it_is_complete_is_judged_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"format_version": "1.1", "resource_changes": [entry()], "planned_values": {}}))
    _, findings, _ = guarded(path)
    assert {(each["address"], each["severity"]) for each in findings} == {("(plan)", "warn"), ("aws_ebs_volume.data", "refuse")}


def test_allow_lifts_by_a_literal_address_and_protect_wins(tmp_path: Path) -> None:
    path = written(tmp_path, entry('aws_ebs_volume.data["a*b"]'), entry("aws_ebs_volume.more[0]"))
    assert guarded(path, allow="*")[0] == "safe"
    assert guarded(path, allow='aws_ebs_volume.data["a*b"]\naws_ebs_volume.more[0]')[0] == "safe"
    assert guarded(path, allow="aws_ebs_volume.*[*]", protect="aws_ebs_volume.more[0]")[0] == "refused"
    assert guarded(path, allow="aws_ebs_volume.data")[0] == "refused"
    assert guarded(path, allow='aws_ebs_volume.data["a*b"]\naws_ebs_volume.more[0-9]\naws_ebs_volume.more?0?')[0] == "refused"


def test_a_reason_is_told_with_what_it_lifts(tmp_path: Path) -> None:
    path = written(tmp_path, entry('aws_ebs_volume.data["a # b"]'))
    verdict, findings, _ = guarded(path, allow='aws_ebs_volume.data["a # b"] # moved to another account')
    assert verdict == "safe"
    assert findings[0]["why"].endswith("; allowed: moved to another account")


def test_protect_guards_what_holds_no_data(tmp_path: Path) -> None:
    path = written(tmp_path, entry("aws_security_group.core", "aws_security_group"))
    assert guarded(path)[0] == "safe"
    assert guarded(path, protect="aws_security_group.*")[0] == "refused"


def test_every_copy_at_once_needs_a_reason_for_the_plan(tmp_path: Path) -> None:
    path = MADE / "copies-all-replaced.json"
    assert guarded(path, allow="*")[0] == "refused"
    config = tmp_path / "guard.yml"
    config.write_text("allow:\n  - {address: (plan), reason: the cluster is rebuilt from its backup}\n")
    assert guarded(path, allow="*", config=str(config))[0] == "safe"
    assert guarded(path, config=str(config))[0] == "refused"


def test_all_faults_of_the_configuration_are_told_at_once(tmp_path: Path) -> None:
    config = tmp_path / "guard.yml"
    config.write_text("alow: []\nprotect: x\nallow:\n  - {address: a}\n  - {address: a, reason: r, why: x}\n  - a\n")
    with pytest.raises(Failure) as raised:
        guarded(written(tmp_path), config=str(config))
    assert [(fault.line, fault.where) for fault in raised.value.faults] == [
        (1, "$.alow"),
        (2, "$.protect"),
        (4, "$.allow[0].reason"),
        (5, "$.allow[1].why"),
        (6, "$.allow[2]"),
    ]


def test_a_pattern_that_names_nothing_is_a_warning(tmp_path: Path) -> None:
    assert "aws_ebs_volume.dta names no resource of this plan" in guarded(written(tmp_path, entry()), protect="aws_ebs_volume.dta")[2]


@given(st.text("ab*[", max_size=8), st.text("ab*[", max_size=8))
def test_only_the_asterisk_of_a_pattern_is_special(pattern: str, address: str) -> None:
    def slow(left: str, right: str) -> bool:
        if not left:
            return not right
        if left[0] == "*":
            return slow(left[1:], right) or (bool(right) and slow(left, right[1:]))
        return bool(right) and left[0] == right[0] and slow(left[1:], right[1:])

    assert matches(pattern, address) == slow(pattern, address)


ANY_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8)  # fmt: skip
REFUSING = sorted(name for name, rule in RULES.items() if rule.destroyed == REFUSE)
OTHERS = st.tuples(st.sampled_from(sorted(STATELESS)), st.sampled_from(["create", "delete", "update", "no-op"]))


@given(
    kind=st.sampled_from(REFUSING) | st.text(min_size=1, max_size=20).filter(lambda text: text not in STATELESS and text not in RULES),
    actions=st.sampled_from([["delete"], ["delete", "create"], ["create", "delete"]]),
    address=st.text(min_size=1, max_size=30),
    before=st.none()
    | st.dictionaries(
        st.sampled_from(["root_block_device", "tags", "force_destroy", "id", "ebs_block_device"]) | st.text(max_size=5),
        ANY_JSON,
        max_size=4,
    ),
    more=st.dictionaries(st.sampled_from(["after", "after_unknown", "before_sensitive", "replace_paths"]), ANY_JSON, max_size=4),
    others=st.lists(OTHERS, max_size=4),
    deposed=st.sampled_from(["", "00000001"]),
)
def test_a_plan_that_destroys_what_may_hold_data_is_never_safe(
    kind: str, actions: list[str], address: str, before: Any, more: Mapping[str, Any], others: Sequence[tuple[str, str]], deposed: str
) -> None:
    judgement = Judgement()
    for number, (other, action) in enumerate(others):
        judgement.change(entry(f"{other}.n{number}", other, action))
    judgement.change({**entry(address, kind), "deposed": deposed, "change": {**more, "actions": actions, "before": before}})
    assert any(each.refuses for each in judgement.findings(HEAD))


HOSTILE: Final = (
    'aws_ebs_volume.data["x\n::error::owned"]',
    'aws_ebs_volume.data["##[add-mask]a"]',
    'aws_ebs_volume.data["| ![](https://example.com/x) <img src=x onerror=1> @everyone `"]',
    'aws_ebs_volume.data["\u202egnp\u0000\x1b[31m"]',
    'aws_ebs_volume.data["' + "a" * 100_000 + '"]',
    'aws_ebs_volume.data["\ud83d\udca5 é \ud800"]',
)


def run(folder: Path, plan: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    files = {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary"), "GITHUB_ACTIONS": "true"}
    command = [sys.executable, "-m", "credex_actions", "guard-terraform-plan", "--plan", str(plan), "--directory", str(folder), *arguments]
    environment = {"PATH": os.environ["PATH"], **files, **settings}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)


def test_text_of_a_plan_is_no_command_and_no_markup(tmp_path: Path) -> None:
    plan = written(tmp_path, *map(entry, HOSTILE), entry(HOSTILE[0]))
    done = run(tmp_path, plan, "--markdown-file", "guard.md", "--sarif-file", "guard.sarif")
    assert done.returncode == Exit.REFUSED, done.stderr
    lines = done.stdout.splitlines()
    assert not [
        line for line in lines if line.startswith("::") and not line.startswith(("::error::aws_ebs_volume.data", "::error::(plan): "))
    ]
    assert not [line for line in lines if "##[" in line and not line.startswith("::error::")]  # the runner reads one command a line
    for text in ((tmp_path / "summary").read_text(), (tmp_path / "guard.md").read_text()):
        assert "<img" not in text
        assert "@everyone" not in text
        assert "![](" not in text
        assert text.isprintable() or plain(text) == text
    results = json.loads((tmp_path / "guard.sarif").read_text())["runs"][0]["results"]
    assert len(results) == len(HOSTILE) + 2  # one stands twice, and all are copies of one
    assert {result["level"] for result in results} == {"error"}


def test_numbers_without_bounds_and_doubled_addresses_are_judged(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    text = json.dumps({**HEAD, "resource_changes": [entry(), entry(), entry("aws_sqs_queue.q", "aws_sqs_queue", "update")]})
    path.write_text(text.replace('"after": null', '"after": {"message_retention_seconds": 1e999, "x": 1' + "0" * 4000 + "}"))
    verdict, findings, _ = guarded(path)
    assert (verdict, len(findings)) == ("refused", 2)


def test_the_configuration_places_a_finding(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('\nresource "aws_ebs_volume" "data" {\n}\n')
    done = run(tmp_path, written(tmp_path, entry("aws_ebs_volume.data[0]")), "--sarif-file", "guard.sarif")
    assert "::error file=" in done.stdout
    location = json.loads((tmp_path / "guard.sarif").read_text())["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location == {"artifactLocation": {"uri": "main.tf"}, "region": {"startLine": 2}}


def test_no_value_of_a_plan_is_shown(tmp_path: Path) -> None:
    values = {
        name: f"canary-{name}" for name in ("user_data", "password", "value", "secret_string", "id", "name", "bucket", "policy", "arn")
    }
    entries = [
        entry(f"{kind}.n{number}", kind, *actions, before=values, after=values, before_sensitive=True)
        for number, kind in enumerate(sorted(RULES))
        for actions in (("delete",), ("update",), ("create", "delete"), ("forget",))
    ]
    plan = written(tmp_path, *entries, variables={"x": {"value": "canary"}}, output_changes={"y": {"after": "canary"}}, extra="canary")
    done = run(tmp_path, plan, "--json", "--markdown-file", "guard.md", "--sarif-file", "guard.sarif")
    assert done.returncode == Exit.REFUSED
    files = [path.read_text() for path in tmp_path.iterdir() if path != plan]
    assert "canary" not in done.stdout + done.stderr + "".join(files)


def test_more_findings_than_a_job_may_hand_on_are_counted(tmp_path: Path) -> None:
    verdict, findings, _ = guarded(written(tmp_path, *(entry(f"aws_ebs_volume.data{number}") for number in range(1500))))
    assert verdict == "refused"
    assert len(findings) == 1001
    assert "500 more findings" in findings[-1]["why"]
    assert len(json.dumps(findings)) < 1 << 20


def test_a_saved_plan_needs_terraform(tmp_path: Path) -> None:
    (tmp_path / "tfplan").write_bytes(b"PK\x03\x04rest")
    for path, what in (
        ("", "neither terraform nor tofu is on PATH"),
        (str(tmp_path / "bin"), "cannot be shown by Terraform: Error: no such plan"),
    ):
        (tmp_path / "bin").mkdir(exist_ok=True)
        program = tmp_path / "bin" / "terraform"
        program.write_text("#!/bin/sh\necho '{\"complete\":true'\necho 'Error: no such plan' >&2\nexit 1\n")
        program.chmod(0o755)
        with pytest.raises(Failure, match=what):
            credex_actions.guard_terraform_plan(
                plan=str(tmp_path / "tfplan"), directory=str(tmp_path), log=io.StringIO(), environment={"PATH": path}
            )


def test_a_saved_plan_is_shown_in_its_directory(tmp_path: Path) -> None:
    (tmp_path / "tfplan").write_bytes(b"PK\x03\x04rest")
    written(tmp_path, entry())
    (tmp_path / "terraform-bin").write_text("#!/bin/sh\n[ \"$1 $2 $3\" = 'show -json -no-color' ] && exec /bin/cat plan.json\n")
    (tmp_path / "terraform-bin").chmod(0o755)
    with pytest.raises(Partial):
        credex_actions.guard_terraform_plan(
            plan=str(tmp_path / "tfplan"),
            directory=str(tmp_path),
            log=io.StringIO(),
            environment={"TERRAFORM_CLI_PATH": str(tmp_path), "PATH": ""},
        )


def test_guarding_loads_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "RUNNER_TEMP": str(tmp_path)}
    modules = loaded("guard-terraform-plan", GITHUB_ACTIONS="true", INPUT_PLAN=str(MADE / "instance-replaced-by-ami.json"), **files)
    assert "credex_actions.terraform.guarding" in modules
    assert not modules & (HEAVY | UNUSED)


def test_a_plan_larger_than_the_window_is_judged_like_a_small_one(tmp_path: Path) -> None:
    """Values, strings and numbers that lie across the borders of windows; members that are skipped and larger than one."""
    noise = {
        "root_module": {"resources": [{"n": number, "é": "x" * (number % 700), "[": ["]", "\\", '"', 1.5e3]} for number in range(6000)]}
    }
    entries = [entry("aws_security_group.a", "aws_security_group", "no-op", before={"x": "y" * (n % 997), "n": n}) for n in range(6000)]
    path = written(tmp_path, *entries, entry(), planned_values=noise, prior_state=noise, zeros=[0] * 500_000)
    assert path.stat().st_size > 6 << 20
    verdict, findings, _ = guarded(path)
    assert (verdict, [each["address"] for each in findings]) == ("refused", ["aws_ebs_volume.data"])
