"""The sandbox as a process: it comes up, answers other processes, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import FlexibleChecksumError

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "credex_actions", "sandbox"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without AWS settings, and with a temporary folder of its own: that is where a running sandbox leaves its note."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"TMPDIR": str(tmp_path)}


def sandbox(environment: dict[str, str], *arguments: str, code: int = 0) -> str:
    """What the command prints on stdout; it ends with this exit code, and without a traceback."""
    ended = subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in ended.stderr
    assert ended.returncode == code, ended.stderr
    return ended.stdout if code == 0 else ended.stderr


def exported(text: str) -> dict[str, str]:
    return dict(re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE))


def port(found: dict[str, str]) -> str:
    return found["AWS_ENDPOINT_URL"].rpartition(":")[2]


def answers(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def gone(url: str, folder: str) -> bool:
    """Nothing listens any more and no file is left."""
    end = time.monotonic() + 15
    while (answers(url) or os.listdir(folder)) and time.monotonic() < end:
        time.sleep(0.05)
    return not answers(url) and not os.listdir(folder)


@pytest.fixture
def detached(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    found = exported(sandbox(environment, "up", "--detach", "--pace", "0.05"))
    try:
        yield environment
        assert sandbox(environment, "down", "--port", port(found)) == ""
        assert gone(found["AWS_ENDPOINT_URL"], environment["TMPDIR"])
    finally:
        subprocess.run([*COMMAND, "down", "--port", port(found)], env=environment, capture_output=True, timeout=60, check=False)


def test_down_stops_what_its_own_shell_started(environment: dict[str, str]) -> None:
    """Another shell's sandbox, which the user's note names, is refused unless it is named by its port."""
    first, second = (exported(sandbox(environment, "up", "--detach")) for _ in range(2))
    try:
        says = sandbox(environment, "down", code=2)
        assert f"{second['AWS_ENDPOINT_URL']} was not started by this shell" in says
        assert f"down --port {port(second)}" in says
        assert answers(second["AWS_ENDPOINT_URL"])
        ended = subprocess.run([*COMMAND, "down"], env=environment | first, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0
        assert ended.stderr == f"Stopped the sandbox at {first['AWS_ENDPOINT_URL']}.\n"
        assert set(ended.stdout.split()) >= {"unset", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"}
        assert answers(second["AWS_ENDPOINT_URL"])
    finally:
        for each in (first, second):
            subprocess.run([*COMMAND, "down", "--port", port(each)], env=environment, capture_output=True, timeout=60, check=False)
    assert gone(second["AWS_ENDPOINT_URL"], environment["TMPDIR"])


def test_a_detached_sandbox_does_what_other_processes_ask(detached: dict[str, str]) -> None:
    made = json.loads(sandbox(detached, "provision", "--environment", "production", "--desired-count", "1"))
    assert made["service"] == "credex-core-service-production"
    assert exported(sandbox(detached, "env"))["AWS_REGION"] == "af-south-1"
    assert sandbox(detached, "push-image", made["repository"], "crash").strip().endswith(":crash")
    sandbox(detached, "fault", "ListClusters", "throttle", "--nth", "2")
    sandbox(detached, "latency", "0.001")
    calls: list[dict[str, Any]] = json.loads(sandbox(detached, "calls", "--json", "--reset"))
    assert "CreateService" in [call["operation"] for call in calls]
    assert sandbox(detached, "calls") == ""
    assert "Server is listening on port 5000" in sandbox(detached, "logs", made["log_group"])
    assert "repository" in sandbox(detached, "push-image", "nowhere", "x", code=2)


def test_a_detached_sandbox_lists_its_instances_and_harms_them(detached: dict[str, str]) -> None:
    image = sandbox(detached, "image", "5.26.16").strip()
    assert sandbox(detached, "instances").split() == ["ID", "NAME", "STATE", "ZONE", "ADDRESS", "VERSION", "DATABASE"]
    environment = exported(sandbox(detached, "env"))
    session: Any = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    place = {"endpoint_url": environment["AWS_ENDPOINT_URL"], "region_name": environment["AWS_REGION"]}
    ec2, s3 = session.client("ec2", **place), session.client("s3", **place)
    plain = ec2.register_image(Name="plain", RootDeviceName="/dev/sda1")["ImageId"]
    made = ec2.run_instances(ImageId=plain, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    (row,) = json.loads(sandbox(detached, "instances", "--json"))
    assert (row["id"], row["state"], row["version"]) == (made, "running", "")
    assert made in sandbox(detached, "volumes")
    sandbox(detached, "fill-disk", made)
    sandbox(detached, "fill-disk", made, "--free")
    sandbox(detached, "kill-instance", made)
    assert "stopped" in sandbox(detached, "instances")
    s3.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": environment["AWS_REGION"]})
    s3.put_object(Bucket="backups", Key="a/dump", Body=b"0123456789")
    sandbox(detached, "corrupt-backup", "s3://backups/a/dump")
    with pytest.raises(FlexibleChecksumError):  # S3 still says what the checksum was
        s3.get_object(Bucket="backups", Key="a/dump")["Body"].read()
    assert image.startswith("ami-")
    assert "no instance i-1" in sandbox(detached, "kill-instance", "i-1", code=2)
    assert "no instance i-1" in sandbox(detached, "fill-disk", "i-1", code=2)
    assert "no snapshot snap-1" in sandbox(detached, "corrupt-backup", "snap-1", code=2)
    assert "no object s3://bucket/key" in sandbox(detached, "corrupt-backup", "s3://bucket/key", code=2)
    assert "nothing of that name takes time" in sandbox(detached, "slow", "snapshots", "1", code=2)


def test_a_detached_sandbox_denies_allows_and_takes_its_time(detached: dict[str, str]) -> None:
    sandbox(detached, "converge", "30")
    sandbox(detached, "deny", "ci", "ssm:PutParameter")
    sandbox(detached, "allow", "ci", "ssm:PutParameter")
    assert "ci is not denied ssm:PutParameter" in sandbox(detached, "allow", "ci", "ssm:PutParameter", code=2)
    assert "SERVICE:OPERATION" in sandbox(detached, "deny", "ci", "PutParameter", code=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_sandbox_in_the_foreground_ends_with_a_signal(environment: dict[str, str], number: signal.Signals) -> None:
    with subprocess.Popen([*COMMAND, "up"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().partition("=")[2].strip()
        assert answers(url)
        process.send_signal(number)
        assert process.wait(15) == 0
    assert gone(url, environment["TMPDIR"])


def test_a_sandbox_in_the_foreground_does_not_outlive_its_parent(environment: dict[str, str]) -> None:
    script = f"{' '.join(COMMAND)} up & wait"
    with subprocess.Popen(["bash", "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().partition("=")[2].strip()
        parent.kill()
        parent.wait(15)
        assert gone(url, environment["TMPDIR"])


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("exit 0", 0), ("kill -9 $$", 137)])
def test_a_sandbox_around_a_command_ends_as_the_command_does(environment: dict[str, str], script: str, code: int) -> None:
    command = [*COMMAND, "up", "--", "bash", "-c", f"echo $AWS_ENDPOINT_URL; {script}"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == code
    assert gone(ended.stdout.strip(), environment["TMPDIR"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["calls"], "no sandbox is running"),
        (["down"], "no sandbox is running"),
        (["nonsense"], "there is no command 'nonsense'"),
        (["upp"], "Did you mean up?"),
        (["fault", "X", "nope"], "invalid choice"),
        (["latency", "-1"], "invalid"),
        (["up", "--detach", "--", "true"], "cannot be combined"),
        (["up", "--", "/no/such/command"], "No such file"),
        ([], "required"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(environment: dict[str, str], arguments: list[str], says: str) -> None:
    assert says in sandbox(environment, *arguments, code=2)


def test_the_commands_of_the_documentation_work(environment: dict[str, str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()
    shell, python = (re.search(rf"```{language}\n(.*?)```", page, re.DOTALL) for language in ("sh", "python"))
    assert shell is not None
    assert python is not None
    path = {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}"}
    for command in (["bash", "-euo", "pipefail", "-c", shell[1]], [sys.executable, "-c", python[1]]):
        subprocess.run(command, env=environment | path, capture_output=True, timeout=60, check=True)
