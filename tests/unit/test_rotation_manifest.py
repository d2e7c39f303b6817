"""A manifest's faults: all at once, each with its line and what was probably meant; and never a value."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.durations import duration, in_words
from credex_actions.core.faults import Exit, Failure
from credex_actions.rotation.fleet import chosen, in_order, permissions, shard_of
from credex_actions.rotation.manifest.reading import read_manifest

ROOT = Path(__file__).resolve().parents[2]
KEY = "credentials:\n  a:\n    kind: iam-access-key\n    user: u\n"

FAULTS: dict[str, tuple[str, list[tuple[int, str, str]]]] = {
    "a kind that is nearly one": (
        "credentials:\n  a: {kind: iam-access-keys}\n",
        [(2, "is not a known 'kind'", "Did you mean iam-access-key?")],
    ),
    "a member that is nearly one": (f"{KEY}    rotate-afer: 90d\n", [(5, "unknown", "Did you mean rotate-after?")]),
    "what is missing": ("credentials:\n  a: {kind: iam-access-key}\n", [(2, "'user' is missing", "")]),
    "a span of time in words": (f"{KEY}    grace: 9 days\n", [(5, "does not have the expected format", "90d")]),
    "a target that is nearly one": (
        f"{KEY}    targets: [{{to: github-secrt}}]\n",
        [(5, "'github-secrt' is not a known 'to'", "Did you mean github-secret?")],
    ),
    "a part that there is not": (
        f"{KEY}    targets:\n      - {{to: ssm-parameter, names: {{secret-acess-key: /x}}}}\n",
        [(6, "'secret-acess-key' is not a part", "Did you mean secret-access-key?")],
    ),
    "two that write one place": (
        (
            "credentials:\n"
            "  a: {kind: generated, targets: [{to: ssm-parameter, names: {value: /x}}]}\n"
            "  b: {kind: generated, targets: [{to: ssm-parameter, names: {value: /x}}]}\n"
        ),
        [(3, "writes parameter /x, and so does a", "one writer")],
    ),
    "two that manage one user": (
        f"{KEY}  b:\n    kind: iam-access-key\n    user: u\n",
        [(5, "manages the IAM user u, and so does a", "break each other")],
    ),
    "a database's two users that are one": (
        "credentials:\n  a: {kind: neo4j-password, url: 'bolt://h:7687', users: [n, n]}\n",
        [(2, "lists a user twice", "Two users alternate")],
    ),
    "a database nowhere": (
        "credentials:\n  a: {kind: neo4j-password, users: [n, m]}\n",
        [(2, "has neither the database's address nor", "url")],
    ),
    "a database with a password in its address": (
        "credentials:\n  a: {kind: neo4j-password, url: 'bolt://n:canary@h', users: [n, m]}\n",
        [(2, "does not have the expected format", "")],
    ),
    "a secret that GitHub keeps for itself": (
        f"{KEY}    targets: [{{to: github-secret, names: {{json: GITHUB_KEY}}}}]\n",
        [(5, "begins with GITHUB_", "another name")],
    ),
    "a secret in two scopes": (
        f"{KEY}    targets: [{{to: github-secret, organisation: o, dependabot: true, names: {{json: K}}}}]\n",
        [(5, "names organisation and dependabot", "a target for each")],
    ),
    "a marker of nothing": (
        f"{KEY}    targets: [{{to: github-secret, marker: M, names: {{json: K}}}}]\n",
        [(5, "marks a pair, but there is none", "access-key-id")],
    ),
    "a target inside the escrow": (
        f"{KEY}    targets: [{{to: secrets-manager, secret: credex/rotation/a}}]\n",
        [(5, "belongs to the escrow", "another name")],
    ),
    "an alphabet with a character twice": (
        "credentials:\n  a: {kind: generated, format: text, alphabet: aabcdefghij}\n",
        [(2, "contains a character twice", "")],
    ),
    "an RSA key that is short": (
        "credentials:\n  a: {kind: generated, format: rsa-pem, length: 1024}\n",
        [(2, "is not a valid RSA key length", "2048")],
    ),
    "a name twice": ("credentials:\n  a: {kind: generated}\n  a: {kind: generated}\n", [(3, "is defined twice", "")]),
    "no manifest at all": ("- 1\n", [(1, "is not a manifest", "docs/how-to")]),
    "several faults, in the order of their lines": (
        "credentials:\n  a b: {kind: generated}\n  c: {kind: generated, length: 3}\nversio: 1\n",
        [(2, "'a b' is not a valid name", ""), (3, "is out of range", "bytes"), (4, "unknown", "Did you mean version?")],
    ),
}


def faults_of(text: str, folder: Path) -> Failure:
    path = folder / "rotation.yml"
    path.write_text(text)
    with pytest.raises(Failure) as raised:
        read_manifest(str(path))
    return raised.value


@pytest.mark.parametrize(("text", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_has_its_line_and_its_remedy(text: str, expected: list[tuple[int, str, str]], tmp_path: Path) -> None:
    failure = faults_of(text, tmp_path)
    assert failure.code is Exit.BAD_INPUT
    assert [fault.line for fault in failure.faults] == [line for line, _, _ in expected]
    for fault, (_, what, hint) in zip(failure.faults, expected, strict=True):
        assert what in fault.what
        assert hint in fault.hint
    assert "canary" not in str(failure)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["credentials", "escrow", "defaults", "version", "a", "targets", "used-by", "verify", "names"]), JSON)
def test_nothing_that_a_manifest_may_hold_is_more_than_a_fault(tmp_path_factory: pytest.TempPathFactory, where: str, value: object) -> None:
    credential: dict[str, object] = {"kind": "generated"}
    document: dict[str, object] = {"credentials": {"a": credential}}
    if where in {"credentials", "escrow", "defaults", "version"}:
        document[where] = value
    elif where == "a":
        document["credentials"] = {"a": value}
    elif where == "names":
        credential["targets"] = [{"to": "ssm-parameter", "names": value}]
    else:
        credential[where] = value
    path = tmp_path_factory.getbasetemp() / "any.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True))
    with suppress(Failure):
        read_manifest(str(path))


def test_a_bomb_of_aliases_is_stopped(tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
    )
    assert "aliases" in str(faults_of(bomb, tmp_path))


def test_the_example_is_without_a_fault() -> None:
    given, _ = read_manifest(str(ROOT / "examples" / "credex-core" / "rotation.yml"))
    assert len(given.credentials) == 7
    needed = permissions(given, "o/r")
    assert needed == {
        "o/r": {
            "metadata": "read",
            "environments": "write",
            "actions": "read",
            "secrets": "write",
            "organization_secrets": "write",
            "dependabot_secrets": "write",
        }
    }


def test_the_own_key_comes_last() -> None:
    given, _ = read_manifest(str(ROOT / "examples" / "credex-core" / "rotation.yml"))
    groups = in_order(given, list(given.credentials), "credex-core-development-deployment")
    assert groups[-1] == ["development-deployment"]
    assert [name for group in groups for name in group].count("development-deployment") == 1
    assert groups[0] == ["staging-deployment", "production-deployment", "development-ledger-space", "open-exchange-rates"]


def test_a_credential_stays_in_its_shard() -> None:
    names = [f"credential-{number}" for number in range(200)]
    assert [shard_of(name, 5) for name in names[:6]] == [shard_of(name, 5) for name in names[:6]]
    sizes = [sum(1 for name in names if shard_of(name, 5) == shard) for shard in range(1, 6)]
    assert sum(sizes) == 200
    assert min(sizes) > 20
    given, _ = read_manifest(str(ROOT / "examples" / "credex-core" / "rotation.yml"))
    taken = [name for shard in range(1, 4) for name in chosen(given, (), f"{shard}/3")[0]]
    assert sorted(taken) == sorted(given.credentials)


@pytest.mark.parametrize(("text", "seconds"), [("90d", 7_776_000), ("1d12h", 129_600), ("30m", 1800), ("45s", 45), ("0s", 0)])
def test_spans_of_time(text: str, seconds: int) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["d", "12", "1h1d", "-5m", "1.5h", "²s"])
def test_what_is_no_span_of_time(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        duration(text)


def test_spans_in_words() -> None:
    assert [in_words(duration(text)) for text in ("90d", "1d12h", "61s", "0s")] == ["90 d", "1 d 12 h", "1 min 1 s", "0 s"]
