"""The parameter with a Bolt URL, as Parameter Store has it: compared, set, set back, and left alone where somebody else has written."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.core.faults import Failure
from credex_actions.core.loop import Run
from credex_actions.rollout.around.addressing import Address, read
from credex_actions.rollout.rolling.following import follow
from credex_actions.rollout.rolling.outcome import Rolled

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox

NAME = "/credex/test/bolt_url"
OLD, NEW = "10.0.1.5", "10.0.1.77"
CLOCK = SystemClock()


class Store:
    def __init__(self, sandbox: "Sandbox") -> None:
        self.sandbox = sandbox
        self.ssm: Any = sandbox.client("ssm")
        self.put(f"bolt://{OLD}:7687", Type="SecureString", KeyId="alias/credex", Description="of the ledger")

    def put(self, url: str, **settings: str) -> None:
        self.ssm.put_parameter(Name=NAME, Value=url, Overwrite="Type" not in settings, **settings)

    @property
    def history(self) -> list[str]:
        return [each["Value"] for each in self.ssm.get_parameter_history(Name=NAME, WithDecryption=True)["Parameters"]]

    def address(self) -> Address:
        clients = Clients()
        return Address(clients, CLOCK, NAME, read(clients, CLOCK, NAME), OLD)


@pytest.fixture
def store(sandbox: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> Store:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    return Store(sandbox)


def test_it_follows_the_address_and_goes_back_and_the_history_has_all(store: Store) -> None:
    address = store.address()
    store.sandbox.fault("PutParameter", 1, "throttle")
    assert address.follow(NEW, Run(CLOCK)).outcome == "set"
    (known,) = store.ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [NAME]}])["Parameters"]
    assert (known["Type"], known["KeyId"], known["Description"]) == ("SecureString", "alias/credex", "of the ledger")
    assert address.back(Run(CLOCK)).outcome == "set"
    assert store.history == [f"bolt://{each}:7687" for each in (OLD, NEW, OLD)]
    assert address.back(Run(CLOCK)).outcome == "unchanged"


def test_the_same_address_writes_nothing(store: Store) -> None:
    assert store.address().follow(OLD, Run(CLOCK)).outcome == "unchanged"
    assert len(store.history) == 1


def test_a_run_that_continues_knows_since_when_the_url_is_there_so_that_older_tasks_are_started_again(store: Store) -> None:
    """The run before it has set the URL, and was killed before it deployed the service again."""
    store.address().follow(NEW, Run(CLOCK))
    later = store.address()
    later.at = NEW
    instance = SimpleNamespace(context=SimpleNamespace(clock=CLOCK), look=lambda: SimpleNamespace(address=NEW))
    member: Any = SimpleNamespace(instance=instance)
    begin = lambda: Run(CLOCK)  # noqa: E731 - as a roll-out has it
    since = follow(Rolled("ledger"), member, later, begin, continued=True)
    assert since
    assert abs(since - datetime.now(UTC)) < timedelta(minutes=1)
    assert follow(Rolled("ledger"), member, later, begin, continued=False) is None
    assert len(store.history) == 2


def test_a_task_that_was_started_while_the_url_was_written_is_one_of_before(store: Store) -> None:
    store.sandbox.fault("PutParameter", 1, "slow", 1)
    instance = SimpleNamespace(context=SimpleNamespace(clock=CLOCK), look=lambda: SimpleNamespace(address=NEW))
    member: Any = SimpleNamespace(instance=instance)
    since = follow(Rolled("ledger"), member, store.address(), lambda: Run(CLOCK), continued=False)
    assert since
    assert since >= store.ssm.get_parameter(Name=NAME)["Parameter"]["LastModifiedDate"]


def test_what_somebody_else_has_written_is_left_as_it_is(store: Store) -> None:
    address = store.address()
    store.put("bolt://10.9.9.9:7687")
    with pytest.raises(Failure, match="was changed meanwhile"):
        address.follow(NEW, Run(CLOCK))
    later = store.address()
    later.at = "10.9.9.9"
    later.follow(NEW, Run(CLOCK))
    store.put("bolt://10.8.8.8:7687")
    with pytest.raises(
        Failure, match=r"holds bolt://10.8.8.8:7687 \(version 4\), not bolt://10.8.8.8:7687 \(version 3\)|was changed meanwhile"
    ):
        later.back(Run(CLOCK))
    assert store.history[-1] == "bolt://10.8.8.8:7687"


def test_a_lost_response_is_looked_for(store: Store) -> None:
    store.sandbox.fault("PutParameter", 1, "drop-after")
    address = store.address()
    assert address.follow(NEW, Run(CLOCK)).outcome == "set"
    assert address.back(Run(CLOCK)).outcome == "set"
    assert store.history == [f"bolt://{each}:7687" for each in (OLD, NEW, OLD)]


def test_a_password_in_the_wrong_place_is_not_shown(store: Store) -> None:
    address = store.address()
    store.put("bolt://neo4j:canary-password@10.0.1.5:7687")
    with pytest.raises(Failure) as refused:
        address.follow(NEW, Run(CLOCK))
    assert "canary-password" not in str(refused.value)
