"""What the guard says about plans that real Terraform made (tests/plans)."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import credex_actions
from credex_actions.core.command.partial import Partial
from credex_actions.core.faults import Exit
from tests.plans.cases import CASES, Case

MADE = Path(__file__).resolve().parents[1] / "plans" / "made"


def guarded(plan: Path, **inputs: Any) -> tuple[str, Sequence[dict[str, str]], str]:
    """Verdict, findings and log."""
    log = io.StringIO()
    try:
        outputs = credex_actions.guard_terraform_plan(plan=str(plan), directory=str(plan.parent), log=log, environment={}, **inputs)
    except Partial as refusal:
        if refusal.code != Exit.REFUSED:
            raise
        outputs = refusal.outputs
        log.write("\n".join(map(str, refusal.faults)))
    return outputs.verdict, outputs.findings, log.getvalue()


@pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)
def test_each_case_has_its_verdict_and_its_findings(name: str, case: Case) -> None:
    verdict, findings, log = guarded(MADE / f"{name}.json")
    assert sorted((each["address"], each["action"], each["severity"]) for each in findings) == sorted(case.expected)
    assert verdict == case.verdict
    assert all(each["lost"] and each["why"] and each["instead"] for each in findings)
    assert "canary" not in log + json.dumps(findings)


def test_there_are_as_many_plans_as_cases() -> None:
    assert {path.stem for path in MADE.glob("*.json")} == set(CASES)
    assert len(CASES) >= 40


def test_the_usual_policy_against_deletes_does_what_the_docs_say_of_it() -> None:
    """docs/how-to/guard-terraform-plans.md, "Next to other guards"."""
    denied = {
        name: any(
            "delete" in each["change"]["actions"] for each in json.loads((MADE / f"{name}.json").read_text()).get("resource_changes", [])
        )
        for name in CASES
    }
    refused = {name for name, case in CASES.items() if case.verdict == "refused"}
    assert (len(CASES), len(refused)) == (77, 60)
    assert len([name for name in refused if not denied[name]]) == 16
    assert [name for name in CASES if denied[name] and name not in refused] == ["mount-target-removed", "security-group-removed"]
