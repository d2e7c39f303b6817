"""neo4j.yml: what is wrong with it is reported all at once, each with its line and a remedy, and no password is repeated."""

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from credex_actions.core.faults import Exit, Failure
from credex_actions.neo4j.configuration.model import NEWEST_AMAZON_LINUX, Configuration, OwnVolume
from credex_actions.neo4j.configuration.reading import read_configuration

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "credex-core" / "neo4j.yml"
ONE = """\
databases:
  core:
    instances: {tags: {Role: Core}}
    login: {secret: credex/core}
    data: {volume: {tags: {Role: Core, Data: "true"}}}
"""

FAULTS: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "no databases": ("version: 1\n", [(1, "$", "databases")]),
    "what a database has to have": (
        "databases:\n  core: {}\n",
        [(2, "core", word) for word in ("where it runs", "logs in", "holds the data")],
    ),
    "a member that is nearly one": (f"{ONE}    ordr: 3\n", [(6, "ordr", "Did you mean order?")]),
    "a member that is nearly one, inside data": (
        ONE.replace("volume:", "volum:"),
        [(5, "data", ""), (5, "volum", "Did you mean volume?")],
    ),
    "data somewhere else": (ONE.replace('{volume: {tags: {Role: Core, Data: "true"}}}', "memory"), [(5, "data", "")]),
    "a password in the file": (ONE.replace("secret: credex/core", "secret: s, password: canary"), [(4, "password", "")]),
    "a password in the address": (f"{ONE}    url: bolt://neo4j:canary@host:7687\n", [(6, "url", "")]),
    "no login": (ONE.replace("{secret: credex/core}", "{}"), [(4, "login", "user-parameter and password-parameter")]),
    "half a login": (ONE.replace("secret: credex/core", "user-parameter: /a/b"), [(4, "login", "Set both parameters")]),
    "two logins": (ONE.replace("secret: credex/core", "secret: s, password-parameter: /a/b"), [(4, "login", "Set secret, or")]),
    "two addresses": (f"{ONE}    url: bolt://h:7687\n    url-parameter: /a/b\n", [(6, "url", "Set one of them.")]),
    "an address that nobody connects to": (
        f"{ONE}    url: bolt://h:7687\n    connect: {{via: instance}}\n",
        [(6, "url", "connect by bolt")],
    ),
    "a way to connect that is nearly one": (f"{ONE}    connect: {{via: ssm-tunel}}\n", [(6, "via", "Did you mean ssm-tunnel?")]),
    "a name that Image Builder gives no AMI": (
        f"{ONE}image:\n  name: neo4j (a)\n  builder: {{via: image-builder}}\n",
        [(7, "name", "Or set image.builder.via: ssm.")],
    ),
    "a dump without a bucket": (f"{ONE}backup:\n  method: dump\n", [(6, "backup", "Set bucket.")]),
    "AWS Backup without a vault": (f"{ONE}backup: {{method: aws-backup}}\n", [(6, "backup", "Set vault.")]),
    "a series that YAML took for a number": (f"{ONE}image: {{series: 5.26}}\n", [(6, "series", "in quotes")]),
    "a source of versions that anybody could answer for": (
        f'{ONE}image: {{sources: [{{kind: maven, url: "http://mirror.example/metadata.xml"}}]}}\n',
        [(6, "url", "Use https.")],
    ),
    "a source of versions of an unknown kind": (
        f'{ONE}image: {{sources: [{{kind: yam, url: "https://mirror.example/"}}]}}\n',
        [(6, "kind", "Did you mean yum?")],
    ),
    "a password in the address of a source": (
        f'{ONE}image: {{sources: [{{kind: yum, url: "https://me:canary@mirror.example/"}}]}}\n',
        [(6, "url", "")],
    ),
    "a window that is not in five fields": (f"{ONE}rollout: {{window: {{cron: 0 2 * *}}}}\n", [(6, "cron", "five fields")]),
    "an hour that does not exist": (f"{ONE}rollout: {{window: {{cron: 0 25 * * *}}}}\n", [(6, "cron", "02:00")]),
    "a time zone that does not exist": (
        f"{ONE}rollout: {{window: {{cron: 0 2 * * 2, time-zone: Africa/Joburg}}}}\n",
        [(6, "time-zone", "Africa/Johannesburg")],
    ),
    "a data volume that cannot be told from the root volume": (
        ONE.replace(', Data: "true"', ""),
        [(5, "data.volume.tags", 'Data: "true"')],
    ),
    "one database under two names": (
        f"{ONE}{ONE.replace('databases:', '').replace('core:', 'other:', 1).lstrip(chr(10))}",
        [(6, "other", "tags are wrong")],
    ),
    "one address for all instances of a group": (
        f"{ONE.replace('}}', '}, count: 3}', 1)}    url-parameter: /credex/url\n",
        [(6, "url-parameter", "Add {instance}")],
    ),
    "the instance of a database that is no group": (
        ONE.replace("credex/core", "'credex/{instance}'"),
        [(4, "login.secret", "Set instances.count")],
    ),
    "user data of each instance of a group": (
        f"{ONE.replace('}}', '}, count: 3}', 1)}    user-data: {{file: '{{instance}}.sh'}}\n",
        [(6, "file", "Name one file")],
    ),
    "a group of none": (ONE.replace("}}", "}, count: 0}", 1), [(3, "count", "")]),
    "an instance that is nearly one": (
        f"{ONE.replace('}}', '}, count: 3}', 1)}    url: 'bolt://{{instanc}}:7687'\n",
        [(6, "url", "Did you mean {instance}?")],
    ),
    "a placeholder that is nearly one": (
        ONE.replace("credex/core", "'credex/{enviroment}'"),
        [(4, "secret", "Did you mean {environment}?")],
    ),
    "no environment": (ONE.replace("Core}", '"{environment}"}'), [(3, "Role", "Set the input environment.")]),
    "no environment, in several places": (
        ONE.replace("Core}", '"{environment}"}').replace("credex/core", '"credex/{environment}"'),
        [(3, "Role", "Set the input environment.")],
    ),
    "a name twice": (f"{ONE}  core: {{}}\n", [(6, "core", "")]),
    "a list": ("- 1\n", [(1, "$", "docs/reference/neo4j-configuration.md")]),
    "several at once, in the order of their lines": (
        f"{ONE.replace('secret', 'secrt')}    order: -1\nbackup: {{maximum-age: a day}}\n",
        [(4, "secrt", "Did you mean secret?"), (6, "order", ""), (7, "maximum-age", "90d")],
    ),
}


