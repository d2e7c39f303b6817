"""How deep YAML may be nested, whoever notices first: we or the parser."""

from typing import Any

import pytest
import yaml

from credex_actions.core.documents.places import DEEPEST
from credex_actions.core.documents.yaml_depth import events
from credex_actions.core.documents.yaml_text import load
from credex_actions.core.faults import Failure

FASTEST: type[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
SHAPES = {
    "lists": ("[", "]"),
    "mappings": ("{a: ", "}"),
    "both, over lines": ("[{a:\n ", "}]"),
}


@pytest.mark.parametrize("levels", [DEEPEST + 1, 999, 1000, 1001, 5000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), SHAPES.values(), ids=SHAPES)
def test_what_is_too_deep_is_said_to_be_so(opening: str, closing: str, levels: int) -> None:
    for text in (opening * levels + closing * levels, opening * levels, f"a: {opening * levels}"):
        with pytest.raises(Failure, match="nested too deeply"):
            load(text, "x.yml")


def test_so_are_blocks() -> None:
    with pytest.raises(RecursionError):
        list(events("".join(f"{' ' * level}a:\n" for level in range(DEEPEST + 1)), FASTEST))


@pytest.mark.parametrize(
    "text",
    [
        "a: [" + "'[[[[', " * 200 + "\nb: }",  # brackets inside texts are no levels
        "# " + "[" * 500 + "\na: [1\nb: }",
        "".join(f"a{number}: [{number}, {{b: c}}]\n" for number in range(200)) + "a: ]",  # what is closed again is none
        "a: ]",
        "'",
    ],
)
def test_another_fault_stays_what_it_is(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        list(events(text, FASTEST))
    with pytest.raises(Failure, match="is not valid YAML"):
        load(text, "x.yml")


def test_the_deepest_that_is_read_is_read() -> None:
    text = "[" * DEEPEST + "]" * DEEPEST
    assert sum(1 for _ in events(text, FASTEST)) == 2 * DEEPEST + 4
