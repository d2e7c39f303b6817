"""A team's own policies, run by the real Cloud Custodian in an environment of its own."""

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from credex_actions.core.clock import Cancelled
from credex_actions.maintenance.account import examine
from tests.integration.maintaining import Maintaining, not_run

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

pytestmark = pytest.mark.slow

OWN = """
policies:
- name: volumes-without-cost-centre
  resource: aws.ebs
  metadata: {severity: low, title: has no cost centre}
  filters: [{"tag:CostCentre": absent}]
- name: unknown-filter
  resource: aws.ebs
  filters: [{type: no-such-filter}]
- name: users-of-any-kind
  resource: aws.iam-user
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where install.sh keeps the packages, for this module."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture
def maintaining(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch, installed: Path) -> Maintaining:
    monkeypatch.setenv("RUNNER_TEMP", str(installed))
    return Maintaining(sandbox, monkeypatch)


def test_policies_select_in_every_region_and_one_that_is_wrong_stops_no_other(maintaining: Maintaining, tmp_path: Path) -> None:
    sandbox = maintaining.sandbox
    (tmp_path / "own.yml").write_text(OWN)
    volume = sandbox.client("ec2").create_volume(AvailabilityZone=f"{sandbox.region}a", Size=1, Encrypted=True)["VolumeId"]
    sandbox.client("iam").create_user(UserName="ada")
    scopes = [maintaining.scope(), maintaining.scope("eu-west-1")]
    examined = examine(maintaining.context(), scopes, [str(tmp_path / "own.yml")], wanted=lambda check: check == "policy-own")
    told = {(each.key, each.resource.rpartition("/")[2], each.region, each.severity) for each in examined.findings}
    assert told == {("volumes-without-cost-centre", volume, sandbox.region, "low"), ("users-of-any-kind", "ada", "", "medium")}
    assert "unknown-filter in" in not_run(examined)["policy-own"]
    assert "no-such-filter" in not_run(examined)["policy-own"]
    writes = [call.operation for call in sandbox.calls() if call.operation.startswith(("Create", "Delete", "Put", "Modify", "Update"))]
    assert writes == ["CreateVolume", "CreateUser"]


def test_a_signal_ends_it(maintaining: Maintaining, tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(OWN)
    maintaining.sandbox.latency(1)
    context = maintaining.context()
    heard = [0]
    context.clock.heard = lambda: heard[0]
    timer = threading.Timer(1.5, lambda: heard.__setitem__(0, signal.SIGTERM))
    timer.start()
    with pytest.raises(Cancelled):
        examine(context, [maintaining.scope()], [str(tmp_path / "own.yml")], wanted=lambda check: check == "policy-own")
    assert not [each for each in os.listdir("/proc") if each.isdigit() and _is_ours(each)]


def _is_ours(process: str) -> bool:
    """A child of this process: others may run the same."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
        return int(stat.rpartition(")")[2].split()[1]) == os.getpid() and b"program.py" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
