"""A roll-out by the published policy alone, with its conditions: rehearsed and planned with what stands before `Lock`, applied, and taken back with the data."""

from collections.abc import Iterator
from typing import Final

import pytest

from credex_actions.sandbox import Sandbox
from tests.integration.called import ended, told
from tests.integration.guarding import PUBLISHED, Guard, before_the_approval, published
from tests.integration.rolling import Rolling

pytestmark = pytest.mark.slow
LATER: Final = "2025.10.1"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    with Sandbox(pace=0.05) as sandbox:
        made = Rolling(sandbox, tmp_path_factory.mktemp("policy"))
        made.launch("5.26.0", "ledger")
        made.write("ledger", 30)
        made.back_up()
        made.configure(start_within="180s")
        yield made
        assert sandbox.misfits == []


def test_a_plan_is_rehearsed_applied_and_taken_back(one: Rolling) -> None:
    image = one.image(LATER)
    with Guard(one.sandbox, before_the_approval(Role="ledger")).serving() as guard:
        told(
            ended(one.begin("plan", "--image", image, AWS_ENDPOINT_URL=guard.url), one.folder, 240),
            0,
            "ledger: disk: open: it is not measured, since this role may run no command on the instance",
        )
        told(ended(one.begin("sweep", AWS_ENDPOINT_URL=guard.url), one.folder, 240), 0)
        (denied,) = guard.denied
        assert denied.startswith("ssm:SendCommand on ")
        assert one.places["ledger"].instance in denied
        assert guard.passed >= {"ec2:RunInstances", "ec2:CreateTags", "ec2:TerminateInstances", "ssm:SendCommand"}
    with Guard(one.sandbox, published((PUBLISHED / "neo4j-ami-rollout.json").read_text(), Role="ledger")).serving() as guard:
        told(ended(one.begin("apply", "--image", image, AWS_ENDPOINT_URL=guard.url), one.folder, 240), 0, "ledger: rolled")
        one.write("ledger", 4)
        back = one.begin("rollback", "--accept-lost-writes", "ledger", AWS_ENDPOINT_URL=guard.url)
        told(ended(back, one.folder, 240), 0, "ledger: rolled-back")
        assert guard.denied == []
        assert guard.passed >= {
            "ec2:CreateReplaceRootVolumeTask",
            "ec2:CreateVolume",
            "ec2:DetachVolume",
            "ec2:DeleteTags",
            "ec2:AttachVolume",
        }
    assert one.accounts("ledger") == 30


def test_what_stands_before_the_approval_rolls_nothing_out(one: Rolling) -> None:
    root = one.root("ledger")
    with Guard(one.sandbox, before_the_approval(Role="ledger")).serving() as guard:
        got = ended(one.begin("apply", "--image", one.image(LATER), AWS_ENDPOINT_URL=guard.url), one.folder, 240)
        assert got.code != 0
        assert guard.denied
    assert one.root("ledger") == root
