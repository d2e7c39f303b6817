"""Summaries of a run that was triggered, as trigger-dev-deploy writes them."""

from dataclasses import replace

from credex_actions.core.faults import Exit
from credex_actions.core.secret import Secret
from credex_actions.github.connection.credentials import TokenCredentials
from credex_actions.github.connection.place import Place
from credex_actions.github.runs.seen import Job, Run, Step
from credex_actions.github.triggering import report as trigger_report
from credex_actions.github.triggering.report import Result
from credex_actions.github.triggering.request import Asked
from tests.pictures.summarised import HOSTILE, at, summarised

SITE = "https://github.example"
ASKED = Asked(
    place=Place("Great-Sun-Group/credex-core", SITE, SITE),
    credentials=TokenCredentials(Secret("not-a-token"), "token"),
    workflow="deploy.yml",
    ref="dev",
    inputs={},
    correlation=None,
    run_id=None,
    wait=True,
    timeout=3600,
    poll=5,
    logs="failed",
    log_file="",
    cancels=True,
    dry_run=False,
)
RUN = Run(
    16234567890,
    "completed",
    "failure",
    f"{SITE}/Great-Sun-Group/credex-core/actions/runs/16234567890",
    "Deploy the ledger to development",
    started=at(0),
    updated=at(431),
)


def triggered(result: Result) -> str:
    return summarised(lambda runner: trigger_report.conclude(runner, ASKED, result))


def failed() -> str:
    jobs = (
        job(1, "build / Build the image", "success", 0, 182),
        job(2, "plan / Plan for development", "success", 10, 64),
        job(
            3,
            "deploy / Deploy to development (credex-cluster-development)",
            "failure",
            190,
            428,
            "Deploy, watch, and put back where it fails",
        ),
        job(4, "notify", "skipped", 430, 430),
    )
    result = Result(run=RUN, known=RUN.id, jobs=jobs)
    result.ended()
    result.failing = {
        jobs[2].name: [f"2026-03-01T02:3{number % 10}:00Z the service has 0 of 2 tasks, and 3 failed" for number in range(20)]
    }
    return triggered(result)


def hostile() -> str:
    jobs = (job(1, HOSTILE, "failure", 0, 60, HOSTILE),)
    result = Result(run=replace(RUN, title=HOSTILE), known=RUN.id, jobs=jobs, stopping=HOSTILE)
    result.end(Exit.FAILED, HOSTILE)
    result.failing = {HOSTILE: [HOSTILE, "```", "</details>"]}
    return triggered(result)


def job(number: int, name: str, conclusion: str, began: float, ended: float, failed_step: str = "") -> Job:
    steps = (Step(1, failed_step, "completed", "failure"),) if failed_step else ()
    return Job(number, name, "completed", conclusion, started=at(began), ended=at(ended), steps=steps)
