"""A rule rests on a sentence of ECS's documentation: what is quoted from the API's reference is there, word for word."""

import gzip
import html
import inspect
import json
import re
from pathlib import Path

import botocore
import pytest

from credex_actions.ecs.definition.rules import between_containers as rules_between_containers
from credex_actions.ecs.definition.rules import of_containers as rules_of_containers
from credex_actions.ecs.definition.rules import of_references as rules_of_references
from credex_actions.ecs.definition.rules import of_task as rules_of_task

ELSEWHERE = (
    "Common use cases",
    "Task definition size",
    "The secret name must be unique",
    "Log driver awslogs requires",
    "Task CPU",
    "Pass env",
    "Pass Secrets Manager secrets",
    "Send Amazon ECS logs",
    "Task definition: containers",
)
"""Quoted from the developer guide, the quotas' page, or an answer of ECS, as the docstrings say."""

QUOTES = [
    (function.__name__, re.sub(r"\s+", " ", quote))
    for module in (rules_of_task, rules_of_containers, rules_of_references, rules_between_containers)
    for function in vars(module).values()
    if inspect.isfunction(function) and function.__module__ == module.__name__
    for quote in re.findall(r'"([^"]{25,})"', function.__doc__ or "")
    if not quote.startswith(ELSEWHERE)
]


def words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


@pytest.fixture(scope="module")
def reference() -> str:
    [file] = Path(botocore.__file__).parent.glob("data/ecs/*/service-2.json.gz")
    model = json.loads(gzip.decompress(file.read_bytes()))
    return words(html.unescape(re.sub(r"<[^>]+>", "", json.dumps(model, ensure_ascii=False).replace("\\n", " ").replace('\\"', '"'))))


def test_rules_quote_their_sources() -> None:
    assert len(QUOTES) > 20


@pytest.mark.parametrize(("rule", "quote"), QUOTES, ids=[f"{rule}: {quote[:40]}" for rule, quote in QUOTES])
def test_a_quoted_sentence_stands_in_the_reference(rule: str, quote: str, reference: str) -> None:
    for part in quote.split("…"):
        assert words(part) in reference, rule
