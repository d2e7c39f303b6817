"""A group whose members are used by one service, with drain: service. The databases are empty ones: what becomes of data is test_roll_group.py's."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from credex_actions.sandbox import Provisioned, Sandbox
from credex_actions.sandbox.neo4j.empty_database import EmptyDatabase
from tests.integration.called import told, under_way
from tests.integration.rolling import Rolling
from tests.integration.rollouts import service

pytestmark = pytest.mark.slow
UNREHEARSED = ("--skip-rehearsal", "the rehearsal has tests of its own")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[Rolling, Provisioned]]:
    with Sandbox(pace=0.05, servers=EmptyDatabase) as sandbox:
        where = sandbox.provision()
        made = Rolling(sandbox, tmp_path)
        made.launch_group("5.26.0", "search", "a", "b", "c")
        made.configure(batch="2", drain="service", service=f"{{cluster: {where.cluster}, name: {where.service}}}")
        made.back_up()
        yield made, where
        assert sandbox.misfits == []


def test_a_batch_scales_the_service_to_zero_once_and_back_also_after_a_signal(three: tuple[Rolling, Provisioned]) -> None:
    made, where = three
    words = ("--image", made.image("5.26.16"), *UNREHEARSED)
    desired = service(made.sandbox, where)["desiredCount"]
    made.sandbox.slow(replace_root=4)
    made.sandbox.reset_calls()
    with under_way(made.begin("apply", *words)) as process:
        made.sandbox.until(lambda: _called(made, "CreateReplaceRootVolumeTask") == 3, "the replacement of all root volumes", 120)
        assert service(made.sandbox, where)["desiredCount"] == 0
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 143
    assert service(made.sandbox, where)["desiredCount"] == desired
    assert _called(made, "UpdateService") == 4  # to 0 and back, for the first one and for the others
    made.sandbox.client("s3").create_bucket(Bucket="somebody-s", CreateBucketConfiguration={"LocationConstraint": made.sandbox.region})
    made.sandbox.client("s3").put_object(Bucket="somebody-s", Key="neo4j/production/notes.txt", Body=b"no backup")
    with (made.folder / "neo4j.yml").open("a") as file:
        file.write("backup: {bucket: somebody-s}\n")
    again = made.run("apply", *words)
    told(again, 0, "search/b: rolled: ", "search/c: rolled: ", "search/a: current")
    assert _called(made, "UpdateService") == 4
    assert service(made.sandbox, where)["desiredCount"] == desired


def _called(made: Rolling, operation: str) -> int:
    return sum(call.operation == operation for call in made.sandbox.calls())
