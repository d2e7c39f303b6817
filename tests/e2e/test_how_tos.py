"""Commands of the how-tos, carried out as they stand on their pages, each in a sandbox of its own; what is a reader's own has the sandbox's names."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.documented import ROOT, block

pytestmark = pytest.mark.slow

LOOSE_PLAN: Final = 'variable "words" {}\nresource "terraform_data" "it" {\n  input = var.words\n}\n'
"""A configuration that asks no registry: `terraform_data` is part of Terraform."""


def carried_out(folder: Path, script: str, *, sandbox: bool = True) -> str:
    """What the script printed. It runs until the first command that fails, as whoever follows a page does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GH_", "GITHUB_", "INPUT_"))}
    environment |= {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR")}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "GIT_PAGER": "cat"}
    file = folder / "script"
    file.write_text(f"set -euo pipefail\n{script}")
    command = ["credex-actions", "sandbox", "up", "--", "bash", str(file)] if sandbox else ["bash", str(file)]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
    told = ran.stdout + ran.stderr
    assert ran.returncode == 0, told
    return told


def named(text: str, names: Mapping[str, str]) -> str:
    """`text` with a reader's own names; each has to stand on the page."""
    for theirs, ours in names.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


def test_from_a_checkout_it_is_deployed_proposed_and_its_secrets_rotated(tmp_path: Path) -> None:
    """docs/how-to/trigger.md, promote.md, rotate-secrets.md."""
    key = {"GH_APP_ID=123456": 'GH_APP_ID="$app"'}
    told = carried_out(
        tmp_path,
        f"""
        credex-actions sandbox example credex-core
        printf %s "$GH_APP_PRIVATE_KEY" | tee credex-core/credex-deployer.pem >credex-core/rotation.pem
        app=$GH_APP_ID
        unset GH_APP_ID GH_APP_PRIVATE_KEY
        {named(block("docs/how-to/trigger.md", 1), key)}
        git -c user.name=Me -c user.email=me@example.com commit --quiet --allow-empty --message "A change"
        git push --quiet origin dev
        {block("docs/how-to/promote.md", 1)}
        rm rotation.yml # of the example; this one is written
        {named(block("docs/how-to/rotate-secrets.md", 1), key)}
        {named(block("docs/how-to/rotate-secrets.md", 2), {"production-deployment": "credex-core-production-deployment"})}
        """,
    )
    for words in (
        "success after",
        "dev to stage, 1 change: opened",
        "Nothing to promote: prod has all that stage has.",
        "Dry run: nothing was changed. This would be done: update pull request #1",
        "Wrote rotation.yml with 6 credentials.",
        "rotate-secrets plan: 4 planned, 2 fresh",
        "rotate-secrets apply: 4 waiting, 2 fresh",
        "emergency: 1 credential",
    ):
        assert words in told, told


def test_at_night_and_in_the_week_after(tmp_path: Path) -> None:
    """docs/how-to/respond-to-a-failed-deployment.md, review-maintenance.md, sign-in-to-aws.md, and two blocks of docs/sandbox.md."""
    night = "docs/how-to/respond-to-a-failed-deployment.md"
    told = carried_out(
        tmp_path,
        f"""
        credex-actions sandbox provision --environment production >place.json
        place() {{ python3 -c 'import json, sys; print(json.load(open("place.json"))[sys.argv[1]])' "$1"; }}
        {named(block(night, 1), {"https://api.mycredex.app/health": '"$(place url)/health"'})}
        printf '{{"family": "credex-core", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "executionRoleArn": "%s",
          "containerDefinitions": [{{"name": "credex-core", "image": "%s", "portMappings": [{{"containerPort": 5000}}]}}]}}' \\
          "$(place execution_role_arn)" "$(place image)" >task-definition.json
        credex-actions deploy-task-definition --task-definition task-definition.json --cluster "$(place cluster)" --service "$(place service)"
        {named(block(night, 2), {"credex-core:41": "credex-core:1"})}
        {block("docs/how-to/review-maintenance.md", 1)}
        grep -c '<html' report.html
        {block("docs/how-to/sign-in-to-aws.md", 1)}
        {block("docs/sandbox.md", 5)}
        {named(block("docs/sandbox.md", 6), {"github-role deploy": "github-role another"})}
        """,
    )
    for words in (
        "healthy: 1 good check",
        "credex-core:2 serves in credex-core-service-production",
        "Dry run: nothing was changed",
        "credex-core:1 serves in credex-core-service-production",
        "Report: ",
        ":role/deploy",
    ):
        assert words in told, told


def test_the_sandbox_s_own_page(tmp_path: Path) -> None:
    """docs/sandbox.md, the first two blocks."""
    who = "git -c user.name=Me -c user.email=me@example.com"
    told = carried_out(
        tmp_path,
        f"""
        trap 'credex-actions sandbox down 2>/dev/null || true' EXIT
        mkdir checkout
        cd checkout
        {block("docs/sandbox.md", 1)}
        {named(block("docs/sandbox.md", 2), {"git commit": f"{who} commit"})}
        """,
        sandbox=False,
    )
    for words in ('"cluster": "credex-cluster-development"', "development:crash", "ecs:CreateService", "success after"):
        assert words in told, told


def test_a_plan_is_judged_and_applied(tmp_path: Path) -> None:
    """docs/how-to/guard-terraform-plans.md, plan-and-apply-terraform.md."""
    (tmp_path / "terraform" / "environments").mkdir(parents=True)
    (tmp_path / "terraform" / "main.tf").write_text(LOOSE_PLAN)
    (tmp_path / "terraform" / "environments" / "dev.tfvars").write_text('words = "first"\n')
    plan, *applied = block("docs/how-to/plan-and-apply-terraform.md", 1).strip().split("\n")
    seen = carried_out(tmp_path, f"{plan} --json", sandbox=False)
    (plan_id,) = {json.loads(line)["plan-id"] for line in seen.splitlines() if line.startswith("{")}
    told = carried_out(tmp_path, "\n".join(named(line, {"5f0c…": plan_id}) for line in reversed(applied)), sandbox=False)
    assert "Dry run" in told
    assert "Applied: 1 action on resources." in told
    (tmp_path / "terraform" / "environments" / "dev.tfvars").rename(tmp_path / "terraform" / "dev.auto.tfvars")
    guarded = carried_out(tmp_path, f"cd terraform\n{block('docs/how-to/guard-terraform-plans.md', 1)}", sandbox=False)
    assert "safe" in guarded, guarded
