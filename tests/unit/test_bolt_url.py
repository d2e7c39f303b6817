"""A Bolt URL follows the address of its instance, and nothing else of it changes."""

import pytest

from credex_actions.core.loop import Done, Refuse
from credex_actions.databases.url import moved
from credex_actions.rollout.around.address import Held, Seen, Want, WriteUrl, after, decide

OLD, NEW = "10.0.1.5", "10.0.1.77"
URL, NEW_URL = f"bolt://{OLD}:7687", f"bolt://{NEW}:7687"


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        (URL, NEW_URL),
        (f"bolt+s://{OLD}:7700", f"bolt+s://{NEW}:7700"),
        (f"neo4j://{OLD}", f"neo4j://{NEW}"),
        ("bolt://ledger.internal:7687", "bolt://ledger.internal:7687"),
        ("bolt://10.0.1.55:7687", "bolt://10.0.1.55:7687"),
    ],
)
def test_only_the_instances_own_address_is_replaced(url: str, becomes: str) -> None:
    assert moved(url, OLD, NEW) == becomes


def test_addresses_of_ipv6_stand_in_brackets() -> None:
    assert moved("bolt://[fd00::5]:7687", "fd00::5", "fd00::77") == "bolt://[fd00::77]:7687"
    assert moved("bolt://[fd00::5]:7687", "[fd00::5]", OLD) == URL


WANT = Want(parameter="/db/url", former=Held(URL, 4), url=NEW_URL)


def test_what_was_read_is_replaced_and_nothing_else() -> None:
    assert decide(WANT, Seen(now=Held(URL, 4))) == WriteUrl("/db/url", NEW_URL)
    for theirs in (Held("bolt://10.9.9.9:7687", 5), Held(URL, 6), Held("", 5)):
        refused = decide(WANT, Seen(now=theirs))
        assert isinstance(refused, Refuse)
        assert "was changed meanwhile" in refused.faults[0].what
        assert "It was left as it is." in refused.faults[0].hint


def test_it_is_set_once_and_a_lost_response_is_seen() -> None:
    seen = after(Seen(now=WANT.former), WriteUrl("/db/url", NEW_URL))
    assert decide(WANT, seen) == Done("set", f"/db/url holds {NEW_URL} (version 5)")
    assert decide(WANT, Seen(now=Held(NEW_URL, 5))) == Done("set", f"/db/url holds {NEW_URL} (version 5)")


def test_a_write_in_between_is_told() -> None:
    refused = decide(WANT, Seen(now=Held(NEW_URL, 6), written=6))
    assert isinstance(refused, Refuse)
    assert "version 5 is theirs, 6 is ours" in refused.faults[0].what
