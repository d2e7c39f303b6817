"""A release as its consumer meets it: a new repository, made by the commands of the how-to, deploys with the tree of the tag and without any package index."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from credex_actions.sandbox import Provisioned, Sandbox
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.state import Repository, Run
from credex_actions.sandbox.suite import NAME as SUITE
from credex_actions.sandbox.suite import adapt, local_actions
from releasing.services import CALLED
from tests.e2e.chain import AUTHOR, ROOT
from tests.released import NO_INDEX

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "how-to" / "deploy-a-new-repository.md"
REPOSITORY = "acme/greeter"
MOST_LINES = 25
SIGNED_AS = {"elasticloadbalancing": "elbv2"}
"""The sandbox's names of services that differ from botocore's."""


@pytest.fixture
def place(sandbox: Sandbox) -> Provisioned:
    """What Terraform would have created: the page says what has to exist."""
    sandbox.github_role("greeter-build", f"repo:{REPOSITORY}:ref:refs/heads/main")
    sandbox.github_role("greeter-deploy", f"repo:{REPOSITORY}:environment:production")
    return sandbox.provision("greeter", "production")


@pytest.fixture
def repository(github: GitHub, sandbox: Sandbox, release: Path, tmp_path: Path) -> Repository:
    suite = tmp_path / "suite"
    shutil.copytree(release / "tree", suite)
    adapt(suite)
    github.local_actions = local_actions(suite)
    assert github.local_actions[f"{SUITE}@v1"] == suite
    github.runner_environment = {
        "AWS_ENDPOINT_URL": sandbox.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SANDBOX_PYTHON": sys.executable,  # of the stand-ins for other people's actions
        "SANDBOX_REGISTRY": f"{sandbox.account}.dkr.ecr.{sandbox.region}.amazonaws.com",
        **NO_INDEX,
    }
    record = github.repository(REPOSITORY, branch="main")
    github.protect(record, "production")
    return record


def follow_the_page(github: GitHub, place: Provisioned, account: str, folder: Path) -> None:
    """The commands as they stand there, with the names that are one's own."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    names = {"REPOSITORY": REPOSITORY, "ACCOUNT": account, "REGION": place.region, "URL": place.url}
    assert set(re.findall(r"^([A-Z]+)=", blocks[0], re.MULTILINE)) == set(names)
    script = "".join([*(f"{name}={value}\n" for name, value in names.items()), *blocks[1:]])
    redirected = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{github.url}/.insteadOf", "GIT_CONFIG_VALUE_0": "https://github.com/"}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **AUTHOR, **redirected}
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env=environment, check=True, timeout=60)


def ended(github: GitHub, repository: Repository) -> Run:
    github.until(lambda: any(run.status == "completed" for run in repository.runs), "the end of the run", 240)
    (run,) = repository.runs
    return run


def log(run: Run) -> str:
    return "\n".join(f"{job.name}: {line}" for job in run.jobs for _, line in job.lines)


def test_a_new_repository_deploys_with_the_tag_alone(
    github: GitHub, sandbox: Sandbox, place: Provisioned, repository: Repository, tmp_path: Path
) -> None:
    sandbox.reset_calls()
    follow_the_page(github, place, sandbox.account, tmp_path)
    run = ended(github, repository)
    assert run.conclusion == "success", log(run)
    checkout = tmp_path / "greeter"
    written = sorted(str(path.relative_to(checkout)) for path in checkout.rglob("*") if path.is_file() and ".git/" not in str(path))
    assert written == [".github/workflows/deploy.yml", "Dockerfile", "task-definition.json"]
    lines = len((checkout / ".github" / "workflows" / "deploy.yml").read_text().splitlines())
    assert lines <= MOST_LINES
    assert f"{lines} lines of YAML" in PAGE.read_text()
    service = sandbox.client("ecs").describe_services(cluster=place.cluster, services=[place.service])["services"][0]
    assert service["taskDefinition"] != place.task_definition
    assert [each["rolloutState"] for each in service["deployments"]] == ["COMPLETED"]
    definition = sandbox.client("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert definition["containerDefinitions"][0]["image"] == f"{place.repository_uri}:{run.sha}"
    ours = {SIGNED_AS.get(call.service, call.service) for call in sandbox.calls() if "credex-actions/" in call.who}
    assert ours >= {"ecs", "ecr", "iam", "logs"}
    assert ours <= set(CALLED)
