"""Terraform as a library: the guard's verdict on a plan.

What `__all__` names is public: it follows semantic versioning. It is imported when it is first asked for.
"""

TYPE_CHECKING = False  # as in `typing`, whose import costs 3 ms
if TYPE_CHECKING:
    from credex_actions.terraform.public import Finding as Finding
    from credex_actions.terraform.public import PlanVerdict as PlanVerdict
    from credex_actions.terraform.public import judge_plan as judge_plan

__all__ = ["Finding", "PlanVerdict", "judge_plan"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from credex_actions.terraform import public

    return getattr(public, name)
