"""The input of the commands that read a task definition: what ECS takes and this version does not know."""

from typing import Annotated, TypeAlias

from credex_actions.core.command.declaration import Input
from credex_actions.core.command.kinds import JSON_PATHS
from credex_actions.core.documents.json_paths import Pattern

UnknownFields: TypeAlias = Annotated[
    tuple[Pattern, ...],
    Input(
        "JSON paths of fields that ECS accepts and this version does not know, such as $.containerDefinitions[*].name; sent as is",
        JSON_PATHS,
    ),
]
