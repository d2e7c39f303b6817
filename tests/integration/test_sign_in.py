"""role-to-assume: actions sign in by GitHub's OIDC token, again before a session ends, and say what is missing where they may not."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from credex_actions.core.aws.sign_in import signed_in
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.runner import Runner
from credex_actions.declarations.verify_deployment import Inputs
from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.aws.identity import tokens
from credex_actions.sandbox.github import GitHub
from credex_actions.sandbox.github.speaker import Speaker
from credex_actions.sandbox.provision import TRUST

HERE = "repo:acme/web:environment:production"
CREDENTIAL = re.compile(r"eyJ[\w-]{20,}\.|AWS_SECRET|ASIA[A-Z0-9]{16}")


@dataclass
class Job:
    """A job of the environment production, as far as its environment goes: no keys, but an address for OIDC tokens."""

    sandbox: Sandbox
    github: GitHub
    folder: Path

    def __post_init__(self) -> None:
        self.repository = self.github.repository("acme/web")

    @property
    def environment(self) -> dict[str, str]:
        where = {name: value for name, value in self.sandbox.environment.items() if "KEY" not in name}
        return {"PATH": "/usr/bin:/bin", "GITHUB_ACTIONS": "true", **where, **self.github.identity(self.repository, "production")}

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "credex_actions", *arguments]
        given = self.environment if environment is None else dict(environment)
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=given, check=False, timeout=60)
        assert "Traceback" not in done.stderr
        return done

    def refused(self, role: str, environment: Mapping[str, str], **inputs: int) -> Failure:
        """What is said where the command cannot sign in."""
        said = io.StringIO()
        runner = Runner(environment, said, said)
        with pytest.raises(Failure) as caught:
            signed_in(Inputs(role_to_assume=role, **inputs), runner, SystemClock())  # type: ignore[arg-type] # numbers only
        assert not CREDENTIAL.search(f"{caught.value.faults} {re.sub('::add-mask::.*', '', said.getvalue())}")
        return caught.value

    def assumed(self) -> int:
        return sum(call.operation == "AssumeRoleWithWebIdentity" for call in self.sandbox.calls())


@pytest.fixture
def job(sandbox: Sandbox, github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    for name in [name for name in os.environ if name.startswith(("AWS_", "ACTIONS_"))]:
        monkeypatch.delenv(name)
    made = Job(sandbox, github, tmp_path)
    for name, value in made.environment.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return made


def test_a_job_without_keys_deploys_and_leaves_no_credential_behind(job: Job) -> None:
    place = job.sandbox.provision()
    (job.folder / "task-definition.json").write_text(json.dumps(place.definition(job.sandbox.push_image(place.repository, "2.0.0"))))
    files = {name: str(job.folder / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
    role = job.sandbox.github_role("deployer", HERE)
    given = ("--service", place.service, "--cluster", place.cluster, "--task-definition", "task-definition.json", "--poll-seconds", "0.2")
    done = job.run("deploy-task-definition", *given, "--role-to-assume", role, environment={**job.environment, **files})
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        f"Signed in to AWS as arn:aws:sts::{job.sandbox.account}:assumed-role/deployer/GitHubActions with GitHub's OIDC token"
        in done.stdout
    )
    assert job.assumed() == 1
    log = [line for line in done.stdout.splitlines() if not line.startswith("::add-mask::")]
    written = [Path(path).read_text() for path in files.values() if Path(path).exists()]
    assert not CREDENTIAL.search("\n".join([*log, done.stderr, *written]))
    assert done.stdout.count("::add-mask::") >= 3, "the token, the secret key and the session token"


def test_a_watch_outlives_the_session_by_a_new_token_each_time(job: Job) -> None:
    place = job.sandbox.provision()
    role = job.sandbox.github_role("watcher", HERE)
    job.sandbox.sessions(4)
    watched = ("--watch-minutes", "0.2", "--poll-seconds", "0.2", "--role-session-name", "night-watch", "--role-duration-seconds", "900")
    done = job.run("verify-deployment", "--service", place.service, "--cluster", place.cluster, "--role-to-assume", role, *watched)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "assumed-role/watcher/night-watch" in done.stdout
    asked = sum(call.operation == "request-identity-token" for call in job.github.calls())
    assert 3 <= job.assumed() == asked <= 7, "renewed when three quarters of a session are over"


def test_a_session_that_the_job_has_ends_the_watch_with_the_input_that_prevents_it(job: Job) -> None:
    place = job.sandbox.provision()
    job.sandbox.sessions(9)
    session = boto3.client(
        "sts", aws_access_key_id=job.sandbox.environment["AWS_ACCESS_KEY_ID"], aws_secret_access_key="sandbox"
    ).assume_role(RoleArn=f"arn:aws:iam::{job.sandbox.account}:role/any", RoleSessionName="before")["Credentials"]
    keys: dict[str, str] = dict(
        zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), [str(each) for each in session.values()], strict=False)
    )
    watched = ("--watch-minutes", "2", "--poll-seconds", "0.2")
    done = job.run(
        "verify-deployment", "--service", place.service, "--cluster", place.cluster, *watched, environment={**job.environment, **keys}
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "the AWS credentials have expired" in done.stdout
    assert "Set role-to-assume" in done.stdout


def test_trust_that_is_withdrawn_in_mid_watch_ends_it_in_words(job: Job) -> None:
    place = job.sandbox.provision()
    role = job.sandbox.github_role("watcher", HERE)
    job.sandbox.sessions(2)
    command = [sys.executable, "-m", "credex_actions", "verify-deployment", "--service", place.service, "--cluster", place.cluster]
    command += ["--watch-minutes", "0.5", "--poll-seconds", "0.2", "--role-to-assume", role]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=job.environment) as watch:
        job.sandbox.until(lambda: job.assumed() > 0, "the first session")
        job.sandbox.client("iam").update_assume_role_policy(RoleName="watcher", PolicyDocument=TRUST)
        stdout, stderr = watch.communicate(timeout=60)
    assert watch.returncode == 4, stdout + stderr
    assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in stdout
    assert f':sub is "{HERE}"' in stdout


def test_keys_of_the_job_assume_the_role_where_there_is_no_identity_token(job: Job) -> None:
    place = job.sandbox.provision()
    role = job.sandbox.client("iam").create_role(RoleName="by-keys", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    done = job.run(
        *("render-task-definition", "--task-definition-family", place.family, "--container-name", place.container, "--image", "web:3"),
        *("--role-to-assume", role),
        environment={"PATH": "/usr/bin:/bin", "RUNNER_TEMP": str(job.folder), **job.sandbox.environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "assumed-role/by-keys/GitHubActions with the existing credentials" in done.stderr
    assert sum(call.operation == "AssumeRole" for call in job.sandbox.calls()) == 1


def test_a_definition_from_a_file_signs_nobody_in(job: Job) -> None:
    place = job.sandbox.provision(load_balancer=False)
    (job.folder / "task-definition.json").write_text(json.dumps(place.definition()))
    rendering = ("--task-definition", "task-definition.json", "--container-name", place.container, "--image", "web:3")
    done = job.run("render-task-definition", *rendering, "--role-to-assume", f"arn:aws:iam::{job.sandbox.account}:role/none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert job.assumed() == 0


@pytest.mark.parametrize("kind", ["bad-gateway", "drop-before", "error"])
def test_a_token_that_does_not_come_at_once_is_asked_for_again(job: Job, kind: str) -> None:
    role = job.sandbox.github_role("deployer", HERE)
    job.github.fault("request-identity-token", 1, kind)
    session = signed_in(Inputs(role_to_assume=role), Runner(job.environment, io.StringIO(), io.StringIO()), SystemClock())
    assert session is not None
    assert session.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/deployer/GitHubActions")


def _role(*subjects: str) -> Callable[[Job], str]:
    return lambda job: job.sandbox.github_role("deployer", *subjects)


def _other_audience(job: Job) -> str:
    role = job.sandbox.github_role("deployer", HERE)
    provider = f"arn:aws:iam::{job.sandbox.account}:oidc-provider/{tokens.HOST}"
    job.sandbox.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)
    job.sandbox.client("iam").create_open_id_connect_provider(Url=tokens.ISSUER, ClientIDList=["sts.amazonaws.com.cn"])
    return role


def _no_provider(job: Job) -> str:
    return f"arn:aws:iam::{job.sandbox.account}:role/deployer"


def _no_role(job: Job) -> str:
    job.sandbox.github_role("another", HERE)
    return f"arn:aws:iam::{job.sandbox.account}:role/deployer"


REFUSALS: dict[str, tuple[Callable[[Job], str], str, str, str]] = {
    "another environment": (_role("repo:acme/web:environment:staging"), "Not authorized to perform", f':sub is "{HERE}"', "role-to-assume"),
    "a branch, though the job has an environment": (
        _role("repo:acme/web:ref:*"),
        "Not authorized",
        "it contains only that",
        "role-to-assume",
    ),
    "no such role": (_no_role, "Not authorized to perform", "Check that the role exists.", "role-to-assume"),
    "no identity provider": (
        _no_provider,
        "No OpenIDConnect provider found",
        "needs the identity provider https://token.actions",
        "role-to-assume",
    ),
    "a provider for another audience": (
        _other_audience,
        "Incorrect token audience",
        "with the audience sts.amazonaws.com",
        "role-to-assume",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_says_what_the_trust_policy_lacks(job: Job, case: str) -> None:
    role_of, words, remedy, where = REFUSALS[case]
    failure = job.refused(role_of(job), job.environment)
    (fault,) = failure.faults
    assert (int(failure.code), fault.where) == (2, where)
    assert words in fault.what
    assert remedy in fault.hint


def test_a_session_that_is_longer_than_the_role_allows(job: Job) -> None:
    failure = job.refused(job.sandbox.github_role("deployer", HERE), job.environment, role_duration_seconds=7200)
    (fault,) = failure.faults
    assert (int(failure.code), fault.where) == (2, "role-duration-seconds")
    assert "exceeds the MaxSessionDuration" in fault.what


def test_a_job_without_the_permission_is_told_which(job: Job) -> None:
    environment = {name: value for name, value in job.environment.items() if not name.startswith("ACTIONS_")}
    failure = job.refused(f"arn:aws:iam::{job.sandbox.account}:role/deployer", environment)
    assert int(failure.code) == 2
    assert "this job is not allowed to request an OIDC token from GitHub" in failure.faults[0].what
    assert "permissions: id-token: write" in failure.faults[0].hint


def test_a_bearer_that_github_does_not_know_is_told_as_such(job: Job) -> None:
    failure = job.refused("arn:aws:iam::123456789012:role/deployer", {**job.environment, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "stale"})
    assert int(failure.code) == 2
    assert "GitHub provides no OIDC token to this job (status 401)" in failure.faults[0].what


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        ("--role-to-assume", "deployer", "is not the ARN of an IAM role"),
        ("--role-to-assume", "arn:aws:iam::12345678901:role/deployer", "is not the ARN of an IAM role"),
        ("--role-duration-seconds", "60", "not between 900 and 43200"),
        ("--role-session-name", "a b", "is not a session name"),
    ],
)
def test_inputs_that_sts_would_turn_away_are_faults_of_their_own(job: Job, flag: str, value: str, words: str) -> None:
    done = job.run("verify-deployment", "--url", "http://127.0.0.1:9/", flag, value)
    assert done.returncode == 2
    assert words in done.stdout


def test_expired_and_foreign_tokens_are_turned_away_in_the_words_of_aws(job: Job) -> None:
    role = job.sandbox.github_role("deployer", HERE)
    sts = job.sandbox.client("sts")
    speaker = Speaker(job.repository, "refs/heads/dev")
    late = tokens.issue(speaker.subject("production"), "sts.amazonaws.com", {}, lasts=-5)
    good = speaker.token("production", "sts.amazonaws.com")
    head, claims, _ = good.split(".")
    answers = {}
    for name, token in {"late": late, "forged": f"{head}.{claims}.{late.rpartition('.')[2]}", "none": "nonsense"}.items():
        try:
            sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="it", WebIdentityToken=token)
        except sts.exceptions.ClientError as error:
            answers[name] = (error.response["Error"]["Code"], error.response["Error"]["Message"])
    assert answers["late"][0] == "ExpiredTokenException"
    assert "must be before the expiration date/time" in answers["late"][1]
    assert answers["forged"] == ("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider")
    assert answers["none"][0] == "InvalidIdentityToken"
    told = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="it", WebIdentityToken=good)
    assert told["SubjectFromWebIdentityToken"] == HERE


def test_a_rotation_signs_in_by_the_identity_token_and_assumes_the_role_of_its_credential_anew(job: Job) -> None:
    iam = job.sandbox.client("iam")
    iam.create_user(UserName="deployment")
    former = iam.create_access_key(UserName="deployment")["AccessKey"]["AccessKeyId"]
    job.sandbox.client("ssm").put_parameter(Name="/web/key", Value="as it was", Type="SecureString")
    other = iam.create_role(RoleName="rotation", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    credential = {
        "kind": "iam-access-key",
        "user": "deployment",
        "role": other,
        "grace": "0s",
        "watch": "0s",
        "verify": {"successes": 20},
        "targets": [{"to": "ssm-parameter", "names": {"json": "/web/key"}}],
    }
    (job.folder / "rotation.json").write_text(json.dumps({"credentials": {"deployer": credential}}))
    job.sandbox.sessions(8)
    role = job.sandbox.github_role("rotator", HERE)
    done = job.run("rotate-secrets", "--mode", "apply", "--manifest", "rotation.json", "--role-to-assume", role)
    assert done.returncode == 0, done.stdout + done.stderr
    (key,) = iam.list_access_keys(UserName="deployment")["AccessKeyMetadata"]
    assert key["AccessKeyId"] != former
    calls = [call.operation for call in job.sandbox.calls()]
    assert calls.count("AssumeRole") >= 2, "its verification takes twenty seconds, and a session eight"
    assert calls.count("AssumeRoleWithWebIdentity") >= 2
