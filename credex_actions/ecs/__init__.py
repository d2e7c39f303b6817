"""ECS as a library: what is wrong with a task definition, what differs between two, why a task stopped.

What `__all__` names is public: it follows semantic versioning. It is imported when it is first asked for.
"""

TYPE_CHECKING = False  # as in `typing`, whose import costs 3 ms
if TYPE_CHECKING:
    from credex_actions.ecs.public import Checked as Checked
    from credex_actions.ecs.public import check_task_definition as check_task_definition
    from credex_actions.ecs.public import compare_task_definitions as compare_task_definitions
    from credex_actions.ecs.public import why_stopped as why_stopped

__all__ = ["Checked", "check_task_definition", "compare_task_definitions", "why_stopped"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from credex_actions.ecs import public

    return getattr(public, name)
