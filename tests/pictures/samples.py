"""Summaries of representative outcomes, by name; how the first line of each begins; and which have a chart, with how many failed phases."""

from collections.abc import Callable
from typing import Final

from tests.pictures import of_backup, of_ecs, of_github, of_plan, of_rotation

SAMPLES: Final[dict[str, Callable[[], str]]] = {
    "deployment-completed": of_ecs.completed,
    "deployment-rolled-back": of_ecs.rolled_back,
    "deployment-timed-out": of_ecs.timed_out,
    "deployment-hostile": of_ecs.hostile_deployment,
    "verification-unhealthy": of_ecs.unhealthy,
    "rendering": of_ecs.rendered,
    "bad-input": of_ecs.not_rendered,
    "plan": of_plan.plan,
    "trigger-failed": of_github.failed,
    "trigger-hostile": of_github.hostile,
    "rotation": of_rotation.rotated,
    "rotation-hostile": of_rotation.hostile,
    "drill": of_backup.drilled,
    "drill-hostile": of_backup.hostile,
}

OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    "deployment-completed": ("✅", "serves"),
    "deployment-rolled-back": ("❌", "rolled back"),
    "deployment-timed-out": ("❌", "timed out"),
    "deployment-hostile": ("❌", "failed"),
    "verification-unhealthy": ("❌", "unhealthy"),
    "rendering": ("✅", "rendered"),
    "trigger-failed": ("❌", "failure"),
    "trigger-hostile": ("❌", ""),
    "rotation": ("❌", "1 failed"),
    "rotation-hostile": ("❌", "1 failed"),
    "drill": ("❌", "differs"),
    "drill-hostile": ("❌", "differs"),
    "bad-input": ("❌", "nothing was changed"),
    "plan": ("Plan", "production"),
}

CHARTS: Final[dict[str, int]] = {
    "deployment-completed": 0,
    "deployment-rolled-back": 1,
    "deployment-timed-out": 1,
    "deployment-hostile": 1,
    "verification-unhealthy": 2,
    "trigger-failed": 1,
    "trigger-hostile": 1,
    "rotation": 1,
    "rotation-hostile": 1,
    "drill": 0,
    "drill-hostile": 1,
}
