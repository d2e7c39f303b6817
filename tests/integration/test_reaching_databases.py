"""The ways to a database on an instance: what each returns, and what each says when it fails."""

from collections.abc import Iterator

import pytest
from neo4j import GraphDatabase

from credex_actions.core.faults import Exit, Failure
from credex_actions.core.secret import Secret
from credex_actions.databases.connection import reached
from credex_actions.databases.finding import Found, find
from credex_actions.databases.login import InSecret, Login, logins
from tests.integration.databases import PASSWORD, PASSWORD_PARAMETER, SECRET, USER_PARAMETER, Place, database, place

pytestmark = pytest.mark.slow
PARAMETERS = {"user-parameter": USER_PARAMETER, "password-parameter": PASSWORD_PARAMETER}


@pytest.fixture(scope="module")
def there() -> Iterator[Place]:
    with place() as made:
        yield made


@pytest.fixture(scope="module")
def found(there: Place) -> Found:
    return find(there.around.clients, "search-space", database())


def wrong(password: str) -> Login:
    return Login("neo4j", Secret(password), InSecret("none"))


def test_what_is_found_is_the_instance_and_its_data_volume(there: Place, found: Found) -> None:
    assert (found.instance_id, found.volume_id, found.volume_device) == (there.instance, there.volume, "/dev/sdf")
    assert (found.volume_size, found.encrypted, found.state) == (8, True, "running")
    assert found.profile_arn.endswith("/neo4j-instance")


def test_a_database_is_waited_for_and_asked_by_bolt(there: Place, found: Found) -> None:
    around = there.around
    given = logins(around.clients, database(), mask=around.runner.mask)
    with reached(found, database(), given, around) as queries:
        assert list(queries.rows("RETURN $n AS n, 'a' AS text", {"n": 1}, database="neo4j", timeout=10)) == [{"n": 1, "text": "a"}]
        assert queries.last_bookmark("neo4j").startswith("FB:")


def failure(there: Place, found: Found, *given: Login, **changes: object) -> Failure:
    with pytest.raises(Failure) as caught, reached(found, database(**changes), given, there.around):
        pass
    assert PASSWORD not in str(caught.value)
    return caught.value


def test_a_wrong_password_is_tried_once_and_the_next_one_opens(there: Place, found: Found) -> None:
    right = logins(there.around.clients, database(login=PARAMETERS), mask=there.around.runner.mask)
    with reached(found, database(), (wrong("not-this-one"), *right), there.around) as queries:
        assert list(queries.rows("RETURN 1 AS n", database="neo4j", timeout=10)) == [{"n": 1}]
    told = failure(there, found, wrong("nor-this-one"))
    assert told.code == Exit.BAD_INPUT
    assert "does not accept user and password" in str(told)


def test_a_database_that_is_not_there_is_told_from_one_that_does_not_answer(there: Place, found: Found) -> None:
    given = logins(there.around.clients, database(), mask=there.around.runner.mask)
    missing = failure(there, found, *given, database="ledger")
    assert "there is no database ledger" in str(missing)
    assert "the DBMS has neo4j" in str(missing)
    closed = failure(there, found, *given, connect={"port": 7688, "patience": "1s"})
    assert closed.code == Exit.REMOTE
    assert f"bolt://{found.address}:7688: the database does not respond within 1 s: [Errno 111] Connection refused" in str(closed)
    assert f"security groups ({found.security_groups[0]})" in str(closed)


def test_what_does_not_encrypt_is_not_taken_for_what_does(there: Place, found: Found) -> None:
    told = failure(there, found, wrong(PASSWORD), url=f"bolt+s://{found.address}:7687")
    assert "no encrypted connection" in str(told)


def test_a_url_that_a_parameter_holds_is_used_and_not_for_a_copy(there: Place, found: Found) -> None:
    given = logins(there.around.clients, database(), mask=there.around.runner.mask)
    ssm = there.sandbox.client("ssm")
    ssm.put_parameter(Name="/url", Value=f"bolt://{found.address}:7689", Type="String")
    told = failure(there, found, *given, **{"url-parameter": "/url", "connect": {"patience": "1s"}})
    assert f"bolt://{found.address}:7689: the database does not respond" in str(told)
    with reached(found, database(**{"url-parameter": "/url"}), given, there.around, copy=True) as queries:
        assert list(queries.rows("RETURN 1 AS n", database="neo4j", timeout=10)) == [{"n": 1}]
    ssm.put_parameter(Name="/url", Value=f"neo4j:{PASSWORD}", Type="String", Overwrite=True)
    assert "does not hold a Bolt URL" in str(failure(there, found, *given, **{"url-parameter": "/url"}))


def test_after_too_many_failures_the_lock_is_called_by_its_name(there: Place, found: Found) -> None:
    with GraphDatabase.driver(f"bolt://{found.address}:7687", auth=("neo4j", PASSWORD)) as driver:
        driver.execute_query("CREATE USER guest IF NOT EXISTS SET PASSWORD 'guest-password'", database_="system")
    guests = [Login("guest", Secret(f"wrong-{number}"), InSecret("none")) for number in range(5)]
    told = failure(there, found, *guests)
    assert "AuthenticationRateLimit" in str(told)


VIA = ["ssm-tunnel", "instance"]


@pytest.mark.parametrize("via", VIA)
@pytest.mark.parametrize("login", [{"secret": SECRET}, PARAMETERS], ids=["secret", "parameters"])
def test_a_database_is_asked_through_ssm(there: Place, found: Found, via: str, login: dict[str, str]) -> None:
    around, asked = there.around, database(connect={"via": via, "patience": "90s"}, login=login)
    given = logins(around.clients, asked, mask=around.runner.mask)
    text = "UNWIND [1, 2] AS n RETURN n, 'say \"hello\"\nor so' AS text, 1.5 AS f, [true, null] AS list, {a: 'b'} AS map"
    with reached(found, asked, given, around) as queries:
        rows = list(queries.rows(text, database="neo4j", timeout=10))
    assert rows == [{"n": n, "text": 'say "hello"\nor so', "f": 1.5, "list": [True, None], "map": {"a": "b"}} for n in (1, 2)]
