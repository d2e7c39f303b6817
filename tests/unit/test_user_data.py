"""User data of a roll-out: read from the configuration, compared without showing a secret, and known by their digest. Values."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Exit, Failure
from credex_actions.declarations.neo4j_ami_rollout import Inputs
from credex_actions.rollout.announcing import about
from credex_actions.rollout.checking import Checked, Discovered, UserData
from credex_actions.rollout.differing import judged
from credex_actions.rollout.gates.instance import drift_gate
from credex_actions.rollout.request import read
from credex_actions.rollout.rolling.opening import Member
from credex_actions.rollout.rolling.status import Status
from credex_actions.rollout.rolling.telling import told_of
from credex_actions.rollout.swap.note import Note, UnreadableNoteError, read_note
from credex_actions.rollout.user_data.content import LARGEST, counted, difference, digest, wanted
from credex_actions.rollout.user_data.keeping import name_of
from credex_actions.rollout.user_data.secrets import secrets_in
from credex_actions.rollout.versions.agreement import Newest
from credex_actions.rollout.versions.version import Series, Version
from tests.unit.test_rollout_gates import standing
from tests.unit.test_rollout_swap import NOTE

ROOT = Path(__file__).resolve().parents[2]
FIRST_BOOT = (ROOT / "examples" / "credex-core" / "terraform" / "modules" / "neo4j" / "first-boot.sh").read_text()
OLD, NEW, OTHER = digest(b"old"), digest(b"new"), digest(b"other")
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"
CANARY = "canary-9f31c0a7d2"
SECRETS: dict[str, tuple[str, list[int]]] = {
    "a password": (f"#!/bin/sh\nPASSWORD={CANARY}\n", [2]),
    "in quotes, exported": (f'#!/bin/sh\nexport DB_PASSWORD="{CANARY}"\n', [2]),
    "of the database": (f"NEO4J_AUTH=neo4j/{CANARY}", [1]),
    "in cloud-config": (f"#cloud-config\npassword: {CANARY}\n", [2]),
    "an access key": ("aws configure set aws_access_key_id AKIAABCDEFGHIJKLMNOP", [1]),
    "a key of several lines": (f"cat >key <<E\n{KEY}\nE", [2, 3, 4, 5]),
    "an address": (f"curl https://me:{CANARY}@example.com/x", [1]),
    "read where it is used": ("password=$(mktemp -p /run)\nPASSWORD=${FROM_ELSEWHERE}\nTOKEN=`cat /run/token`", []),
    "the name of a parameter": ("NEO4J_INITIAL_PASSWORD_PARAMETER=/credex/dev/neo_4j_pass\n", []),
    "the example's": (FIRST_BOOT, []),
    "an argument of neo4j-admin": (f"neo4j-admin dbms set-initial-password {CANARY}", [1]),
    "an argument in a list of cloud-config": (f"- [ neo4j-admin, dbms, set-initial-password, {CANARY} ]", [1]),
    "an argument that is read": ('neo4j-admin dbms set-initial-password "$password"\ncypher-shell -p "$(cat /run/p)"\nmkdir -p /data', []),
    "a variable of a container": (f"docker run -e NEO4J_AUTH=neo4j/{CANARY} neo4j", [1]),
    "a variable of a unit": (f'Environment="NEO4J_AUTH=neo4j/{CANARY}"', [1]),
    "options": (
        f"curl -u neo4j:{CANARY} http://x\ncypher-shell -u neo4j -p {CANARY}\ntool --password {CANARY}\ntool --password={CANARY}",
        [1, 2, 3, 4],
    ),
    "through a pipe": (f"echo 'neo4j:{CANARY}' | chpasswd\necho {CANARY} | passwd --stdin neo4j", [1, 2]),
    "of the AWS CLI": (f"aws configure set aws_secret_access_key {CANARY}", [1]),
    "a default": (f"NEO4J_PASSWORD=${{NEO4J_PASSWORD:-{CANARY}}}\nNEO4J_PASSWORD=${{NEO4J_PASSWORD:-$OTHER}}", [1]),
    "what a shell does not replace": (f"NEO4J_PASSWORD='$up{CANARY}'\npassword: '%{CANARY}'", [1, 2]),
    "a block": (f"password: |\n  {CANARY}\nother: x", [2]),
    "a header": (f"curl -H 'X-Api-Key: {CANARY}'", [1]),
    "a list of logins": (f"chpasswd:\n  list:\n    - neo4j:{CANARY}\n    - other:RANDOM\nname: x", [3]),
    "names of files and switches": (
        'dbms.ssl.policy.bolt.private_key=private.key\npasswd: "*"\nlock_passwd: true\nPASSWORD_FILE=/etc/p\nTOKEN_TTL=21600\nPASSWORD=""',
        [],
    ),
    "said to be none": (
        f"PASSWORD_HASH_SALT={CANARY} # credex: not a secret\nx\n# credex: not a secret\nPASSWORD={CANARY}\nPASSWORD={CANARY}",
        [5],
    ),
    "a key is one whatever is said of it": (f"# credex: not a secret\n{KEY}", [2, 3, 4, 5]),
}


@pytest.mark.parametrize(("text", "lines"), SECRETS.values(), ids=SECRETS)
def test_lines_that_hold_a_secret(text: str, lines: list[int]) -> None:
    assert [number for number, _ in secrets_in(text.splitlines())] == lines


def test_a_difference_shows_settings_and_the_numbers_of_all_other_lines() -> None:
    old = f"#!/bin/sh\nPASSWORD={CANARY}\n{KEY}\nNEO4J_server_memory_heap_max__size=1G\nfi\nsame {CANARY}\nsame\nfar\n".encode()
    new = f"#!/bin/sh\nNEO4J_server_memory_heap_max__size=2G\nfi\nsame {CANARY}\nsame\nfar\nneo4j-admin dbms set-initial-password {CANARY}".encode()
    shown = difference(old, new, str)
    assert CANARY not in "\n".join(shown)
    assert "MIIEow" not in "\n".join(shown)
    assert shown[:3] == ("@@ -1,11 +1,7 @@", " #!/bin/sh", f"-(line 2, {len(CANARY) + 9} characters, not shown)")
    assert "-NEO4J_server_memory_heap_max__size=1G" in shown
    assert "+NEO4J_server_memory_heap_max__size=2G" in shown
    assert f" (line 4, {len(CANARY) + 5} characters, not shown)" in shown
    assert f"+(line 7, {len(CANARY) + 38} characters, not shown)" in shown
    assert counted(shown) == "2 lines added, 6 lines removed"
    assert difference(old, old, str) == ()
    assert difference(b"server.a=known", b"server.a=2", lambda text: text.replace("known", "***"))[1] == "-server.a=***"


SHOWN = (
    "server.memory.heap.max_size=4g", "dbms.security.auth_enabled=true", "db.tx_log.rotation.retention_policy=2 days", "cat >>/etc/neo4j/neo4j.conf <<'CONF'", "fi",
    "set -euo pipefail", "systemctl restart neo4j", "chown -R neo4j:neo4j /var/lib/neo4j", "",
)  # fmt: skip
HIDDEN = (
    f"server.jvm.additional=-Djavax.net.ssl.trustStorePassword={CANARY}", f"dbms.security.ldap.system_password={CANARY}", f"# {CANARY}", f"  {CANARY}",
    f"server.x=https://example.com/?sig={CANARY}", "server.a=1\u2028server.b=2", "server.a=\x1b[2J", f"curl https://example.com/?x={CANARY}", "HUNTERTWO",
)  # fmt: skip


@pytest.mark.parametrize("line", SHOWN)
def test_a_line_that_is_surely_harmless_is_shown(line: str) -> None:
    assert f"+{line}" in difference(b"#!/bin/sh", f"#!/bin/sh\n{line}\n-".encode(), str)


@pytest.mark.parametrize("line", HIDDEN)
def test_every_other_line_is_counted(line: str) -> None:
    assert f"+(line 2, {len(line)} characters, not shown)" in difference(b"#!/bin/sh", f"#!/bin/sh\n{line}\n-".encode(), str)


def test_other_line_ends_are_a_difference_in_words() -> None:
    shown = difference(b"#!/bin/sh\r\nx\r\n", b"#!/bin/sh\nx\n", str)
    assert shown == ("line ends differ: CRLF before, LF after",)
    assert counted(shown) == shown[0]
    assert "-server.a=1\\r" in difference(b"server.a=1\r\nx", b"server.a=1\ny", str)


def test_what_is_no_text_is_said_to_be_not_comparable() -> None:
    (line,) = difference(b"\x1f\x8b\xff", b"#!/bin/sh\n", str)
    assert line == "user data that are not text cannot be compared: 3 bytes before, 10 after"
    assert counted((line,)) == "not comparable"


def test_a_newline_at_the_end_is_no_change() -> None:
    assert wanted(b"#!/bin/sh\nx", b"#!/bin/sh\nx\n") == b"#!/bin/sh\nx"
    assert wanted(b"#!/bin/sh\nx", b"#!/bin/sh\ny") == b"#!/bin/sh\ny"
    assert wanted(b"#!/bin/sh\nx", None) == b"#!/bin/sh\nx"


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_two_user_data_have_one_digest_only_if_they_are_the_same(one: bytes, other: bytes) -> None:
    assert (digest(one) == digest(other)) == (one == other)


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}(/[A-Za-z0-9][A-Za-z0-9._-]{0,62})?", fullmatch=True))
def test_what_is_kept_is_named_by_the_whole_digest_and_by_its_database_whatever_that_is_called(name: str) -> None:
    """Source: EC2 API reference, CreateLaunchTemplate: 3 to 128 characters."""
    kept = name_of(name, NEW)
    assert len(kept) <= 128
    assert kept.endswith(f"-{sha256(b'new').hexdigest()}")
    assert kept != name_of(f"{name}x", NEW)
    assert kept == f"credex-user-data-{name}-{NEW}" or len(name) > 46


CONFIGURATION = """\
version: 1
databases:
  ledger:
    instances: {tags: {Role: x}}
    login: {secret: s}
    data: {volume: {tags: {Data: "true"}}}
    user-data: {file: "boot/{environment}.sh"}
