"""What has the shape of a secret, wherever it stands; and what is let through."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.ecs.definition.secrets.guard import why_secret
from credex_actions.ecs.definition.secrets.shapes import SHAPES, shape_of

HEX32 = "0123456789abcdef" * 2
WORD = "aB3" * 14
# Written in two pieces, so that nobody's scanner takes them for what they only look like.
SECRETS = {
    "-----BEGIN " + "EC PRIVATE KEY-----\nMHcC": "a private key",
    '{"type": "service_account", "private_key": "-----BEGIN ' + 'PRIVATE KEY-----\\nMII"}': "a private key",
    '{"kty":"EC","crv":"P-256","d":"' + "a1" * 20 + '"}': "a private key in JSON",
    '{\\"d\\":\\"' + "a1" * 20 + '\\",\\"kty\\":\\"EC\\"}': "a private key in JSON",
    "LS0tLS1CRUdJTi" + "BSU0EgUFJJVkFURSBLRVktLS0tLQo": "a private key in base64",
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0.abc": "a JSON web token",
    "AKIA" + "IOSFODNN7EXAMPLE": "an AWS access key",
    "gh" + "p_" + "a" * 36: "a GitHub token",
    "gl" + "pat-" + "a1" * 10: "a GitLab token",
    "xo" + "xb-123456789012-abc": "a Slack token",
    "https://hooks.slack" + ".com/services/T00000000/B00000000/XXXXXXXX": "a Slack webhook",
    "https://discord" + ".com/api/webhooks/123456/" + WORD: "a Discord webhook",
    "123456789" + ":AA" + "b" * 33: "a Telegram token",
    "sk_" + "live_" + WORD: "a Stripe key",
    "AI" + "za" + "a" * 35: "a Google API key",
    "GOC" + "SPX-" + WORD: "a Google OAuth secret",
    "sk-" + "ant-api03-" + WORD: "an OpenAI or Anthropic key",
    "S" + "G." + "a" * 22 + "." + "b" * 43: "a SendGrid key",
    "key" + "-" + HEX32: "a Mailgun key",
    HEX32 + "-us" + "12": "a Mailchimp key",
    "S" + "K" + HEX32: "a Twilio key",
    "shp" + "at_" + HEX32: "a Shopify token",
    "np" + "m_" + WORD: "an npm token",
    "//npm.example.com/:_auth" + "Token=" + WORD: "an npm token",
    "pypi" + "-AgEI" + WORD: "a PyPI token",
    "dckr" + "_pat_" + WORD: "a Docker Hub token",
    "hv" + "s." + WORD: "a Vault token",
    "a" * 14 + ".atlasv1." + WORD: "a Terraform token",
    "dop" + "_v1_" + HEX32 * 2: "a DigitalOcean token",
    "dap" + "i" + HEX32: "a Databricks token",
    "h" + "f_" + WORD: "a Hugging Face token",
    "NR" + "AK-" + WORD: "a New Relic key",
    "DefaultEndpointsProtocol=https;AccountName=a;Account" + "Key=" + WORD + "==;EndpointSuffix=x": "an Azure key",
    "https://a.blob.core.windows.net/c?sv=1&sig=" + WORD: "an Azure key",
    "Authorization: Bearer " + WORD: "a token of an Authorization header",
    "Basic " + "dXNlcjpwYXNzd29yZDE=": "a token of an Authorization header",
    "Authorization=Basic%20" + "dXNlcjpwYXNzd29yZDE=": "a token of an Authorization header",
    "redis://:hunter22@cache:6379": "a URL with a password",
    "amqps://me:p:w@host": "a URL with a password",
    "see postgres://me:pw@host/db": "a URL with a password",
    "jdbc:oracle:thin:scott/tiger@//host:1521/x": "an address with a password",
    "Server=db;User Id=sa;Password=hunter22xx;": "a connection string with a password",
    "host=db user=me password = hunter22": "a connection string with a password",
    "jdbc:postgresql://db/x?user=me&password=hunter22": "a connection string with a password",
    "-Xmx1g -Djavax.net.ssl.keyStorePassword=changeit": "a connection string with a password",
    "x-tenant=a,api-key=" + WORD: "a key in a list of settings",
    '{"username": "a", "password": "hunter22"}': "JSON with a secret in it",
    '{\\"username\\": \\"a\\", \\"password\\": \\"hunter22\\"}': "JSON with a secret in it",
    '{"auths": {"ghcr.io": {"auth": "dXNlcjpwYXNz"}}}': "JSON with a secret in it",
    '{"clientSecret":"a1b2c3d4"}': "JSON with a secret in it",
}
OPEN = [
    "",
    "production",
    "https://host/a:b@c",
    "https://host:8443/path@x",
    "http://a.example.com,https://b.example.com:80/?x@y",
    "redis://:${REDIS_PASSWORD}@cache:6379",
    "redis://cache:6379/0",
    "bolt://10.0.0.1:7687",
    "Server=db;User Id=sa;Password=${PASSWORD};",
    "password=",
    "password=required&x=1",
    "--password=/run/secrets/password",
    "-Dpassword.length=12",
    "token=100",
    "max_token=4096;secret=false",
    '{"password": "${PASSWORD}", "token": ""}',
    '{"private_key_path": "/run/key", "api_key": "%KEY%"}',
    '{"kty":"EC","crv":"P-256","x":"' + "a1" * 20 + '"}',
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t",
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    "Bearer",
    "basic authentication",
    "task-definition",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/desk-app:key-2",
    "2026-01-01T00:00:00Z",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    HEX32,
    "-Xms512m -Xmx1g -Duser.timezone=UTC",
    "eu-west-1,us-east-1",
    "pk_" + "live_" + WORD,
    "1:AA",
]


@pytest.mark.parametrize(("value", "what"), SECRETS.items(), ids=[f"{number} {what}" for number, what in enumerate(SECRETS.values())])
def test_the_shape_of_a_secret_is_known(value: str, what: str) -> None:
    assert shape_of(value) == what


@pytest.mark.parametrize("value", OPEN)
def test_what_has_no_such_shape_is_let_through(value: str) -> None:
    assert not shape_of(value)


@pytest.mark.parametrize("name", ["NEO4J_AUTH", "REDIS_AUTH", "HTTP_AUTH", "GITHUB_PAT"])
def test_names_of_logins_are_secret_unless_the_value_is_a_switch(name: str) -> None:
    assert why_secret(name, "neo4j/hunter22xx") == "its name suggests a secret"
    assert why_secret(name, "none") == ""


PIECES = [
    "a-", "://", "://a:", "://a:b", "eyJ", "eyJ-", "-eyJaaaaaaaa.", "-----BEGIN ", "-----BEGIN A ", "password", "password=", "a password", "password =",
    "token=", "key=a", '"password":', '"password": ', '"secret', 'a"key"', "bearer ", "basic a", "sk-", "SG.", "SG.aaaaaaaaaaaaaaaaaaaa", "0123456789:AA",
    "jdbc:oracle:", "jdbc:oracle:thin:a/", '"kty":', '"kty":"d":', '"d":"', "sig=", "&sig=%", "accountkey=", "_authToken", "a", " ", "/", "=", "A1",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_no_pattern_takes_longer_than_in_proportion(piece: str) -> None:
    def taken(length: int) -> float:
        value = (piece * (length // len(piece) + 1))[:length]
        started = time.process_time()
        shape_of(value)
        return time.process_time() - started

    taken(100)
    assert taken(60_000) < 0.5


@given(st.text())
def test_any_text_is_judged(value: str) -> None:
    assert isinstance(shape_of(value), str)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.what)
def test_marks_are_in_lower_case(shape: object) -> None:
    assert all(mark == mark.lower() for mark in shape.marks)  # type: ignore[attr-defined]
