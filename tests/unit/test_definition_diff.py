"""The difference between two task definitions, in lines for people."""

from typing import Any

from credex_actions.ecs.definition.diff import diff


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
