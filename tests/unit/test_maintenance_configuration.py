"""maintenance.yml and the choice of checks: what is read, and what is wrong with it, all at once and each with its line."""

import json
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from credex_actions.core.faults import Failure
from credex_actions.maintenance.catalogue.offered import PAGE, chosen, faults_of_choice, settings
from credex_actions.maintenance.configuration.reading import ReadConfiguration, read_configuration, schema
from tests.unit.maintaining import CHECKS

TODAY = date(2026, 3, 1)


def read(folder: Path, text: str) -> ReadConfiguration:
    file = folder / "maintenance.yml"
    file.write_text(dedent(text))
    return read_configuration(str(file), CHECKS, TODAY)


def faults(folder: Path, text: str) -> list[tuple[int, str, str, str]]:
    with pytest.raises(Failure) as caught:
        read(folder, text)
    return [(each.line, each.where, each.what, each.hint) for each in caught.value.faults]


def test_a_missing_file_is_told_with_the_least_that_it_may_hold(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        read_configuration(str(tmp_path / "maintenance.yml"), CHECKS, TODAY)
    (fault,) = caught.value.faults
    assert fault.what == "the file does not exist"
    assert fault.hint.endswith(f"To begin with the account of these credentials: echo '{{}}' >{tmp_path / 'maintenance.yml'}")


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("volum-*", "Did you mean 'volume-*'?"),
        ("buckets-*", "Did you mean 'bucket-*'?"),
        ("x*", f"{PAGE} lists them."),
        ("*volum", f"{PAGE} lists them."),
    ],
)
def test_a_glob_that_matches_nothing_has_a_near_one(pattern: str, hint: str) -> None:
    (fault,) = faults_of_choice(CHECKS, [pattern], [])
    assert (fault.what, fault.hint) == (f"'{pattern}' matches no check", hint)


def test_an_empty_mapping_is_a_configuration(tmp_path: Path) -> None:
    given = read(tmp_path, "{}").configuration
    assert (given.accounts, given.accepted, given.logs) == ([], [], [])


def test_all_of_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("policies: []")
    given = read(
        tmp_path,
        """\
        version: 1
        accounts:
          - {name: own, regions: [af-south-1, eu-west-1]}
          - {name: shared, role: "arn:aws:iam::123456789012:role/maintenance"}
        databases: {config: neo4j.yml, environments: [staging, production]}
        repository: .
        logs: [{group: "/ecs/credex-*", since: 3d}]
        deployments: {environments: {development: {branch: dev}, production: {}}}
        checks: {volume-unattached: {days: 30}}
        accepted: [{check: "bucket-*", resource: "arn:aws:s3:::site", until: 2026-12-31, reason: it is the web site}]
        policies: [own.yml]
        owner-tags: [Squad]
        prices: {ebs.gp3: 0.1}
        registries: {registry.example.com: "https://mirror.example/terraform"}
        terraform: [{directory: ., name: production, var-files: [production.tfvars]}]
        """,
    )
    configuration = given.configuration
    assert [each.name for each in configuration.accounts] == ["own", "shared"]
    assert configuration.accepted[0].until == "2026-12-31"
    assert settings(CHECKS, configuration.checks) == {"volume-unattached": {"days": 30}, "bucket-public": {}, "document-broken": {}}
    assert given.path("own.yml") == str(tmp_path / "own.yml")


def test_all_faults_of_form_come_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        """\
        version: 2
        acounts: []
        checks:
          volume-unatached: {days: 3}
          volume-unattached: {dais: 3}
          bucket-public: {days: 3}
        """,
    )
    assert told == [
        (1, "$.version", "has an unknown value", "It is one of 1."),
        (2, "$.acounts", "unknown", "Did you mean accounts?"),
        (4, '$.checks["volume-unatached"]', "unknown", "Did you mean volume-unattached?"),
        (5, '$.checks["volume-unattached"].dais', "unknown", "Did you mean days?"),
        (6, '$.checks["bucket-public"]', "unknown", "Known here: volume-unattached."),
    ]


@pytest.mark.parametrize("value", ["0", "4000", "often"])
def test_a_setting_has_its_bounds(tmp_path: Path, value: str) -> None:
    assert len(faults(tmp_path, f"checks: {{volume-unattached: {{days: {value}}}}}")) == 1


def test_all_faults_of_meaning_come_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        """\
        accounts:
          - {name: one}
          - {name: one, regions: [af-south-1, af-south-1]}
        repository: nowhere
        policies: [none.yml]
        terraform: [{directory: x}]
        accepted:
          - {check: volume-atached, until: 2026-06-01, reason: because}
          - {check: "volume-*", until: 2026-02-30, reason: because}
          - {check: "volume-*", until: 2036-01-01, reason: because}
          - {check: "*", until: 2026-06-01, reason: because}
        """,
    )
    assert [(line, what) for line, _, what, _ in told] == [
        (3, "has no role, as another account: both are the job's own"),
        (3, "is the name of another account too"),
        (3, "names a region twice"),
        (4, "is not a folder"),
        (5, "is not a file"),
        (6, "is not a folder of the repository"),
        (8, "'volume-atached' is not a check"),
        (9, "is not a day of the calendar"),
        (10, "is more than three years away"),
        (11, "accepts every finding"),
    ]
    assert told[6][3] == "Did you mean volume-unattached?"


def test_what_is_no_mapping_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path, "- a list")[0][2].startswith("is not a configuration of the maintenance report")


CHOICES = {
    "all by default": ((), (), ["volume-unattached", "bucket-public", "document-broken"]),
    "by name": (("bucket-public",), (), ["bucket-public"]),
    "by glob": (("*-*d", "bucket*"), (), ["volume-unattached", "bucket-public"]),
    "but those that are skipped": ((), ("document-*",), ["volume-unattached", "bucket-public"]),
}


@pytest.mark.parametrize(("only", "skip", "then"), CHOICES.values(), ids=CHOICES)
def test_checks_are_chosen(only: tuple[str, ...], skip: tuple[str, ...], then: list[str]) -> None:
    assert list(chosen(CHECKS, only, skip)) == then
    assert list(faults_of_choice(CHECKS, only, skip)) == []


def test_a_name_that_matches_nothing_is_a_fault() -> None:
    told = [(each.where, each.what, each.hint) for each in faults_of_choice(CHECKS, ["bucket-pubic", "x*"], ["volume-unattachd"])]
    assert told == [
        ("checks", "'bucket-pubic' is not a check", "Did you mean bucket-public?"),
        ("checks", "'x*' matches no check", f"{PAGE} lists them."),
        ("skip", "'volume-unattachd' is not a check", "Did you mean volume-unattached?"),
    ]


def test_a_choice_that_leaves_nothing_is_a_fault() -> None:
    assert [each.where for each in faults_of_choice(CHECKS, ["bucket-public"], ["bucket-*"])] == ["skip"]


def test_the_schema_has_the_settings_of_the_checks() -> None:
    members = schema(CHECKS)["$defs"]["Configuration"]["properties"]["checks"]
    assert members["properties"]["volume-unattached"]["properties"]["days"] == {
        "type": "number",
        "description": "days without use",
        "minimum": 1,
        "maximum": 3650,
        "default": 14,
    }
    assert members["additionalProperties"] is False
    json.dumps(members)
