"""The branch chain as a team has it: pushes to the example's repository run the real workflows through act, against the sandbox."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.request import urlopen

import pytest

from credex_actions.sandbox import Provisioned, Sandbox
from credex_actions.sandbox.suite import STAND_INS, third_party
from tests.e2e.act import WorkflowRun, finish
from tests.e2e.chain import ROOT, SECRETS, Chain, environment_of, shown_forms
from tests.pages import Pages, on_loopback

pytestmark = pytest.mark.slow
DEPLOY = ".github/workflows/deploy.yml"


@pytest.fixture
def chain(sandbox: Sandbox, suite_copy: Path, tmp_path: Path) -> Chain:
    chain = Chain(sandbox, tmp_path, suite_copy)
    chain.prepare()
    return chain


def serving(chain: Chain, branch: str) -> str:
    """family:revision that the service is on, once nothing moves any more."""
    place = chain.environments[branch]
    service = chain.sandbox.client("ecs").describe_services(cluster=place.cluster, services=[place.service])["services"][0]
    assert [each["rolloutState"] for each in service["deployments"]] == ["COMPLETED"]
    return str(service["taskDefinition"]).rpartition("/")[2]


def pushed(chain: Chain, branch: str, event: str = "push") -> WorkflowRun:
    return finish(chain.push(branch, event))


def leaks(run: WorkflowRun) -> list[str]:
    """The lines that show a secret, of those that the placeholders got or of one that nobody listed."""
    forms = {form for secret in SECRETS.values() for form in shown_forms(secret)} | {"unrelated-canary"}
    return [line for line in run.log.splitlines() if any(form in line for form in forms)]


@pytest.mark.parametrize("branch", ["dev", "stage", "prod"])
def test_a_push_deploys_the_branch_s_environment_and_verifies_it(chain: Chain, branch: str) -> None:
    place = chain.provision(branch)
    before = serving(chain, branch)
    run = pushed(chain, branch)
    assert run.exit_code == 0, run.log
    assert all(run.jobs.values())
    assert {job.rpartition("/")[2] for job in run.jobs} == {"Build", "Plan", "Deploy"}
    assert "Verify" in {event.step for event in run.events if event.kind == "step"}
    assert serving(chain, branch) != before
    assert deployed(chain, place) == SECRETS
    assert "completed" in run.summary
    assert leaks(run) == []


def deployed(chain: Chain, place: Provisioned) -> dict[str, str]:
    return {name: value for name, value in environment_of(chain.sandbox, place).items() if name in SECRETS}


def test_a_broken_image_is_rolled_back_and_the_run_fails_with_the_tasks_own_words(chain: Chain) -> None:
    chain.provision("prod")
    before = serving(chain, "prod")
    chain.break_image("crash")
    run = pushed(chain, "prod")
    assert run.exit_code == 1
    assert [job.rpartition("/")[2] for job, good in run.jobs.items() if not good] == ["Deploy"]
    assert serving(chain, "prod") == before
    assert "rolled-back" in run.summary
    assert "exited with code 1" in run.log
    assert "Error: Cannot find module" in run.log
    assert any("rolled back to credex-core:" in error for error in run.errors)
    assert leaks(run) == []


def test_checks_that_fail_while_prod_is_watched_put_the_former_revision_back(chain: Chain) -> None:
    place = chain.provision("prod")
    before = serving(chain, "prod")
    chain.variables["WATCH_MINUTES"] = "5"
    with souring(place.url, good=before) as url:
        chain.variables["PRODUCTION_URL"] = url
        run = pushed(chain, "prod")
    assert run.exit_code == 1
    assert [job.rpartition("/")[2] for job, good in run.jobs.items() if not good] == ["Deploy"]
    assert serving(chain, "prod") == before
    assert f"rolled back to {before}, which serves" in run.summary


@contextmanager
def souring(url: str, *, good: str) -> Iterator[str]:
    """The service as seen through a look that goes deeper: every revision but `good` answers well five times, then with an error."""
    answers = count()

    class Souring(Pages):
        def reply(self) -> None:
            with urlopen(f"{url}{self.path}", timeout=10) as response:
                body = response.read()
            spoilt = json.loads(body)["revision"] != good and next(answers) >= 5
            self.answer(500 if spoilt else 200, body)

    with on_loopback(Souring) as seen:
        yield seen


def test_a_push_to_dev_shows_the_difference_and_changes_nothing_unless_the_variable_says_so(chain: Chain) -> None:
    chain.provision("dev")
    del chain.variables["DEPLOY_ON_PUSH_TO_DEV"]
    before = serving(chain, "dev")
    chain.sandbox.reset_calls()
    run = pushed(chain, "dev")
    assert run.exit_code == 0, run.log
    assert {job.rpartition("/")[2] for job in run.jobs} == {"Build", "Plan"}
    assert "JWT_SECRET" in run.summary
    assert leaks(run) == []
    assert serving(chain, "dev") == before
    assert not {"RegisterTaskDefinition", "UpdateService"} & {call.operation for call in chain.sandbox.calls()}


def test_the_manual_trigger_deploys_to_dev(chain: Chain) -> None:
    chain.provision("dev")
    del chain.variables["DEPLOY_ON_PUSH_TO_DEV"]
    before = serving(chain, "dev")
    run = pushed(chain, "dev", "workflow_dispatch")
    assert run.exit_code == 0, run.log
    assert serving(chain, "dev") != before


def test_what_the_caller_composes_as_the_secret_values_fills_the_placeholders_too(chain: Chain) -> None:
    place = chain.provision("dev")
    workflow = chain.repository / ".github" / "workflows" / "deploy.yml"
    text = workflow.read_text()
    start, end = text.index("      secret-names: |"), text.index("      verify-url:")
    keys = "      AWS_ACCESS_KEY: ${{ secrets.AWS_ACCESS_KEY }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n"
    entries = ", ".join(f'"{name}": ${{{{ toJSON(secrets.{name}) }}}}' for name in SECRETS)
    text = text[:start] + text[end:]
    first = text.index("    secrets: inherit")
    text = f"{text[:first]}    secrets:\n      values: '{{{entries}}}'\n{keys}{text[text.index(chr(10), first) + 1 :]}"
    chain.commit("Compose the values", {".github/workflows/deploy.yml": text})
    run = pushed(chain, "dev")
    assert run.exit_code == 0, run.log
    assert deployed(chain, place) == SECRETS
    assert leaks(run) == []


@pytest.mark.parametrize("then", ["rollback", "report"])
def test_the_caller_s_tests_run_after_the_checks_without_credentials_and_secrets(chain: Chain, then: str) -> None:
    """A token of GitHub's identity, or the rendered file, would do as well as a key."""
    place = chain.provision("stage")
    before = serving(chain, "stage")
    look = 'echo "url: $SERVICE_URL"\nenv | cut -d= -f1 | sort | sed "s/^/variable: /"\ngrep -rlF canary "$RUNNER_TEMP" | sed "s/^/holds secrets: /"'
    workflow = (chain.repository / DEPLOY).read_text()
    assert "on-test-failure: rollback" in workflow
    files = {
        "script/smoke-test": f"#!/usr/bin/env bash\n{look}\nexit 3\n",
        DEPLOY: workflow.replace("failure: rollback", f"failure: {then}"),
    }
    chain.commit("Look at what the tests may see", files)
    run = pushed(chain, "stage")
    assert run.exit_code == 1
    assert [job.rpartition("/")[2] for job, good in run.jobs.items() if not good] == ["Deploy" if then == "rollback" else "Test"]
    assert (serving(chain, "stage") == before) is (then == "rollback")
    assert f"url: {place.url}" in run.log
    seen = {line.removeprefix("variable: ") for line in run.log.splitlines() if line.startswith("variable: ")}
    assert "PATH" in seen
    assert not {name for name in seen if "ID_TOKEN" in name or (name.startswith("AWS_") and "KEY" in name)} | seen & set(SECRETS)
    assert "holds secrets" not in run.log
    files_of_github = seen & {"GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE"}
    assert bool(files_of_github) is (then == "report"), "in the job Deploy they would set the environment of the step that undoes"


