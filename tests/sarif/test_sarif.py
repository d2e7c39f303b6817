"""SARIF that the suite writes, held to the format's own JSON Schema."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator

from credex_actions.maintenance.reporting.report import Report
from credex_actions.maintenance.reporting.sarif import sarif
from tests import npm
from tests.pictures import of_maintenance

pytestmark = [pytest.mark.slow]

HERE: Final = Path(__file__).parent


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = npm.installed(HERE) / "node_modules" / "@microsoft" / "jest-sarif" / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    return Draft7Validator(json.loads(schema.read_text()))


@pytest.mark.parametrize("report", [of_maintenance.report(), of_maintenance.hostile()], ids=["report", "hostile"])
def test_it_is_valid(validator: Any, report: Report, tmp_path: Path) -> None:
    told = json.loads(b"".join(sarif(report, "maintenance.yml", ".", str(tmp_path))))
    assert [error.message for error in validator.iter_errors(told)] == []


def test_the_schema_finds_faults(validator: Any) -> None:
    assert list(validator.iter_errors({"version": "2.1.0", "runs": [{"tool": {"driver": {"nam": "x"}}}]}))


def test_findings_stand_where_code_scanning_shows_them(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    told = json.loads(b"".join(sarif(of_maintenance.report(), str(tmp_path / "ops" / "maintenance.yml"), str(tmp_path), str(tmp_path))))
    results = {each["ruleId"]: each for each in told["runs"][0]["results"]}
    assert list(results) == ["security-group-open", "volume-unattached", "provider-behind", "query-slow"], (
        "the worst first, and none that is accepted"
    )
    place = results["provider-behind"]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "terraform/.terraform.lock.hcl"}, "region": {"startLine": 4}}
    elsewhere = results["security-group-open"]
    assert elsewhere["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "ops/maintenance.yml"
    assert elsewhere["level"] == "error"
    assert elsewhere["partialFingerprints"]["primaryLocationLineHash"] == of_maintenance.OPEN.id
    rules = [each["id"] for each in told["runs"][0]["tool"]["driver"]["rules"]]
    assert [rules[each["ruleIndex"]] for each in results.values()] == list(results)


def test_no_text_is_a_link_or_a_gap(tmp_path: Path) -> None:
    told = json.loads(b"".join(sarif(of_maintenance.hostile(), "maintenance.yml", ".", str(tmp_path))))
    text = told["runs"][0]["results"][0]["message"]["text"]
    assert "\\[here\\](https://evil.example/)" in text
    assert "%%{{init: {{}}}}%%" in text
