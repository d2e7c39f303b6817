"""What the suite knows about GitHub: who we are there, its REST API, dispatches, runs and their logs, promotion by pull request; as a library: workflows rewritten.

What `__all__` names is public: it follows semantic versioning. It is imported when it is first asked for.
"""

TYPE_CHECKING = False  # as in `typing`, whose import costs 3 ms
if TYPE_CHECKING:
    from credex_actions.github.public import Remark as Remark
    from credex_actions.github.public import Rewritten as Rewritten
    from credex_actions.github.public import migrate_workflow as migrate_workflow

__all__ = ["Remark", "Rewritten", "migrate_workflow"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from credex_actions.github import public

    return getattr(public, name)
