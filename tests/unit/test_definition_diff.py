"""The difference between two task definitions, in lines for people."""

from typing import Any

from credex_actions.ecs.definition.diff import coloured, diff


def shop(**members: Any) -> dict[str, Any]:
    return {"family": "shop", "containerDefinitions": [{"name": "web", "image": "web:1", **members}]}


def test_what_is_null_was_not_given_and_is_no_difference() -> None:
    exported = shop(
        environment=[{"name": "EMPTY", "value": None}],
        logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "/shop", "mode": None}},
        dockerLabels={"team": None},
    )
    bare = shop(
        environment=[{"name": "EMPTY", "value": ""}], logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "/shop"}}
    )
    assert diff(exported, bare) == []
    assert diff(bare, exported) == []


def test_what_github_colours_has_a_line_for_the_former_and_one_for_the_present_value() -> None:
    former = shop(cpu=1, environment=[{"name": "LEVEL", "value": "info"}, {"name": "OLD", "value": "x"}]) | {"memory": "512"}
    long = "https://api.example.com/a/path/that/is/long"
    present = shop(cpu=1, environment=[{"name": "LEVEL", "value": "debug"}, {"name": "API", "value": long}]) | {"memory": "1024"}
    assert coloured(diff(former, present)).splitlines() == [
        "- memory = '512'",
        "+ memory = '1024'",
        "@@ container web @@",
        "- environment[LEVEL] = 'info'",
        "+ environment[LEVEL] = 'debug'",
        "- environment[OLD] = 'x'",
        "+ environment[API] =",
        f"+   '{long}'",
    ]
