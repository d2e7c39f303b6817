"""What is found in a repository, and the look-alikes that are not."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from credex_actions.maintenance.catalogue.repository import CHECKS
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.repository import (
    changelog,
    dependabot,
    documents,
    ecosystems,
    keys,
    pinning,
    vulnerabilities,
    workflows,
    zizmor,
)
from credex_actions.maintenance.repository.examining import examine
from tests.maintaining import NOW, committed, context, git, states, tree

DOCS = Path(__file__).resolve().parents[2] / "docs"

SHA = "a" * 40
STEP = "jobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: {}\n"


def workflow(text: str) -> workflows.Workflow:
    found = workflows.read(text, ".github/workflows/w.yml")
    assert found
    return found


@pytest.mark.parametrize(
    "uses",
    [
        f"actions/checkout@{SHA} # v4",
        "./actions/mine",
        "$/actions/mine",
        "docker://alpine@sha256:" + "b" * 64,
        "acme/suite@v1 # zizmor: ignore[unpinned-uses] our own",
    ],
)
def test_what_is_pinned_or_meant_is_not_reported(uses: str) -> None:
    assert not list(pinning.unpinned([workflow(STEP.format(uses))]))


@pytest.mark.parametrize(
    ("uses", "severity"),
    [("acme/deploy@v1", "medium"), ("acme/deploy/sub@main", "medium"), ("actions/checkout@v4", "low"), ("docker://alpine:3", "medium")],
)
def test_what_its_owner_can_move_is_reported_with_its_line(uses: str, severity: str) -> None:
    (found,) = pinning.unpinned([workflow(STEP.format(uses) + f"      - uses: {uses}\n")])
    assert (found.severity, found.place and found.place.line, found.key) == (severity, 5, uses)


def test_reusable_workflows_and_service_images_count() -> None:
    text = "jobs:\n  a:\n    uses: acme/w/.github/workflows/x.yml@v2\n  b:\n    container: node:22\n    services:\n      db: {image: postgres:17}\n    steps: []\n"
    assert [each.key for each in pinning.unpinned([workflow(text)])] == [
        "acme/w/.github/workflows/x.yml@v2",
        "docker://node:22",
        "docker://postgres:17",
    ]


WITH = "jobs:\n  a:\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n{}"


def test_a_stored_key_for_aws_is_reported_once_a_file() -> None:
    text = WITH.format(
        "          aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n"
    )
    (found,) = keys.replaceable([workflow(text)])
    assert "AWS_SECRET_ACCESS_KEY" in found.why
    assert found.place
    assert found.place.line == 4
    page, _, anchor = found.fix.rpartition("/docs/")[2].partition("#")
    heading = next(line for line in (DOCS / page).read_text().split("\n") if line == "## Replace long-lived keys")
    assert anchor == heading.removeprefix("## ").lower().replace(" ", "-")


def test_a_key_in_the_environment_is_reported() -> None:
    (found,) = keys.replaceable([workflow("env:\n  AWS_SECRET_ACCESS_KEY: ${{ secrets.PROD_KEY }}\njobs: {}\n")])
    assert "PROD_KEY" in found.why


@pytest.mark.parametrize(
    "text",
    [
        WITH.format("          role-to-assume: ${{ vars.ROLE }}\n"),
        "jobs:\n  a:\n    uses: o/r/.github/workflows/d.yml@v1\n    with:\n      role-to-assume: r\n    secrets:\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n",
        "jobs:\n  a:\n    env: {AWS_SECRET_ACCESS_KEY: test}\n",
    ],
    ids=["a role", "a role with a fallback", "a made-up key for tests"],
)
def test_who_signs_in_with_a_role_is_not_reported(text: str) -> None:
    assert not list(keys.replaceable([workflow(text)]))


MANIFESTS = {
    "requirements.txt": "boto3==1.44\n",
    "service/package.json": '{"dependencies": {"express": "5"}}',
    "infra/main.tf": 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n',
    "Dockerfile": "FROM node:22 AS build\nFROM build\n",
    ".github/workflows/ci.yml": STEP.format("actions/checkout@v4"),
    "actions/one/action.yml": "runs:\n  using: composite\n  steps:\n    - uses: actions/setup-node@v4\n",
}
WITHOUT_DEPENDENCIES = {
    "docs/requirements.txt": "# nothing yet\n-r other.txt\n",
    "tool/package.json": '{"name": "tool", "scripts": {}}',
    "modules/local/main.tf": 'module "a" {\n  source = "../b"\n}\n',
    "bare/Dockerfile": "ARG BASE\nFROM $BASE\nFROM scratch\n",
    "lib/pyproject.toml": "[tool.ruff]\nline-length = 100\n",
    ".github/workflows/local.yml": STEP.format("./actions/one"),
}


def test_ecosystems_are_found_where_there_are_dependencies(tmp_path: Path) -> None:
    found = ecosystems.ecosystems(tree(tmp_path, MANIFESTS | WITHOUT_DEPENDENCIES))
    assert {name: sorted(places) for name, places in found.items()} == {
        "pip": ["/"],
        "npm": ["/service"],
        "terraform": ["/infra"],
        "docker": ["/"],
        "github-actions": ["/", "/actions/one"],
    }


def test_members_of_a_workspace_are_updated_with_their_root(tmp_path: Path) -> None:
    files = {name: json.dumps({"dependencies": {"a": "1"}} | more) for name, more in
             {"package.json": {"workspaces": ["packages/*"]}, "packages/a/package.json": {}, "other/package.json": {}}.items()}  # fmt: skip
    assert sorted(ecosystems.ecosystems(tree(tmp_path, files))["npm"]) == ["/", "/other"]


def covered(tmp_path: Path, updates: str) -> list[str]:
    there = tree(tmp_path, MANIFESTS | {".github/dependabot.yml": f"version: 2\nupdates:\n{updates}"})
    return [each.key for each in dependabot.uncovered(there, ecosystems.ecosystems(there))]


def test_each_ecosystem_that_nobody_updates_is_one_finding(tmp_path: Path) -> None:
    updates = "  - {package-ecosystem: npm, directory: /}\n  - {package-ecosystem: github-actions, directories: [/, '/actions/*']}\n  - {package-ecosystem: uv, directory: /}\n"
    assert covered(tmp_path, updates) == ["docker", "npm", "terraform"]


def test_globs_and_deliberate_exclusions_cover(tmp_path: Path) -> None:
    updates = "".join(
        f"  - {{package-ecosystem: {name}, directories: ['**/*', /]}}\n" for name in ("npm", "pip", "docker", "github-actions")
    )
    assert covered(tmp_path, f"{updates}  - {{package-ecosystem: terraform, directory: /, exclude-paths: ['infra/**']}}\n") == []


def test_a_configuration_that_cannot_be_read_is_one_finding(tmp_path: Path) -> None:
    assert covered(tmp_path, "  - [") == ["unreadable"]


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/", "/", True),
        ("/a/*", "/a/b", True),
        ("/a/*", "/a/b/c", False),
        ("/a/**", "/a/b/c", True),
        ("**/*", "/a/b", True),
        ("/a", "/ab", False),
    ],
)
def test_globs_of_directories(pattern: str, path: str, fits: bool) -> None:
    assert dependabot._glob(pattern, path) is fits


TEXT = """# Title
## Second *heading*
[ok](other.md) [anchor](other.md#part-two) [own](#second-heading) [root](/script/run) ![i](img.png)
[gone](gone.md) [no anchor](other.md#part-three) [web](https://example.com/x.md) [site](../../issues)
Run `script/run`, `script/old`, `src/main.py`, `src/mian.py`, `src/created-by-you.py`, `actions/checkout`, `src/NAME.py`.
The workflow `deploy.yml` and the workflow `release.yml`; the secrets `API_TOKEN` and `OLD_TOKEN`; `SOME_CONSTANT`.

```sh
$ script/run --now
script/missing
gh workflow run nightly.yml
npm run build
npm run lint
cd elsewhere
script/of-elsewhere
```

```python
open("script/nothing")
```
[ref]: missing-ref.md
<!-- [hidden](hidden.md) -->
"""


def test_documents_name_what_does_not_exist(tmp_path: Path) -> None:
    files = {
        "README.md": TEXT,
        "other.md": "Part two\n--------\n",
        "script/run": "echo $API_TOKEN",
        "img.png": "x",
        "src/main.py": "",
        "package.json": '{"scripts": {"build": "tsc"}}',
        ".github/workflows/deploy.yml": "on: push",
    }
    found = documents.broken(tree(tmp_path, files), frozenset(["script/old"]), lambda _: frozenset())
    assert {each.key: each.place and each.place.line for each in found} == {
        "gone.md": 4,
        "other.md#part-three": 4,
        "script/old": 5,
        "src/mian.py": 5,
        "release.yml": 6,
        "OLD_TOKEN": 6,
        "script/missing": 10,
        "nightly.yml": 11,
        "npm run lint": 13,
        "missing-ref.md": 21,
    }


def test_what_git_ignores_is_generated(tmp_path: Path) -> None:
    there = tree(tmp_path, {"README.md": "```sh\nscript/made\n```\n", "script/x": ""})
    assert not list(documents.broken(there, frozenset(), lambda _: frozenset(["script/made"])))


def commits(folder: Path, *changes: tuple[str, int]) -> None:
    committed(folder, {"CHANGELOG.md": "# Changes\n", "code.py": ""}, at=NOW - timedelta(days=60))
    git(folder, "tag", "v1.0.0")
    for number, (file, days) in enumerate(changes):
        committed(folder, {file: f"{number}\n"}, f"Change {number}", at=NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("changes", "is_behind"),
    [
        ([("code.py", 30), ("code.py", 20), ("code.py", 1)], True),
        ([("code.py", 30), ("code.py", 20), ("CHANGELOG.md", 10)], False),
        ([("tests/test_x.py", 30), ("docs/page.md", 20), (".github/workflows/ci.yml", 9)], False),
        ([("code.py", 30), ("CHANGELOG.md", 20), ("code.py", 10)], False),
        ([("code.py", 3), ("code.py", 2), ("code.py", 1)], False),
    ],
    ids=["code alone", "told", "no code", "one since it was told", "too young"],
)
def test_the_changelog_is_behind(tmp_path: Path, changes: list[tuple[str, int]], is_behind: bool) -> None:
    commits(tmp_path, *changes)
    tag, found = changelog.since_release(str(tmp_path))
    assert bool(list(changelog.behind("CHANGELOG.md", tag, found, NOW, 2, 7))) is is_behind


def test_without_a_release_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    committed(tmp_path, {"CHANGELOG.md": ""})
    with pytest.raises(Skipped, match="no release"):
        changelog.since_release(str(tmp_path))


ZIZMOR = {
    "ident": "template-injection",
    "desc": "code injection via template expansion",
    "url": "https://docs.zizmor.sh/audits/#template-injection",
    "determinations": {"confidence": "High", "severity": "High", "persona": "Regular"},
    "ignored": False,
    "locations": [
        {
            "symbolic": {
                "key": {"Local": {"verbatim_path": "./.github/workflows/w.yml"}},
                "annotation": "may expand into attacker-controllable code",
                "route": {"route": [{"Key": "jobs"}, {"Key": "a"}, {"Key": "steps"}, {"Index": 1}, {"Key": "run"}]},
                "kind": "Primary",
            },
            "concrete": {"location": {"start_point": {"row": 7, "column": 22}}},
        }
    ],
}


def test_zizmor_is_translated() -> None:
    others = [
        ZIZMOR | {"ignored": True},
        ZIZMOR | {"ident": "unpinned-uses"},
        ZIZMOR | {"determinations": {"severity": "Informational", "confidence": "Low"}},
    ]
    (found,) = zizmor.of_json(json.dumps([ZIZMOR, *others]))
    assert (found.severity, found.key, found.place and found.place.line) == ("high", "template-injection jobs.a.steps.1.run", 8)
    with pytest.raises(Skipped):
        list(zizmor.of_json('{"runs": []}'))


def test_pip_audit_is_translated() -> None:
    vulnerable = {
        "name": "requests",
        "version": "2.19.0",
        "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.20.0"], "aliases": ["CVE-2018-1"], "description": "d"}],
    }
    report = {"dependencies": [vulnerable, {"name": "idna", "version": "2.7", "vulns": []}], "fixes": []}
    (found,) = vulnerabilities.of_pip_audit(json.dumps(report), "requirements.txt", "idna==2.7\nrequests==2.19.0\n")
    assert (found.severity, found.place and found.place.line, found.fix) == ("high", 2, "Update requests to 2.20.0.")


def test_pip_audit_that_knew_nothing_has_not_judged() -> None:
    report = {"dependencies": [{"name": "requests", "skip_reason": "Dependency not found"}], "fixes": []}
    with pytest.raises(Skipped, match="could not look up"):
        list(vulnerabilities.of_pip_audit(json.dumps(report), "requirements.txt", ""))


def test_npm_audit_is_translated() -> None:
    report = {
        "auditReportVersion": 2,
        "vulnerabilities": {
            "minimist": {"severity": "critical", "via": [{"title": "Prototype Pollution", "url": "u"}], "range": "<0.2.1", "fixAvailable": {"name": "minimist", "version": "1.2.8", "isSemVerMajor": True}},
            "mkdirp": {"severity": "critical", "via": ["minimist"], "range": "*", "fixAvailable": True},
        },
    }  # fmt: skip
    (found,) = vulnerabilities.of_npm_audit(json.dumps(report), "package-lock.json", '{\n"node_modules/minimist": {}}')
    assert (found.severity, found.key, found.fix) == ("high", "minimist", "npm install minimist@1.2.8, a new major version")
    with pytest.raises(Skipped, match="405"):
        list(vulnerabilities.of_npm_audit('{"message": "405 Method Not Allowed", "error": {"summary": ""}}', "package-lock.json", ""))


def test_only_lists_of_pinned_requirements_are_audited(tmp_path: Path) -> None:
    there = tree(
        tmp_path,
        {"requirements.txt": "a==1\nb==2 --hash=sha256:1\n", "requirements-dev.txt": "a==1\nb>=2\n", "requirements/all.txt": "c==1\n"},
    )
    assert vulnerabilities.python_lists(there) == ["requirements.txt", "requirements/all.txt"]


PROJECT = '[project]\ndependencies = ["requests>=2"]\n'
PACKAGE = '{"dependencies": {"a": "^1"}}'


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"requirements.txt": "requests>=2\n"}, "requirements.txt is not audited: no requirements file"),
        ({"requirements.txt": "a==1\nrequests\n"}, "requirements.txt is not audited: no requirements file"),
        ({"pyproject.toml": PROJECT, "uv.lock": "version = 1\n"}, "pyproject.toml is not audited: no requirements file"),
        ({"package.json": PACKAGE, "yarn.lock": "# yarn\n"}, "package.json is not audited: there is no package-lock.json"),
        ({"go.mod": "require a v1\n", "requirements.txt": "a==1\n"}, "go.mod is not audited: there is no auditor for gomod"),
        ({"requirements.txt": "a==1\n", "api/requirements.txt": "flask>=2\n"}, "api/requirements.txt is not audited: it has no version"),
        ({"requirements.txt": "a==1\n", "requirements-dev.txt": "pytest\n"}, ""),
        ({"package.json": PACKAGE, "package-lock.json": "{}", "web/package.json": PACKAGE, "web/yarn.lock": ""}, "web/package.json is not"),
        ({"a/package.json": PACKAGE, "a/package-lock.json": "{}", "b/package.json": PACKAGE}, "b/package.json is not audited: there is no"),
        ({"package.json": PACKAGE, "package-lock.json": "{}", "web/package.json": PACKAGE}, ""),
        ({"pyproject.toml": PROJECT, "requirements/all.txt": "requests==2.1\n"}, ""),
        ({"package.json": PACKAGE, "package-lock.json": "{}"}, ""),
        ({"setup.cfg": "[flake8]\nmax-line-length = 100\n", "Dockerfile": "FROM alpine\n"}, ""),
    ],
)
def test_what_no_auditor_reads_is_said(tmp_path: Path, files: dict[str, str], why: str) -> None:
    told = ""
    try:
        assert not list(vulnerabilities.unaudited(tree(tmp_path, files)))
    except Skipped as skipped:
        told = str(skipped)
    assert told.startswith(why) if why else not told


def test_a_repository_that_is_not_audited_has_not_been_looked_at(tmp_path: Path) -> None:
    committed(tmp_path, {"requirements.txt": "requests>=2\n"})
    examined = examine(context(CHECKS, {"PATH": "/usr/bin:/bin"}), str(tmp_path), wanted=lambda name: name == "dependency-vulnerable")
    assert states(examined) == {"dependency-vulnerable": "skipped"}


def test_a_repository_is_examined_as_a_whole(tmp_path: Path) -> None:
    committed(tmp_path, {".github/workflows/w.yml": STEP.format("acme/x@v1"), "README.md": "[a](b.md)\n", ".gitignore": "dist/\n"})
    examined = examine(context(CHECKS, {"PATH": "/usr/bin:/bin"}), str(tmp_path))
    assert sorted(each.check for each in examined.findings) == ["action-unpinned", "dependabot-uncovered", "document-broken"]
    assert states(examined) == {
        "dependabot-uncovered": "ran",
        "action-unpinned": "ran",
        "workflow-risk": "skipped",
        "key-replaceable": "ran",
        "dependency-vulnerable": "ran",
        "document-broken": "ran",
        "changelog-behind": "skipped",
    }


def test_what_is_no_repository_is_said_by_each_check(tmp_path: Path) -> None:
    examined = examine(context(CHECKS), str(tmp_path / "nowhere"), wanted=lambda name: name == "action-unpinned")
    assert [(each.check, each.state) for each in examined.ran] == [("action-unpinned", "skipped")]
    assert "is not a directory" in examined.ran[0].why
