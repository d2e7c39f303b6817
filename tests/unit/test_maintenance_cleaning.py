"""Texts of findings: what is hidden in them, what is not, and that what is told apart quickly is told apart rightly."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from credex_actions.maintenance.reporting.cleaning import LINE, _searched, cleaned_finding, cleaner, without_secrets
from tests.unit.maintaining import found

HIDDEN = {
    "postgres://user:hunter22@db.internal:5432/app": "postgres://***@db.internal:5432/app",
    f"token ghp_{'a1' * 18} in the log": "token *** in the log",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\nafter": "***\nafter",
    "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA and it ends": "***",
    f"{'LS0tLS1CRUdJTiBQUklWQVRF'}IEtFWS0tLS0tCk1JSUV2 is a key": "*** is a key",
    f"{'LS0tLS1CRUdJTiBQUklWQVRF'}IEtF\n{'A' * 64}\nMIIE== and more": "*** and more",
    f"{'ewogICJ0eXBlIjogInNlcnZpY2'}VfYWNjb3VudCIs is an account": "*** is an account",
    "Server=db;Password=hunter22;Timeout=3": "Server=db***;Timeout=3",
    "it is the run's own": "it is the run's own",
    "AKIAIOSFODNN7EXAMPLE": "AKIAIOSFODNN7EXAMPLE",
    "arn:aws:secretsmanager:af-south-1:123456789012:secret:db-password-AbCdEf": "arn:aws:secretsmanager:af-south-1:123456789012:secret:db-password-AbCdEf",
    "aws iam delete-access-key --user-name deployer --access-key-id AKIAIOSFODNN7EXAMPLE": "aws iam delete-access-key --user-name deployer --access-key-id AKIAIOSFODNN7EXAMPLE",
}


@pytest.mark.parametrize(("text", "shown"), HIDDEN.items())
def test_secrets_are_hidden_and_names_are_not(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


def test_what_the_run_knows_is_hidden_also_where_something_unprintable_is_in_it() -> None:
    clean = cleaner(lambda text: text.replace("canary", "***"))
    assert clean("a can\x00ary, a canary", 100) == "a ***, a ***"


PIECES = st.lists(
    st.sampled_from(
        ["vol-1", "password=hunter22", " ", "  ", "\n", "\x1b[31m", "é", "canary", "x" * LINE, "://u:pa55w0rd@h", "<b>", "::error::"]
    ),
    max_size=4,
).map("".join)


@given(PIECES, PIECES, PIECES)
@example(" vol-1", "", "")
@example("vol-1", "", "platform ")
def test_what_is_clean_is_told_apart_rightly(title: str, why: str, owner: str) -> None:
    finding = found("vol-1", title=title or "x", why=why, owner=owner)

    def redact(text: str) -> str:
        return text.replace("canary", "***")

    assert cleaned_finding(finding, redact) == _searched(finding, redact)
