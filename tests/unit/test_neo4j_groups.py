"""Groups of neo4j.yml: one entry for several instances, each with a database of its own, whose name stays the same."""

import msgspec
import pytest

from credex_actions.neo4j.configuration.groups import NameFault, asked_for, entry_of, members, stands_for, unknown
from credex_actions.neo4j.configuration.model import Configuration, Database, OwnVolume

LOGIN = {"user-parameter": "/db/{instance}/user", "password-parameter": "/db/{instance}/password"}
GROUP = msgspec.convert(
    {
        "instances": {"tags": {"Role": "Search"}, "count": 3},
        "login": LOGIN,
        "url": "bolt://{instance}.internal:7687",
        "data": {"volume": {"tags": {"Role": "Search", "Of": "{instance}"}}},
        "checks": [{"query": "MATCH (n {on: '{instance}'}) RETURN count(n) > 0"}],
    },
    Database,
)
ALONE = msgspec.convert({"instances": {"tags": {"Role": "Ledger"}}, "login": LOGIN, "data": "root", "order": 5}, Database)
BOTH = Configuration(databases={"search": GROUP, "ledger": ALONE})


def test_members_are_named_by_their_tag_and_filled_in_with_it() -> None:
    found = members("search", GROUP, {"i-2": "search-a", "i-1": "search-b", "i-3": ""})
    assert [(name, each.instance) for name, each in found.items()] == [
        ("search/i-3", "i-3"),
        ("search/search-a", "i-2"),
        ("search/search-b", "i-1"),
    ]
    one = found["search/search-b"]
    assert (one.url, one.login.password_parameter) == ("bolt://search-b.internal:7687", "/db/search-b/password")
    assert isinstance(one.data, OwnVolume)
    assert one.data.volume.tags["Of"] == "search-b"
    assert "on: 'search-b'" in one.checks[0].query
    assert one.instances == GROUP.instances


WRONG = {
    "two of one name": ({"i-1": "a", "i-2": "a"}, "i-1 and i-2 both have the tag Name=a"),
    "the id of another one for a name": ({"i-1": "", "i-2": "i-1"}, "i-1 and i-2 both have"),
    "a blank": ({"i-1": "search a"}, "the tag Name of i-1 cannot be a part of a name"),
    "a slash": ({"i-1": "search/a"}, "cannot be a part of a name"),
    "a workflow command": ({"i-1": "::error::x"}, "cannot be a part of a name"),
    "a long one": ({"i-1": "x" * 64}, "cannot be a part of a name"),
}


@pytest.mark.parametrize(("tagged", "what"), WRONG.values(), ids=WRONG)
def test_instances_that_cannot_be_told_apart_by_name_are_refused(tagged: dict[str, str], what: str) -> None:
    with pytest.raises(NameFault, match=what) as caught:
        members("search", GROUP, tagged)
    assert caught.value.hint


def test_what_is_asked_for_may_be_a_database_a_group_or_a_member() -> None:
    assert list(asked_for(["search", "ledger"], BOTH)) == ["ledger", "search"]
    assert asked_for(["search/a", "search/a"], BOTH) == {"search/a": GROUP}
    assert list(unknown(["search", "search/a", "ledger"], BOTH)) == []
    told = {fault.what: fault.hint for fault in unknown(["serch", "ledger/a", "serch"], BOTH)}
    assert told == {
        "serch is not a database of the configuration": "Did you mean search?",
        "ledger/a is not a database of the configuration: ledger is no group, it has no instances.count": "Write ledger.",
    }


def test_a_group_stands_for_each_of_its_members() -> None:
    assert (entry_of("search/a"), entry_of("ledger")) == ("search", "ledger")
    assert stands_for("search", "search/a")
    assert stands_for("search/a", "search/a")
    assert not stands_for("search/a", "search/b")
    assert not stands_for("search/a", "search")
