"""Groups of 10 and of 50 instances moved to another AMI, against the way of one instance alone: a batch takes as long as one, and the batches come one after the other.

The sandbox's EC2, SSM and parameters, each answer with a latency; the databases are stand-ins (credex_actions/sandbox/neo4j/empty_database.py). The command is in a process of its own, whose memory is measured.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.row import Row
from credex_actions.rollout.batches import batches
from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.neo4j.empty_database import EmptyDatabase

GROUPS: Final = (10, 50)
BATCH: Final = 7
LATENCY: Final = 0.1
"""Seconds that every answer of AWS takes."""
SLOW: Final = {"snapshot": 4.0, "replace_root": 4.0}
"""Seconds: about a tenth of EC2's."""
BAKE: Final = 15
"""Seconds; fifteen minutes by default."""
BEFORE, AFTER = "5.26.0", "5.26.16"
PASSWORD: Final = "of-all-of-them"  # noqa: S105 - of a database that nobody else reaches
CONFIGURATION: Final = """\
version: 1
databases:
  search:
    instances: {{tags: {{Role: search}}, count: {count}}}
    login: {{user-parameter: /db/user, password-parameter: /db/password}}
    data: {{volume: {{tags: {{Role: search, Data: "true"}}}}, device: /dev/sdf}}
rollout: {{batch: {batch}, bake: {bake}s}}
"""


class Measured(NamedTuple):
    """`moving`: seconds from the first step of the first database to the last step of the last one."""

    seconds: float
    moving: float
    calls: int
    mebibytes: float


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        alone = _rolled(1, Path(folder))
        seen = {count: _rolled(count, Path(folder)) for count in GROUPS}
    for count, each in seen.items():
        ways = len(batches([f"search/{number}" for number in range(count)], BATCH))
        critical = alone.seconds + (ways - 1) * alone.moving
        what = f"roll-out of {count} instances in {ways} batches, {LATENCY:g} s an answer"
        yield Row(what, f"{each.seconds:.1f} s", f"{critical:.1f} s", each.seconds / critical, 1.15)
    few, many = (seen[count] for count in GROUPS)
    a_few, a_many = (seen[count].calls / count for count in GROUPS)
    yield Row(f"roll-out, AWS calls an instance, of {GROUPS[1]} against {GROUPS[0]}", f"{a_many:.0f}", f"{a_few:.0f}", a_many / a_few, 1.15)
    yield Row(
        f"roll-out, peak memory, of {GROUPS[1]} instances against {GROUPS[0]}",
        f"{many.mebibytes:.0f} MiB",
        f"{few.mebibytes:.0f} MiB",
        many.mebibytes / few.mebibytes,
        1.25,
    )


def _rolled(count: int, folder: Path) -> Measured:
    (folder / "neo4j.yml").write_text(CONFIGURATION.format(count=count, batch=BATCH, bake=BAKE))
    with Sandbox(pace=0.05, servers=EmptyDatabase) as sandbox:
        image = _launched(sandbox, count)
        _command(sandbox, folder, "neo4j-backup", "backup")
        _claim_drills(sandbox)
        sandbox.latency(LATENCY)
        sandbox.slow(**SLOW)
        sandbox.reset_calls()
        began = time.monotonic()
        told, peak = _command(sandbox, folder, "neo4j-ami-rollout", "apply", "--image", image, "--skip-rehearsal", "a benchmark")
        seconds = time.monotonic() - began
        calls = len(sandbox.calls())
    steps = [step for each in json.loads(Path(told["timeline"]).read_text())["databases"] for step in each["steps"]]
    first, last = min(step["began"] for step in steps), max(step["ended"] for step in steps)
    return Measured(seconds, (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds(), calls, peak)


def _launched(sandbox: Sandbox, count: int) -> str:
    """Instances with a data volume each; the id of the AMI that they are to be moved to."""
    ssm, ec2 = sandbox.client("ssm"), sandbox.client("ec2")
    ssm.put_parameter(Name="/db/user", Value="neo4j", Type="String")
    ssm.put_parameter(Name="/db/password", Value=PASSWORD, Type="SecureString")
    before, after = sandbox.neo4j_image(BEFORE), sandbox.neo4j_image(AFTER)
    by = _profile(sandbox)
    role = {"Key": "Role", "Value": "search"}
    for number in range(count):
        made: Any = ec2.run_instances(
            ImageId=before,
            InstanceType="t3.micro",
            MinCount=1,
            MaxCount=1,
            IamInstanceProfile=by,
            UserData="#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/password\nNEO4J_DATA_DEVICE=/dev/sdf\n",
            BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 20, "DeleteOnTermination": False}}],
            TagSpecifications=[{"ResourceType": "instance", "Tags": [role, {"Key": "Name", "Value": f"search-{number:02}"}]}],
        )["Instances"][0]
        (volume,) = ec2.describe_volumes(
            Filters=[
                {"Name": "attachment.instance-id", "Values": [made["InstanceId"]]},
                {"Name": "attachment.device", "Values": ["/dev/sdf"]},
            ]
        )["Volumes"]
        ec2.create_tags(Resources=[volume["VolumeId"]], Tags=[role, {"Key": "Data", "Value": "true"}])
    return after


def _profile(sandbox: Sandbox) -> dict[str, str]:
    iam = sandbox.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="database", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    made = iam.create_instance_profile(InstanceProfileName="database")["InstanceProfile"]
    iam.add_role_to_instance_profile(InstanceProfileName="database", RoleName="database")
    return {"Arn": made["Arn"]}


def _claim_drills(sandbox: Sandbox) -> None:
    """A drill of each would take longer than all that is measured."""
    ec2 = sandbox.client("ec2")
    found = ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag-key", "Values": ["credex:backup"]}])["Snapshots"]
    drilled = [{"Key": "credex:drill", "Value": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} proven"}]
    ec2.create_tags(Resources=[each["SnapshotId"] for each in found], Tags=drilled)


def _command(sandbox: Sandbox, folder: Path, command: str, mode: str, *words: str) -> tuple[dict[str, Any], float]:
    """Its outputs, and the MiB that it had at most."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_"))} | sandbox.environment
    given = [sys.executable, "-m", "benchmarks.rolling", command, "--mode", mode, "--config", str(folder / "neo4j.yml"), "--json", *words]
    ended = subprocess.run(given, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{command} --mode {mode} ended with {ended.returncode}: {ended.stderr[-3000:]}")
    told, _, peak = ended.stdout.strip().rpartition("\n")
    outputs: dict[str, Any] = json.loads(told)
    return outputs, float(peak)


def main() -> None:
    """The command line of credex-actions, and after it the memory of this process."""
    from benchmarks.maintaining import high_water
    from credex_actions.cli import main as run

    code = run(sys.argv[1:])
    print(high_water())
    sys.exit(code)


if __name__ == "__main__":
    main()
