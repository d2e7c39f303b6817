"""trigger-dev-deploy against a GitHub on loopback: what is started, what is followed, what is said."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from credex_actions.sandbox.github.runs.happenings import (
    Approval,
    Happening,
    JobEnded,
    JobQueued,
    JobStarted,
    Line,
    Pause,
    StepStarted,
)
from tests.integration.triggering import NAME, Triggering, job

pytestmark = pytest.mark.slow


def test_its_own_run_is_started_once_and_followed_to_success(triggering: Triggering) -> None:
    ended = triggering.call("--inputs", "environment=staging")
    assert ended.code == 0, ended.stderr
    (run,) = triggering.runs
    assert ended.outputs == {
        "run-id": str(run.id),
        "run-url": f"{triggering.github.url}/{NAME}/actions/runs/{run.id}",
        "conclusion": "success",
    }
    assert run.inputs["environment"] == "staging"
    assert run.actor == "credex-deployer[bot]"
    assert re.search(r"✓ build: compile", ended.stderr)
    assert "Log of build (success" in ended.stderr
    assert "doing test" in ended.stderr
    assert ended.summary.startswith("### ✅")


def test_a_failed_run_fails_and_shows_the_failed_step_s_last_lines_before_the_whole_log(triggering: Triggering) -> None:
    def script(_: object) -> Iterator[Happening]:
        yield from job("build", "compile")
        yield from job("deploy / roll out", "wait", conclusion="failure", lines=tuple(f"line {n}" for n in range(60)))

    triggering.github.script("deploy.yml", script)
    ended = triggering.call("--logs", "failed")
    assert ended.code == 1
    assert ended.outputs["conclusion"] == "failure"
    last, _, whole = ended.stderr.partition("Log of deploy / roll out")
    assert "✗ deploy / roll out failed at step 'wait'. Its last lines:" in last
    assert "│ line 59" in last
    assert "│ Error: Process completed with exit code 1." in last
    assert "│ line 10\n" not in last
    assert "line 10\n" in whole
    assert "Log of build" not in ended.stderr
    assert "failed: deploy / roll out" in ended.report["faults"][0]["what"]
    assert "line 59" in ended.summary


@pytest.mark.parametrize(
    ("conclusion", "code"), [("neutral", 0), ("skipped", 0), ("cancelled", 1), ("timed_out", 1), ("startup_failure", 1)]
)
def test_only_success_neutral_and_skipped_end_well(triggering: Triggering, conclusion: str, code: int) -> None:
    triggering.github.script("deploy.yml", lambda _: job("build", "compile", conclusion=conclusion))
    ended = triggering.call("--logs", "none")
    assert (ended.code, ended.outputs["conclusion"]) == (code, conclusion)
    assert ("warning" in ended.stderr) == (conclusion in {"neutral", "skipped"})


def test_a_newer_run_of_somebody_else_is_not_taken_for_ours(triggering: Triggering) -> None:
    triggering.github.script(
        "deploy.yml", lambda run: job("build", "compile", conclusion="success" if run.inputs.get("force") else "failure")
    )
    with triggering.started("--inputs", "force=true") as process:
        triggering.github.until(lambda: len(triggering.runs) == 1, "our run")
        triggering.github.push(triggering.repository, "dev", {"README.md": "new"})
        ended = triggering.ended(process)
    assert len(triggering.runs) == 2
    assert (ended.code, ended.outputs["run-id"]) == (0, str(triggering.runs[0].id))


@pytest.mark.parametrize("workflow", ["deploy.yml", "plain.yml"])
def test_a_server_that_does_not_tell_the_run_is_asked_by_what_only_ours_has(triggering: Triggering, workflow: str) -> None:
    triggering.github.knows_run_details = False
    ended = triggering.call("--workflow", workflow)
    assert ended.code == 0, ended.stderr
    assert [str(run.id) for run in triggering.runs] == [ended.outputs["run-id"]]
    assert ("the run was identified by actor" in ended.stderr) == (workflow == "plain.yml")


def test_two_runs_that_nothing_tells_apart_are_not_guessed_between(triggering: Triggering) -> None:
    triggering.github.knows_run_details = False
    with triggering.started("--workflow", "plain.yml") as process:
        triggering.github.until(lambda: len(triggering.runs) == 1, "our run")
        other = triggering.github.token(kind="installation", actor="credex-deployer[bot]")
        import requests

        path = f"{triggering.github.url}/repos/{NAME}/actions/workflows/plain.yml/dispatches"
        assert requests.post(path, json={"ref": "dev"}, headers={"Authorization": f"Bearer {other.text}"}, timeout=10).status_code == 204
        ended = triggering.ended(process)
    assert ended.code == 4
    assert "2 runs match the dispatch" in ended.stderr
    assert all(str(run.id) in ended.stderr for run in triggering.runs)


def test_an_existing_run_is_followed_and_nothing_is_started(triggering: Triggering) -> None:
    first = triggering.call("--no-wait")
    assert (first.code, first.outputs["conclusion"]) == (0, None)
    ended = triggering.call("--run-id", first.outputs["run-id"])
    assert (ended.code, ended.outputs["conclusion"]) == (0, "success")
    assert first.outputs["run-url"] == ended.outputs["run-url"]
    assert len(triggering.runs) == 1


def test_a_run_that_ended_long_ago_is_told_as_it_ended(triggering: Triggering) -> None:
    triggering.github.script("deploy.yml", lambda _: job("build", "compile", conclusion="failure"))
    first = triggering.call("--logs", "none")
    again = triggering.call("--run-id", first.outputs["run-id"], "--logs", "none")
    assert (first.code, again.code) == (1, 1)


def test_an_approval_is_named_with_its_environment_and_reviewers(triggering: Triggering) -> None:
    triggering.github.protect(triggering.repository, "production", ("alice", "bob"))

    def script(_: object) -> Iterator[Happening]:
        yield Approval("deploy", "production")
        yield from job("deploy", "roll out")

    triggering.github.script("deploy.yml", script)
    with triggering.started() as process:
        triggering.github.until(lambda: any(run.waits_for for run in triggering.runs), "the gate")
        run, looks = triggering.runs[0], triggering.count("list-pending-deployments")
        triggering.github.until(lambda: triggering.count("list-pending-deployments") > looks + 1, "a look at who is waited for")
        from credex_actions.sandbox.github.state import Review

        with triggering.github.hub.lock:
            run.reviews.append(Review(("production",), True, "go", "alice"))
            run.waits_for.clear()
            triggering.github.hub.changed.notify_all()
        ended = triggering.ended(process)
    assert ended.code == 0, ended.stderr
    assert "environment production waits for an approval by alice or bob" in ended.stderr


def test_matrices_and_reused_workflows_keep_their_names(triggering: Triggering) -> None:
    def script(_: object) -> Iterator[Happening]:
        for name in ("test (3.11, linux)", "test (3.12, linux)", "deploy / render / check"):
            yield from job(name, "only")

    triggering.github.script("deploy.yml", script)
    ended = triggering.call("--logs", "none")
    assert [each["name"] for each in ended.report["jobs"]] == ["test (3.11, linux)", "test (3.12, linux)", "deploy / render / check"]


def test_more_jobs_than_fit_on_a_page_are_all_seen(triggering: Triggering) -> None:
    def script(_: object) -> Iterator[Happening]:
        for number in range(120):
            yield JobStarted(f"shard {number}")
            yield JobEnded(f"shard {number}", "failure" if number == 119 else "success")

    triggering.github.script("deploy.yml", script)
    ended = triggering.call("--logs", "none")
    assert len(ended.report["jobs"]) == 120
    assert "failed: shard 119" in ended.stderr


def test_a_job_that_comes_and_fails_between_the_look_at_the_jobs_and_the_one_at_the_run_is_told(triggering: Triggering) -> None:
    comes = threading.Event()

    def script(_: object) -> Iterator[Happening]:
        yield from job("first", "compile")
        while not comes.is_set():
            yield Pause(0.05)
        yield from job("second", "roll out", conclusion="failure", seconds=0)

    triggering.github.script("deploy.yml", script)
    with triggering.started("--logs", "none") as process:
        triggering.github.until(
            lambda: bool(triggering.runs) and any(each.conclusion for each in triggering.runs[0].jobs), "the first job's end"
        )
        triggering.github.fault("get-run", 1, "slow", 1.5)
        triggering.github.until(lambda: not triggering.github.faults_left, "a look at the run")
        comes.set()
        ended = triggering.ended(process)
    assert [each["name"] for each in ended.report["jobs"]] == ["first", "second"]
    assert "failed: second" in ended.stderr


def test_a_run_that_is_run_again_meanwhile_is_followed_in_its_new_attempt(triggering: Triggering) -> None:
    triggering.github.script("deploy.yml", lambda run: job("build", "compile", conclusion="failure" if run.attempt == 1 else "success"))
    first = triggering.call("--logs", "none")
    token = triggering.github.token()
    import requests

    url = f"{triggering.github.url}/repos/{NAME}/actions/runs/{first.outputs['run-id']}/rerun"
    assert requests.post(url, headers={"Authorization": f"Bearer {token.text}"}, timeout=10).status_code == 201
    again = triggering.call("--run-id", first.outputs["run-id"])
    assert (first.code, again.code) == (1, 0)


def test_the_log_file_keeps_times_and_is_its_owner_s_alone(triggering: Triggering, tmp_path: Path) -> None:
    kept = tmp_path / "run.log"
    ended = triggering.call("--logs", "none", "--log-file", str(kept))
    assert ended.code == 0, ended.stderr
    assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z doing compile$", kept.read_text(), re.MULTILINE)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "doing compile" not in ended.stderr


def test_a_hostile_log_line_is_no_command_of_ours_and_a_token_in_it_is_hidden(triggering: Triggering) -> None:
    token = triggering.github.token(kind="pat")
    triggering.more = {"GH_APP_ID": "", "GH_APP_PRIVATE_KEY": "", "GH_TOKEN": token.text, "GITHUB_ACTIONS": "true"}
    hostile = (
        "::set-output name=a::b",
        "  ::add-mask::x",
        "##[error]fake",
        "\x1b[2J\x1b[31mred",
        f"token {token.text} leaked",
        "a\r::error::b",
    )
    triggering.github.script("deploy.yml", lambda _: job("build ::error::x", "compile", lines=hostile))
    ended = triggering.call("--logs", "all", "--log-file", str(triggering.folder / "kept.log"))
    shown = ended.stderr + ended.stdout
    assert ended.code == 0, shown
    assert token.text not in shown.replace(f"::add-mask::{token.text}", "")
    assert token.text not in (triggering.folder / "kept.log").read_text()
    assert "\x1b" not in shown
    commands = {
        line.partition("::")[2].partition("::")[0].split()[0]
        for line in shown.split("\n")
        if line.lstrip().startswith("::") and "::" in line.lstrip()[2:]
    }
    assert commands <= {"add-mask", "group", "endgroup", "notice", "warning"}, commands


def test_the_repository_and_server_come_from_the_git_remote(triggering: Triggering, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)
    subprocess.run(["git", "-C", str(checkout), "remote", "add", "origin", f"git@github.com:{NAME}.git"], check=True)
    triggering.more = {"GITHUB_REPOSITORY": ""}
    ended = triggering.call("--dry-run", cwd=checkout)
    assert ended.code == 0, ended.stderr
    assert NAME in ended.stderr
    assert triggering.runs == []


def test_the_current_branch_is_taken_only_where_it_is_asked_for(triggering: Triggering, tmp_path: Path) -> None:
    triggering.github.push(triggering.repository, "feature/x", {"README.md": "new"})
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "init", "-q", "--initial-branch", "feature/x", str(checkout)], check=True)
    assert triggering.call("--logs", "none", cwd=checkout).code == 0
    assert triggering.call("--logs", "none", "--ref", ".", cwd=checkout).code == 0
    assert [run.branch for run in triggering.runs] == ["dev", "feature/x"]
    nowhere = triggering.call("--ref", ".")
    assert (nowhere.code, "no branch is checked out here" in nowhere.stderr) == (2, True)


def test_a_dry_run_checks_everything_and_starts_nothing(triggering: Triggering) -> None:
    ended = triggering.call("--dry-run", "--inputs", "replicas=3")
    assert ended.code == 0
    assert triggering.runs == []
    assert "dispatch deploy.yml on dev" in ended.report["plan"][0]
    assert triggering.count("create-dispatch") == 0


def test_a_runner_that_never_comes_is_said_with_the_likely_reason(triggering: Triggering) -> None:
    comes = threading.Event()

    def script(_: object) -> Iterator[Happening]:
        yield JobQueued("gpu", ("self-hosted", "gpu"))
        while not comes.is_set():
            yield Pause(0.1)
        yield JobStarted("gpu")
        yield JobEnded("gpu", "success")

    triggering.github.script("deploy.yml", script)
    with triggering.started() as process:
        triggering.github.until(lambda: any(run.jobs for run in triggering.runs), "the job")
        with triggering.github.hub.lock:
            from datetime import timedelta

            triggering.runs[0].jobs[0].created -= timedelta(minutes=5)
        looks = triggering.count("list-jobs")
        triggering.github.until(lambda: triggering.count("list-jobs") > looks + 1, "looks at the job")
        comes.set()
        ended = triggering.ended(process)
    assert "no runner has picked up gpu (self-hosted, gpu) for 5 min; probably no self-hosted runner" in ended.stderr


def long_run(_: object) -> Iterator[Happening]:
    yield JobStarted("build")
    yield StepStarted("build", "compile")
    yield Line("build", "at work")
    yield Pause(60)
    yield JobEnded("build", "success")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_run_and_sees_it_end(triggering: Triggering, number: int, code: int) -> None:
    triggering.github.script("deploy.yml", long_run)
    with triggering.started() as process:
        triggering.until_running()
        time.sleep(0.5)
        process.send_signal(number)
        ended = triggering.ended(process)
    assert ended.code == code, ended.stderr
    assert triggering.runs[0].conclusion == "cancelled"
    assert ended.outputs["conclusion"] == "cancelled"
    assert triggering.count("cancel-run") == 1


def test_on_cancel_leave_leaves_the_run_and_says_how_to_follow_it(triggering: Triggering) -> None:
    triggering.github.script("deploy.yml", long_run)
    with triggering.started("--on-cancel", "leave") as process:
        run = triggering.until_running()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        ended = triggering.ended(process)
    assert ended.code == 130
    assert run.status == "in_progress"
    assert f"--run-id {run.id}" in ended.stderr
    assert ended.outputs["run-id"] == str(run.id)


def test_a_second_ctrl_c_leaves_at_once_with_the_way_back(triggering: Triggering) -> None:
    def stubborn(_: object) -> Iterator[Happening]:
        yield JobStarted("build")
        yield Pause(60, heeds_cancel=False)

    triggering.github.script("deploy.yml", stubborn)
    with triggering.started() as process:
        run = triggering.until_running()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        triggering.github.until(lambda: triggering.count("cancel-run") == 1, "the cancellation")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        ended = triggering.ended(process)
    assert time.monotonic() - began < 10
    assert ended.code == 130
    assert f"--run-id {run.id}" in ended.stderr
    assert ended.outputs["run-id"] == str(run.id)


def test_a_second_ctrl_c_while_github_is_asked_to_cancel_says_that_this_is_not_known(triggering: Triggering) -> None:
    triggering.github.script("deploy.yml", long_run)
    triggering.github.fault("cancel-run", 1, "slow-after", 3)
    with triggering.started() as process:
        run = triggering.until_running()
        process.send_signal(signal.SIGINT)
        triggering.github.until(lambda: not triggering.github.faults_left, "the cancellation")
        process.send_signal(signal.SIGINT)
        ended = triggering.ended(process)
    assert ended.code == 130
    assert (
        "Ctrl-C was pressed again, so the run's end was not waited for; it is not known whether GitHub received the cancellation"
        in ended.stderr
    )
    assert ended.outputs["run-id"] == str(run.id)


@pytest.mark.parametrize("on_cancel", ["cancel", "leave"])
def test_a_time_out_is_no_success_and_obeys_on_cancel(triggering: Triggering, on_cancel: str) -> None:
    triggering.github.script("deploy.yml", long_run)
    ended = triggering.call("--timeout-minutes", "0.05", "--on-cancel", on_cancel)
    assert ended.code == 4, ended.stderr
    assert "timed out after 0.05 min" in ended.stderr
    run = triggering.runs[0]
    assert (run.conclusion == "cancelled") == (on_cancel == "cancel")
    assert ended.outputs["run-id"] == str(run.id)


def test_interrupted_before_anything_was_started_says_so(triggering: Triggering) -> None:
    for number in range(1, 100):
        triggering.github.fault("get-contents", number, "error")
    with triggering.started() as process:
        triggering.github.until(lambda: triggering.count("get-contents") >= 1, "the look at the file")
        process.send_signal(signal.SIGTERM)
        ended = triggering.ended(process)
    assert ended.code == 143
    assert "before anything was dispatched" in ended.stderr
    assert triggering.runs == []


def test_following_costs_a_tenth_of_what_gh_does(triggering: Triggering) -> None:
    """A run of 12 s here: gh run watch would look 4 times with 3 requests. The benchmark follows one of five minutes."""

    def script(_: object) -> Iterator[Happening]:
        yield from job("build", *(f"step {n}" for n in range(3)), seconds=2)

    triggering.github.script("deploy.yml", script)
    ended = triggering.call("--poll-seconds", "0.5", "--logs", "none")
    assert ended.code == 0
    token = next(token for token in triggering.github.hub.tokens.values() if token.kind == "installation")
    looks = triggering.count("list-jobs")
    assert looks >= 5
    assert token.used <= looks // 2 + 8, "what has not changed costs nothing"


def test_json_prints_one_document(triggering: Triggering) -> None:
    ended = triggering.call()
    assert json.loads(ended.stdout)["conclusion"] == "success"
    assert os.path.exists(triggering.folder / "summary.md")


def test_a_huge_log_is_kept_whole_and_its_end_is_shown(triggering: Triggering, tmp_path: Path) -> None:
    line = "x" * 1_000_000
    triggering.github.script(
        "deploy.yml", lambda _: job("build", "compile", lines=("the first line", *(line for _ in range(9)), "the last line"))
    )
    ended = triggering.call("--log-file", str(tmp_path / "kept.log"))
    assert ended.code == 0
    assert "the last line" in ended.stderr
    assert "the first line" not in ended.stderr
    assert "earlier characters are at" in ended.stderr
    assert len(ended.stderr) < 5_000_000
    assert "the first line" in (tmp_path / "kept.log").read_text()


def test_a_run_that_github_cannot_start_says_where_to_look(triggering: Triggering) -> None:
    triggering.github.script("deploy.yml", [])
    ended = triggering.call()
    assert (ended.code, ended.outputs["conclusion"]) == (1, "startup_failure")
    assert "the workflow file, or one that it calls, has an error" in ended.stderr


def test_as_a_function_also_in_a_thread(triggering: Triggering) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from io import StringIO

    import credex_actions

    log, token = StringIO(), triggering.github.token()
    environment = {**triggering.github.environment, "GITHUB_REPOSITORY": NAME}
    with ThreadPoolExecutor(1) as pool:
        outputs = pool.submit(
            credex_actions.trigger_dev_deploy, token=token.text, poll_seconds=0.2, environment=environment, log=log, logs="none"
        ).result()
    assert outputs.conclusion == "success"
    assert outputs.run_id == str(triggering.runs[0].id)
    assert token.text not in log.getvalue()
