"""Commands on instances of the sandbox, and what of them the suite tells: real processes in the instance's folder."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from credex_actions.aws.run_command import CommandCancelled, Ended, run, succeeded
from credex_actions.aws.script import Script
from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Exit, Failure
from credex_actions.core.redaction import Redactor
from tests.integration.on_instances import launch, profile
from tests.integration.processes import asleep, own_seconds

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

WITHIN = 60.0


@pytest.fixture
def clients(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Clients:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return Clients()


@pytest.fixture
def instance(sandbox: "Sandbox") -> str:
    image = sandbox.client("ec2").register_image(Name="plain", RootDeviceName="/dev/xvda")["ImageId"]
    return launch(sandbox, image, IamInstanceProfile=profile(sandbox))


def plain(text: str) -> Script:
    return Script(text, lambda each: each)


def ran(clients: Clients, instance: str, text: str, within: float = WITHIN) -> Ended:
    return run(clients, SystemClock(), instance, plain(text), within=within, comment="a test")


def test_a_script_runs_in_the_folder_of_its_instance(clients: Clients, instance: str) -> None:
    ended = ran(clients, instance, 'echo "$PWD"; mktemp; echo "$HOME"; id -u >&2; env | grep -c AWS_')
    assert ended.code == 1  # grep found nothing: no credentials of ours are there
    here, temporary, home, count = ended.output.split()
    assert temporary.startswith(f"{here}/tmp/")  # noqa: S108 - of the instance
    assert home == f"{here}/root"
    assert count == "0"
    assert ended.error.splitlines()[0] == str(os.getuid())
    with pytest.raises(
        Failure, match=rf"asking failed with code 1: {os.getuid()} / failed to run commands: exit status 1(.|\n)*{ended.command_id}"
    ):
        succeeded(ended, "asking")


def test_what_is_longer_than_ssm_keeps_is_cut_and_known_to_be(sandbox: "Sandbox", clients: Clients, instance: str) -> None:
    ended = ran(clients, instance, "head -c 30000 /dev/zero | tr '\\0' x; head -c 9000 /dev/zero | tr '\\0' y >&2")
    assert (len(ended.output), len(ended.error), ended.cut) == (24_000, 8_000, True)
    told = sandbox.client("ssm").list_command_invocations(CommandId=ended.command_id)["CommandInvocations"]
    assert [(each["InstanceId"], each["Status"]) for each in told] == [(instance, "Success")]
    assert not ran(clients, instance, "head -c 23000 /dev/zero | tr '\\0' x").cut


def test_a_script_that_takes_too_long_is_ended_with_all_it_started(clients: Clients, instance: str) -> None:
    seconds = own_seconds()
    with pytest.raises(Failure, match=r"timed out: command .* was ended after 1 s") as caught:
        ran(clients, instance, f"sleep {seconds} & sleep {seconds}", within=1)
    assert caught.value.code == Exit.REMOTE
    until(lambda: not asleep(seconds))


@pytest.mark.parametrize("kind", ["drop-after", "throttle", "drop-before-look"])
def test_a_command_runs_once_whatever_is_lost(sandbox: "Sandbox", clients: Clients, instance: str, kind: str) -> None:
    if kind == "drop-before-look":
        sandbox.fault("GetCommandInvocation", 1, "drop-before")
    else:
        sandbox.fault("SendCommand", 1, kind)
    assert ran(clients, instance, 'echo once >> "$HOME/log"; cat "$HOME/log"').output == "once\n"


def test_a_signal_cancels_the_command_and_says_so(clients: Clients, instance: str) -> None:
    clock, seconds = SystemClock(), own_seconds()

    def cancel() -> None:
        until(lambda: asleep(seconds))
        os.kill(os.getpid(), signal.SIGINT)

    other = threading.Thread(target=cancel)
    with clock.listening():
        other.start()
        with pytest.raises(CommandCancelled) as caught:
            run(clients, clock, instance, plain(f"sleep {seconds}"), within=WITHIN, comment="a test")
    other.join()
    assert f"on {instance} was asked to end" in caught.value.left
    until(lambda: not asleep(seconds))


def until(true: Any) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_command_that_somebody_else_cancels_is_not_taken_for_a_success(sandbox: "Sandbox", clients: Clients, instance: str) -> None:
    ssm: Any = sandbox.client("ssm")
    seconds = own_seconds()

    def cancels() -> None:
        until(lambda: asleep(seconds))
        for each in ssm.list_commands()["Commands"]:
            ssm.cancel_command(CommandId=each["CommandId"])

    threading.Thread(target=cancels).start()
    with pytest.raises(Failure, match="was cancelled by somebody else"):
        ran(clients, instance, f"sleep {seconds}")
    until(lambda: not asleep(seconds))


def test_an_instance_that_ssm_does_not_know_is_told_with_the_remedy(sandbox: "Sandbox", clients: Clients, instance: str) -> None:
    ssm: Any = sandbox.client("ssm")
    assert [each["InstanceId"] for each in ssm.describe_instance_information()["InstanceInformationList"]] == [instance]
    image = sandbox.client("ec2").describe_images(Owners=["self"])["Images"][0]["ImageId"]
    unmanaged = launch(sandbox, image)
    sandbox.client("ec2").stop_instances(InstanceIds=[instance])
    for each in (unmanaged, instance):
        with pytest.raises(Failure, match=rf"SSM does not know {each}, or it is not running(.|\n)*AmazonSSMManagedInstanceCore"):
            ran(clients, each, "true")
        with pytest.raises(ClientError, match="TargetNotConnected"):
            ssm.start_session(Target=each, DocumentName="AWS-StartPortForwardingSession", Parameters={"portNumber": ["7687"]})
    assert ssm.describe_instance_information()["InstanceInformationList"] == []


def test_an_instance_that_has_just_started_is_waited_for(sandbox: "Sandbox", clients: Clients, instance: str) -> None:
    ec2: Any = sandbox.client("ec2")
    ec2.stop_instances(InstanceIds=[instance])
    threading.Timer(1, lambda: ec2.start_instances(InstanceIds=[instance])).start()
    ended = run(clients, SystemClock(), instance, plain("echo here"), within=WITHIN, comment="a test", online_within=60)
    assert ended.output == "here\n"


def test_a_script_with_a_secret_is_never_sent(sandbox: "Sandbox") -> None:
    redactor = Redactor()
    redactor.learn("canary-password")
    for text in ("cypher-shell -p canary-password", "echo Y2FuYXJ5LXBhc3N3b3Jk", "cypher-shell -p ***"):
        with pytest.raises(Failure, match="contains a secret, and SSM keeps its text for thirty days") as caught:
            Script(text, redactor.redact)
        assert "canary" not in str(caught.value)
    assert not sandbox.client("ssm").list_commands()["Commands"]


def test_commands_end_with_the_sandbox() -> None:
    from credex_actions.sandbox import Sandbox

    seconds = own_seconds()
    with Sandbox(pace=0.05) as own:
        image = own.client("ec2").register_image(Name="plain", RootDeviceName="/dev/xvda")["ImageId"]
        instance = launch(own, image, IamInstanceProfile=profile(own))
        own.client("ssm").send_command(
            InstanceIds=[instance], DocumentName="AWS-RunShellScript", Parameters={"commands": [f"sleep {seconds}"]}
        )
        until(lambda: asleep(seconds))
    until(lambda: not asleep(seconds))


KILLED = """
import os, signal, sys
from credex_actions.sandbox import Sandbox
from tests.integration.on_instances import launch, profile
from tests.integration.processes import asleep
from tests.integration.test_sandbox_commands import until
with Sandbox(pace=0.05) as own:
    image = own.client("ec2").register_image(Name="plain", RootDeviceName="/dev/xvda")["ImageId"]
    instance = launch(own, image, IamInstanceProfile=profile(own))
    commands = {"commands": [f"sleep {sys.argv[1]}"]}
    own.client("ssm").send_command(InstanceIds=[instance], DocumentName="AWS-RunShellScript", Parameters=commands)
    until(lambda: asleep(sys.argv[1]))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_commands_end_with_a_sandbox_that_is_killed() -> None:
    seconds = own_seconds()
    assert subprocess.run([sys.executable, "-c", KILLED, seconds], check=False, timeout=60).returncode == -signal.SIGKILL
    until(lambda: not asleep(seconds))