def test_a_service_without_an_address_is_verified_too(chain: Chain) -> None:
    chain.provision("dev")
    text = (chain.repository / DEPLOY).read_text()
    told = '{outcome: "${{ needs.development.outputs.outcome }}", found: "${{ needs.development.outputs.verification }}"}'
    after = f"  after: {{needs: development, runs-on: ubuntu-latest, steps: [{{run: 'echo \"$outcome and $found\"', env: {told}}}]}}\n"
    chain.commit("Nobody may look from outside", {DEPLOY: re.sub(r"      verify-url: .*\n      expect-json: .*\n", "", text) + after})
    run = pushed(chain, "dev")
    assert run.exit_code == 0, run.log
    verified = [event.text for event in run.events if event.kind == "summary" and event.step == "Verify"]
    assert "healthy" in "".join(verified)
    assert "completed and healthy" in run.log


def test_a_listed_secret_that_is_missing_stops_the_run_before_anything_is_deployed(chain: Chain) -> None:
    chain.provision("dev")
    workflow = chain.repository / ".github" / "workflows" / "deploy.yml"
    chain.commit("A slip of the pen", {".github/workflows/deploy.yml": workflow.read_text().replace("JWT_SECRET,", "JWT_SECERT,")})
    before = serving(chain, "dev")
    run = pushed(chain, "dev")
    assert run.exit_code == 1
    assert any("JWT_SECERT" in error and "Did you mean JWT_SECRET?" in error for error in run.errors)
    assert serving(chain, "dev") == before


def test_no_third_party_action_is_left_without_a_stand_in() -> None:
    reusable = [file for file in (ROOT / ".github" / "workflows").glob("*.yml") if "workflow_call:" in file.read_text()]
    named = {name.partition("@")[0].partition("/")[2] for name in third_party(reusable)}
    folders = {folder.name for folder in STAND_INS.iterdir() if folder.is_dir()}
    assert named - {"checkout"} == folders
