"""What a secret went into is the real value wherever it is compared, judged or written, and its name wherever it is shown."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.documents.document import Document
from credex_actions.core.documents.origin import TracedMember, TracedNumber, TracedText, reveal
from credex_actions.core.text import in_cell, in_html, listed, one_line, plain
from credex_actions.ecs.definition.diff import diff
from credex_actions.ecs.definition.meaning import semantic
from credex_actions.ecs.definition.registration import judge
from credex_actions.ecs.rendering.placeholders import fill
from credex_actions.ecs.rendering.render import Wanted, render

TEXT = TracedText("zq-secret", "(secret A)", ("A",))


def test_a_text_shows_its_name_however_it_is_formatted() -> None:
    shown = [
        str(TEXT),
        repr(TEXT),
        f"{TEXT}",
        f"{TEXT!r:>20}",
        f"{TEXT}",
        plain(TEXT),
        one_line(TEXT),
        in_cell(TEXT),
        in_html(TEXT),
        listed([TEXT]),
    ]
    assert not any("zq" in each for each in shown)
    assert type(str(TEXT)) is str


def test_a_text_is_the_real_one_in_everything_else() -> None:
    assert (TEXT, hash(TEXT), json.dumps({TEXT: [TEXT]})) == ("zq-secret", hash("zq-secret"), '{"zq-secret": ["zq-secret"]}')
    assert reveal(TEXT) == "zq-secret"
    assert type(reveal(TEXT)) is str


def test_a_number_and_a_member_likewise() -> None:
    number, member = TracedNumber(4711, "(secret N)"), TracedMember("privileged", "(secret P)")
    assert (f"{number} {number!r} {number}", number + 1, json.dumps([number]), reveal(number)) == (
        "(secret N) (secret N) (secret N)",
        4712,
        "[4711]",
        "4711",
    )
    assert (f"{member}", json.dumps({member: True})) == ("privileged", '{"privileged": true}')


@pytest.mark.parametrize("value", [TEXT, TracedNumber(1, "(secret N)"), TracedMember("m", "(secret P)")])
def test_a_copy_knows_its_origin_too(value: Any) -> None:
    assert copy.deepcopy({"a": [value]})["a"][0].shown == value.shown


SECRET = "zq-9"
PIECES = st.sampled_from(["${S}", "a-${S}", "${S}${O}", "${O}", "$${S}", "x", "zq", "${S}/${S}"])
TEXTS = st.lists(PIECES, min_size=1, max_size=2).map("".join)
MEMBERS = {
    **dict.fromkeys(("name", "image", "user", "hostname", "workingDirectory"), TEXTS),
    **{name: TEXTS | st.integers(0, 9) for name in ("memory", "cpu", "stopTimeout")},
    **{name: TEXTS | st.booleans() for name in ("essential", "privileged")},
    **{name: st.lists(TEXTS, max_size=3) for name in ("command", "entryPoint", "links", "dnsServers")},
    "environment": st.lists(st.fixed_dictionaries({"name": TEXTS, "value": TEXTS}), max_size=3),
    "secrets": st.lists(st.fixed_dictionaries({"name": TEXTS, "valueFrom": TEXTS}), max_size=2),
    "dependsOn": st.lists(st.fixed_dictionaries({"containerName": TEXTS, "condition": TEXTS}), max_size=2),
    "portMappings": st.lists(st.fixed_dictionaries({"containerPort": TEXTS}, optional={"protocol": TEXTS}), max_size=2),
    "mountPoints": st.lists(st.fixed_dictionaries({"sourceVolume": TEXTS, "containerPath": TEXTS}), max_size=2),
    "dockerLabels": st.dictionaries(TEXTS, TEXTS, max_size=2),
    "logConfiguration": st.fixed_dictionaries({"logDriver": TEXTS, "options": st.dictionaries(TEXTS, TEXTS, max_size=2)}),
    "healthCheck": st.fixed_dictionaries({"command": st.lists(TEXTS, max_size=2), "interval": TEXTS}),
}
DEFINITIONS = st.fixed_dictionaries(
    {"family": TEXTS, "containerDefinitions": st.lists(st.fixed_dictionaries({}, optional=MEMBERS), max_size=2)},
    optional=dict.fromkeys(("cpu", "memory", "networkMode", "taskRoleArn"), TEXTS)
    | {
        "tags": st.lists(st.fixed_dictionaries({"key": TEXTS, "value": TEXTS}), max_size=2),
        "volumes": st.lists(st.fixed_dictionaries({"name": TEXTS}), max_size=2),
    },
)
SECRETS = st.sampled_from([SECRET, "4711", "true", "awsvpc", "web"])


def filled(template: Any, secret: str, known: frozenset[str]) -> Any:
    definition, _ = render(fill(template, {"S": secret, "O": "open"}, known).value, Wanted(tags={"k": "v"}))
    return definition


@given(DEFINITIONS, SECRETS)
def test_what_is_known_of_its_origin_changes_nothing_that_is_written_meant_or_judged(template: Any, secret: str) -> None:
    traced, real = filled(template, secret, frozenset("S")), filled(template, secret, frozenset())
    assert json.dumps(traced) == json.dumps(real)
    assert json.dumps(semantic(traced)) == json.dumps(semantic(real))
    verdicts = [judge(Document(each, "{}", "td.json", yaml=False)) for each in (traced, real)]
    assert [[len(verdict.faults), len(verdict.warnings)] for verdict in verdicts[:1]] == [
        [len(verdict.faults), len(verdict.warnings)] for verdict in verdicts[1:]
    ]


@given(DEFINITIONS, DEFINITIONS, SECRETS.filter(lambda secret: secret in {SECRET, "4711"}))
def test_it_shows_nowhere_in_a_difference_or_a_fault(template: Any, former: Any, secret: str) -> None:
    new, old = filled(template, secret, frozenset("S")), filled(former, "before", frozenset("S"))
    assert not any(secret in line for line in diff(old, new))
    verdict = judge(Document(new, "{}", "td.json", yaml=False))
    assert not any(secret in str(fault) for fault in (*verdict.faults, *verdict.warnings))
