"""ECS's rules across the fields of a task definition, all of them."""

from typing import Final

from credex_actions.ecs.definition.other_placeholders import other_placeholders
from credex_actions.ecs.definition.rules.between_containers import RULES_BETWEEN
from credex_actions.ecs.definition.rules.of_containers import CONTAINER_RULES
from credex_actions.ecs.definition.rules.of_references import REFERENCE_RULES
from credex_actions.ecs.definition.rules.of_task import TASK_RULES

RULES: Final = (*TASK_RULES, *CONTAINER_RULES, *REFERENCE_RULES, *RULES_BETWEEN, other_placeholders)
