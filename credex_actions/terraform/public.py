"""The public part of credex_actions.terraform: the guard's verdict on a plan, without AWS and without its libraries."""

import io
import os
from collections.abc import Sequence
from typing import NamedTuple

from credex_actions.core.runner import Runner
from credex_actions.declarations.guard_terraform_plan import Inputs
from credex_actions.terraform.guarding import judged
from credex_actions.terraform.judging import exceptions
from credex_actions.terraform.judging.finding import Finding

__all__ = ["Finding", "PlanVerdict", "judge_plan"]


class PlanVerdict(NamedTuple):
    """`findings`: the gravest first, at most 1000."""

    safe: bool
    findings: list[Finding]


def judge_plan(
    plan: str, *, directory: str = ".", protect: Sequence[str] = (), allow: Sequence[str] = (), config: str | None = None
) -> PlanVerdict:
    """Whether a plan would lose data, and by which changes (docs/reference/plan-rules.md).

    `plan`: the path of a saved plan, which Terraform or OpenTofu on PATH shows in `directory`, or of the JSON of `terraform show -json`, which needs neither.
    `protect`, `allow`, `config`: as the inputs of guard-terraform-plan. A refusal is a result here and no exception. Raises Failure (exit code 2) for what is no plan.
    """
    silent = Runner(os.environ, io.StringIO(), io.StringIO())
    inputs = Inputs(plan, directory, tuple(protect), tuple(allow), config)
    verdict = judged(inputs, silent, exceptions.read(inputs.protect, inputs.allow, inputs.config))
    return PlanVerdict(not verdict.refused, verdict.shown)