"""


def configured(folder: Path, content: bytes | None, mode: str = "plan") -> Inputs:
    (folder / "boot").mkdir()
    (folder / "neo4j.yml").write_text(CONFIGURATION)
    if content is not None:
        (folder / "boot" / "production.sh").write_bytes(content)
    return Inputs(mode=mode, config=str(folder / "neo4j.yml"), environment="production")


def test_the_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    assert read(configured(tmp_path, b"#!/bin/sh\nx\n")).user_data == {"ledger": b"#!/bin/sh\nx\n"}


WRONG: dict[str, tuple[bytes | None, list[str]]] = {
    "missing": (None, ["the file does not exist"]),
    "too large": (b"#!/bin/sh\n" + b"x" * LARGEST, ["is larger than 16,384 bytes"]),
    "not text": (b"#!/bin/sh\n\xff\n", ["is not UTF-8 text"]),
    "empty": (b"\n", ["is empty"]),
    "nothing that cloud-init knows": (b"echo x\n", ["does not begin as user data do"]),
    "a secret": (f"#!/bin/sh\nPASSWORD={CANARY}\nx\nTOKEN={CANARY}\n".encode(), ["holds a secret in lines 2, 4"]),
    "written on Windows": (b"#!/bin/sh\r\nx\r\n", ["ends with CRLF"]),
    "a boothook": (b"#cloud-boothook\nx\n", ["run at every boot"]),
    "a command of every boot": (b"#cloud-config\nbootcmd:\n  - x\n", ["run at every boot"]),
    "a module of every boot": (b"#cloud-config\ncloud_final_modules:\n  - [scripts-user, always]\n", ["run at every boot"]),
    "a part of every boot": (b'MIME-Version: 1.0\n\nContent-Type: text/cloud-boothook; charset="us-ascii"\n', ["run at every boot"]),
    "content from elsewhere": (b"#include https://example.com/x\n", ["includes what it does not hold"]),
    "two faults at once": (f"PASSWORD={CANARY}\n".encode(), ["holds a secret in line 1", "does not begin"]),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_file_is_said_with_its_place_and_its_remedy(content: bytes | None, words: list[str], tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        read(configured(tmp_path, content))
    failure = raised.value
    assert failure.code is Exit.BAD_INPUT
    assert len(failure.faults) == len(words)
    for fault, word in zip(failure.faults, words, strict=True):
        assert word in fault.what
        assert str(tmp_path / "boot" / "production.sh") in fault.what
        assert (fault.where, fault.line, bool(fault.hint)) == ('$.databases.ledger["user-data"].file', 7, True)
        assert CANARY not in f"{fault.what}{fault.hint}"


@pytest.mark.parametrize("mode", ["rollback", "status", "sweep"])
def test_a_mode_that_changes_no_user_data_does_not_ask_for_the_file(mode: str, tmp_path: Path) -> None:
    assert read(configured(tmp_path, None, mode)).user_data == {}


def test_a_note_names_the_user_data_of_both_sides_and_one_from_before_names_none() -> None:
    note = replace(NOTE, old=replace(NOTE.old, user_data=OLD), new=replace(NOTE.new, root="vol-0123456789abcdef9", user_data=NEW))
    assert read_note(note.tags()) == note
    assert note.changes_user_data
    assert [note.booted_with(root) for root in (note.new.root, note.old.root, "vol-x", "")] == [NEW, OLD, "", ""]
    assert not NOTE.changes_user_data
    by_hand = replace(note, old=replace(note.old, user_data=NEW, booted=OLD))
    assert read_note(by_hand.tags()) == by_hand
    assert [by_hand.booted_with(note.old.root), by_hand.changes_user_data] == [OLD, False]
    assert not replace(note, new=replace(note.new, user_data=OLD)).changes_user_data
    assert all(len(value) <= 256 for value in note.tags().values())
    with pytest.raises(UnreadableNoteError):
        read_note(note.tags() | {"credex:roll-from": f"{note.old} more"})


ROOTS: dict[str, tuple[str, bytes, bytes | None, bool]] = {
    "nothing is configured": (NEW, b"by hand", None, True),
    "it was booted with them": (NEW, b"new", b"new", True),
    "it was booted with others": (OLD, b"old", b"new", False),
    "they were set by hand, and no boot has run them": (OLD, b"new", b"new", False),
    "they were changed by hand, and the configuration wants what was booted": (NEW, b"by hand", b"new", True),
    "no roll-out has noted any": ("", b"new", b"new", True),
    "no roll-out has noted any, and others are set": ("", b"old", b"new", False),
}


@pytest.mark.parametrize(("booted", "has", "given", "fine"), ROOTS.values(), ids=ROOTS)
def test_what_counts_is_what_the_root_volume_was_booted_with(booted: str, has: bytes, given: bytes | None, fine: bool) -> None:
    root = "vol-0123456789abcdef9"
    note = replace(NOTE, state="rolled", new=replace(NOTE.new, root=root, user_data=booted))
    machine: Any = type("Machine", (), {"root": root})
    instance: Any = None
    assert Member(instance, machine, note, has, given).has_booted_with_it == fine


DIFFERING: dict[str, tuple[bytes, bytes, Note | None, str, str]] = {
    "as it is set": (b"#!/bin/sh\nx", b"#!/bin/sh\nx\n", None, "as-configured", ""),
    "another line": (b"#!/bin/sh\nx", b"#!/bin/sh\ny", None, "differs", "1 line added, 1 line removed"),
    "set by hand, and not booted": (b"new", b"new", replace(NOTE, state="rolled", new=replace(NOTE.new, root="vol-1", user_data=OLD)), "differs", "no boot has run them"),
    "booted, and others set by hand": (b"old", b"new", replace(NOTE, state="rolled", new=replace(NOTE.new, root="vol-1", user_data=NEW)), "as-configured", ""),
    "half-way": (b"new", b"new", NOTE, "differs", "half-done"),
}  # fmt: skip


@pytest.mark.parametrize(("own", "configured_ones", "note", "outcome", "says"), DIFFERING.values(), ids=DIFFERING)
def test_a_check_says_whether_what_was_booted_is_what_is_configured(
    own: bytes, configured_ones: bytes, note: Note | None, outcome: str, says: str
) -> None:
    found = judged(own, configured_ones, note, "vol-1")
    assert found.outcome == outcome
    assert says in found.says
    assert bool(found.says) == (outcome == "differs")


def test_the_issue_of_a_check_is_about_user_data_too_as_long_as_all_versions_are_known() -> None:
    there = Discovered(Series(5, 26), (), Version(5, 26, 16), "", Newest(None, ""))
    current = Checked("ledger", outcome="current", user_data=UserData("differs", "…"))
    assert about(there, [current]) == "new user data for ledger"
    assert about(there, [replace(current, outcome="newer-version")]) == "5.26.16 for ledger; new user data for ledger"
    assert about(there, [replace(current, user_data=UserData("as-configured"))]) == ""
    assert about(there, [current, Checked("search")]) == ""


def test_a_status_says_where_the_user_data_from_before_are_kept() -> None:
    note = replace(NOTE, state="rolled", old=replace(NOTE.old, user_data=OLD), new=replace(NOTE.new, user_data=NEW))
    kept = f"it got the user data {NEW[:12]}; those from before are kept in the launch template credex-user-data-ledger-{OLD}"
    assert kept in told_of(Status("ledger", note=note))
    assert not any("user data" in line for line in told_of(Status("ledger", note=replace(NOTE, state="rolled"))))


def test_what_a_plan_rests_on_has_the_user_data_that_are_set_and_those_that_were_booted() -> None:
    note = replace(NOTE, state="rolled", new=replace(NOTE.new, root="vol-0123456789abcdef9", user_data=OLD))
    there = standing(
        {"user_data": NEW, "root_volume": "vol-0123456789abcdef9"},
        Tags=[{"Key": key, "Value": value} for key, value in note.tags().items()],
    )
    assert (there.booted_with, there.set_before) == (OLD, NEW)
    begun = replace(NOTE, old=replace(NOTE.old, user_data=OLD, booted=OTHER), new=replace(NOTE.new, user_data=NEW))
    there = standing({"user_data": NEW}, Tags=[{"Key": key, "Value": value} for key, value in begun.tags().items()])
    assert (there.booted_with, there.set_before) == (OTHER, OLD)


def test_user_data_that_a_roll_out_has_set_are_no_hand_made_change() -> None:
    note = replace(NOTE, state="rolled", old=replace(NOTE.old, user_data=OLD), new=replace(NOTE.new, user_data=NEW))

    def says(user_data: str) -> str:
        return drift_gate(
            "ledger",
            standing(
                {"user_data": user_data, "template": "lt-1, version 1", "says": {"user data": OLD}},
                Tags=[{"Key": key, "Value": value} for key, value in note.tags().items()],
            ),
        ).says

    assert says(NEW).startswith("none")
    assert "user data is another one" in says("aa")