WRONG = {
    "another document": ({"DocumentName": "AWS-RunPowerShellScript"}, "InvalidDocument"),
    "no commands": ({"Parameters": {}}, "InvalidParameters"),
    "a timeout that is none": ({"Parameters": {"commands": ["true"], "executionTimeout": ["long"]}}, "InvalidParameters"),
    "an instance that is none": ({"InstanceIds": ["i-0123456789abcdef0"]}, "InvalidInstanceId"),
}


@pytest.mark.parametrize(("change", "code"), WRONG.values(), ids=WRONG)
def test_what_ssm_refuses_is_refused(sandbox: "Sandbox", instance: str, change: dict[str, Any], code: str) -> None:
    request = {"InstanceIds": [instance], "DocumentName": "AWS-RunShellScript", "Parameters": {"commands": ["true"]}} | change
    with pytest.raises(ClientError, match=code):
        sandbox.client("ssm").send_command(**request)


def test_programs_act_by_the_role_of_the_instance(sandbox: "Sandbox", clients: Clients, instance: str) -> None:
    ssm, s3 = sandbox.client("ssm"), sandbox.client("s3")
    ssm.put_parameter(Name="/a/b", Value="the value", Type="SecureString")
    s3.create_bucket(Bucket="dumps", CreateBucketConfiguration={"LocationConstraint": sandbox.region})
    lines = (
        "set -eu",
        "aws ssm get-parameter --name /a/b --with-decryption --query Parameter.Value --output text",
        'echo content > "$TMPDIR/file"',
        'aws s3 cp --only-show-errors --checksum-algorithm SHA256 --sse aws:kms --sse-kms-key-id alias/backups "$TMPDIR/file" s3://dumps/a/',
        'cd "$HOME"; aws s3 cp s3://dumps/a/file back; cat back',
        "chown neo4j back; runuser -u neo4j -- sh -c 'echo as another'",
    )
    ended = succeeded(ran(clients, instance, "\n".join(lines)), "all of it")
    assert ended.output.splitlines()[0] == "the value"
    assert ended.output.splitlines()[-2:] == ["content", "as another"]
    head = s3.head_object(Bucket="dumps", Key="a/file", ChecksumMode="ENABLED")
    assert (head["ServerSideEncryption"], bool(head["ChecksumSHA256"])) == ("aws:kms", True)
    sandbox.deny("neo4j-instance", "ssm:GetParameter")
    refused = ran(clients, instance, "aws ssm get-parameter --name /a/b --with-decryption --query Parameter.Value --output text")
    assert refused.code == 254
    assert "AccessDeniedException" in refused.error
    assert "arn:aws:sts" in refused.error
    for text, code in (
        ("aws s3 cp nothing s3://dumps/x", 1),
        ("aws s3", 252),
        ("aws ssm get-parameter --no-such x", 252),
        ("systemctl start nginx", 5),
    ):
        assert ran(clients, instance, text).code == code, text