def failure_of(text: str, folder: Path, environment: str = "") -> Failure:
    path = folder / "neo4j.yml"
    path.write_text(text)
    with pytest.raises(Failure) as raised:
        read_configuration(str(path), environment)
    return raised.value


@pytest.mark.parametrize(("text", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_has_its_line_and_its_remedy(text: str, expected: list[tuple[int, str, str]], tmp_path: Path) -> None:
    failure = failure_of(text, tmp_path)
    assert failure.code is Exit.BAD_INPUT
    assert [fault.line for fault in failure.faults] == [line for line, _, _ in expected], str(failure)
    for fault, (_, where, hint) in zip(failure.faults, expected, strict=True):
        assert where in fault.where
        assert hint in fault.hint
        assert fault.hint
    assert "canary" not in str(failure)


def configuration(text: str, folder: Path, environment: str = "") -> Configuration:
    path = folder / "neo4j.yml"
    path.write_text(text)
    return read_configuration(str(path), environment).configuration


def test_what_is_not_set_has_its_default(tmp_path: Path) -> None:
    given = configuration(ONE, tmp_path)
    core = given.databases["core"]
    assert (core.database, core.order, core.instances.count, core.connect.via, core.connect.port) == ("neo4j", 100, UNSET, "bolt", 7687)
    assert (given.backup.method, given.backup.maximum_age, given.backup.drill_every) == ("snapshot", "24h", "7d")
    assert (given.backup.keep.last, given.backup.keep.days) == (7, 30)
    assert (given.image.series, given.image.edition, given.image.base_parameter) == ("5.26", "community", NEWEST_AMAZON_LINUX)
    assert (given.rollout.drain, given.rollout.bake) == ("stop-writes", "15m")


def test_data_on_the_root_volume_is_read(tmp_path: Path) -> None:
    """Who has it there has to be able to say so: migrate-data-volume begins with this file."""
    given = configuration(ONE.replace('{volume: {tags: {Role: Core, Data: "true"}}}', "root"), tmp_path)
    assert given.databases["core"].data == "root"


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_the_example_is_read_for_each_environment(environment: str) -> None:
    given = read_configuration(str(EXAMPLE), environment).configuration
    assert sorted(given.databases, key=lambda name: given.databases[name].order) == ["search-space", "ledger-space"]
    ledger = given.databases["ledger-space"]
    assert ledger.instances.tags == {"Role": "LedgerSpace", "Environment": environment}
    assert ledger.login.password_parameter == f"/credex/{environment}/neo_4j_ledger_space_pass"
    assert isinstance(ledger.data, OwnVolume)
    assert ledger.data.volume.tags["Environment"] == environment


def test_whoever_has_no_configuration_yet_is_shown_one(tmp_path: Path) -> None:
    with pytest.raises(Failure) as missing:
        read_configuration(str(tmp_path / "neo4j.yml"))
    for failure in (missing.value, failure_of("", tmp_path)):
        (fault,) = failure.faults
        assert fault.hint.endswith("https://github.com/Great-Sun-Group/credex-actions/blob/main/examples/credex-core/neo4j.yml")


def test_braces_of_cypher_are_left_alone(tmp_path: Path) -> None:
    query = "MATCH (n {environments: 1}) WHERE n.e = '{environment}' RETURN n"
    given = configuration(f'{ONE}    checks: [{{query: "{query}"}}]\n', tmp_path, "production")
    assert given.databases["core"].checks[0].query == query.replace("{environment}", "production")


@pytest.mark.parametrize("environment", ["a b", "a\nb", "-x", "x" * 64, "{environment}", "../x"])
def test_an_environment_that_is_no_name_is_refused(environment: str, tmp_path: Path) -> None:
    failure = failure_of(ONE, tmp_path, environment)
    assert [fault.where for fault in failure.faults] == ["environment"]


@pytest.mark.parametrize("cron", ["* * * * *", "0 2 * * 2", "*/15 0-6 1,15 JAN-MAR mon", "0 0 1 1 7", "5 4 * * SUN,WED"])
def test_windows_of_posix_are_read(cron: str, tmp_path: Path) -> None:
    assert configuration(f'{ONE}rollout: {{window: {{cron: "{cron}"}}}}\n', tmp_path).rollout.window


@pytest.mark.parametrize(
    "cron", ["60 * * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *", "6-1 * * * *", "a * * * *", "1- * * * *"]
)
def test_windows_that_no_clock_reaches_are_refused(cron: str, tmp_path: Path) -> None:
    failure = failure_of(f'{ONE}rollout: {{window: {{cron: "{cron}"}}}}\n', tmp_path)
    assert [fault.where for fault in failure.faults] == ["$.rollout.window.cron"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just("{environment}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
TOP = ["databases", "version", "backup", "image", "rollout"]
OF_A_DATABASE = ["instances", "login", "data", "database", "order", "connect", "url", "url-parameter", "checks"]


@given(st.sampled_from([*TOP, *OF_A_DATABASE, "core"]), JSON, st.sampled_from(["", "production"]))
def test_nothing_that_the_file_may_hold_is_more_than_a_fault(
    tmp_path_factory: pytest.TempPathFactory, where: str, value: object, environment: str
) -> None:
    document = yaml.safe_load(ONE)
    if where in TOP:
        document[where] = value
    elif where == "core":
        document["databases"]["core"] = value
    else:
        document["databases"]["core"][where] = value
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    with suppress(Failure):
        read_configuration(str(path), environment)
