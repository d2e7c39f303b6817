"""Summaries of deployments, of a verification and of a rendering, as their commands write them."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from credex_actions.core.faults import Exit
from credex_actions.core.loop import Run
from credex_actions.ecs.deployment import report as deployment_report
from credex_actions.ecs.deployment.request import Request
from credex_actions.ecs.outcome import Result
from credex_actions.ecs.revisions.steps import Register
from credex_actions.ecs.rollout.steps import Update
from credex_actions.ecs.tasks.stopped import StoppedContainer, StoppedTask
from credex_actions.ecs.verification.history import History
from credex_actions.ecs.verification.judgement import Answer, Look
from credex_actions.ecs.verification.verdict import Verdict
from tests.pictures.summarised import BEGAN, HOSTILE, at, story, summarised

ACCOUNT = "arn:aws:ecs:af-south-1:123456789012"
FORMER, OURS = (f"{ACCOUNT}:task-definition/credex-core-production:{number}" for number in (41, 42))
CLUSTER, SERVICE = "credex-cluster-production", "credex-core-service-production"

ASKED = Request(
    parameters=None,
    meaning=None,
    arn=OURS,
    service=SERVICE,
    cluster=CLUSTER,
    desired=None,
    force=False,
    propagate_tags=None,
    managed_tags=None,
    volumes=(),
    settings={},
    restores=False,
    scheduled=(),
    run_task=None,
    codedeploy=None,
    wait=True,
    wait_for=timedelta(minutes=30),
    poll=5,
    verify=True,
    skip_unchanged=True,
    on_failure="rollback",
    on_cancel="leave",
    keep=None,
    dry_run=False,
)


def deployment(result: Result, run: Run, asked: Request = ASKED) -> str:
    return summarised(lambda runner: deployment_report.conclude(runner, run, asked, result))


def completed() -> str:
    run = story(
        [(Register("credex-core-production"), 0, 1), (Update(SERVICE, OURS), 1, 2)],
        [("the rollout is in progress: 0 of 2 tasks run", 2, 60), ("the rollout is in progress: 1 of 2 tasks run", 60, 95)],
    )
    return deployment(Result(outcome="completed", revision=OURS, former=FORMER, deployment="ecs-svc/5128410371234567890", tasks=2), run)


def rolled_back() -> str:
    run = story(
        [(Register("credex-core-production"), 0, 1), (Update(SERVICE, OURS), 1, 2)],
        [
            ("the rollout is in progress: 0 of 2 tasks run", 2, 60),
            ("the rollout is in progress: 0 of 2 tasks run, 3 failed", 60, 95),
            ("ECS rolls the deployment back: it failed", 95, 140),
        ],
    )
    why = "ECS deployment circuit breaker: tasks failed to start."
    result = Result(outcome="rolled-back", why=why, revision=OURS, former=FORMER, deployment="ecs-svc/5128410371234567890")
    result.stopped = [stopped("0", "Error: Cannot find module './config'", "Require stack:", "- /app/dist/server.js", HOSTILE)]
    return deployment(result, run)


def timed_out() -> str:
    run = story(
        [(Register("credex-core-production"), 0, 1), (Update(SERVICE, OURS), 1, 2)],
        [("the rollout is in progress: 0 of 2 tasks run", 2, 1800)],
    )
    reason = (
        "CannotPullContainerError: The task cannot pull 123456789012.dkr.ecr.af-south-1.amazonaws.com/credex-core:4f1c2ab3 from the registry "
        "123456789012.dkr.ecr.af-south-1.amazonaws.com/credex-core:4f1c2ab3. There is a connection issue between the task and the registry."
    )
    result = Result(outcome="timed-out", revision=OURS, former=FORMER, deployment="ecs-svc/5128410371234567890")
    result.stopped = [
        StoppedTask(
            f"{ACCOUNT}:task/{CLUSTER}/{number:032x}", OURS, "TaskFailedToStart", reason, (StoppedContainer("app", None, "", True),)
        )
        for number in range(20)
    ]
    return deployment(result, run)


def hostile_deployment() -> str:
    run = story([(Update(SERVICE, OURS), 0, None)], [(HOSTILE, 1, 50)])
    asked = replace(ASKED, service=HOSTILE, cluster=HOSTILE)
    result = Result(outcome="failed", why=HOSTILE, revision=OURS, former=FORMER, deployment=HOSTILE, put_back=HOSTILE)
    result.stopped = [stopped("1", HOSTILE, "```", "</details>")._replace(reason=HOSTILE)]
    return deployment(result, run, asked)


def stopped(digit: str, *log: str) -> StoppedTask:
    container = StoppedContainer("credex-core", 1, "", True, log)
    task = f"{ACCOUNT}:task/{CLUSTER}/{digit * 32}"
    return StoppedTask(task, OURS, "EssentialContainerExited", "Essential container in task exited", (container,), at(20), at(23.4))


def unhealthy() -> str:
    history = History(began=BEGAN)
    address = "https://api.production.credex.example.com/api/v1/health?deep=true"
    for number in range(30):
        bad = 12 <= number < 18 or number > 24
        answers = (
            Answer(check=address, state="bad", what="HTTP 503 Service Unavailable: {'status':'DOWN','ledgerSpace':'unreachable'}")
            if bad
            else Answer(check=address, state="good", what="HTTP 200", seconds=0.123),
            Answer(check=f"service {SERVICE}", state="good", what=f"{OURS} serves with 2 of 2 tasks"),
            Answer(
                check="alarm credex-core-production-5xx-error-rate-too-high",
                state="unknown",
                what="AccessDenied: cloudwatch:DescribeAlarms",
            ),
        )
        history.add(Look(at=at(number * 10), answers=answers), at(30) if number > 2 else None)
    why = f"{address}: HTTP 503 Service Unavailable"
    rollback = "rolled back to credex-core-production:41, which serves"
    verdict = Verdict(
        outcome="rolled-back",
        ended="became-unhealthy",
        why=why,
        subject=f"{SERVICE} in {CLUSTER}",
        code=Exit.FAILED,
        history=history,
        at=at(400),
        run=story([(Update(SERVICE, FORMER), 300, 301)], [("rolling back to the previous revision", 301, 390)]),
        rollback=rollback,
    )
    return summarised(lambda runner: runner.summary(verdict.markdown(runner.redact)))


def rendered() -> str:
    former = {"LOG_LEVEL": "info", "API": "https://api.production.credex.example.com/api/v1/ledger", "OLD": "gone"}
    present = {"LOG_LEVEL": "debug", "API": "https://api.production.credex.example.com/api/v2/ledger", "NEW": "here", "TICKS": "```"}
    return _rendered(definition(former, "256"), definition(present, "512"))


def not_rendered() -> str:
    faulty = definition({HOSTILE: HOSTILE}, "5120000000000000000000000000000000000000")
    return _rendered(faulty, {**faulty, "containerDefinitions": [{"nmae": HOSTILE}], HOSTILE: 1})


def _rendered(former: dict[str, Any], present: dict[str, Any]) -> str:
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("former.json", "present.json")]
        for path, document in zip(paths, (former, present), strict=True):
            path.write_text(json.dumps(document))
        summary = Path(folder) / "summary.md"
        files = ["--task-definition", str(paths[1]), "--compare-with", str(paths[0])]
        command = [sys.executable, "-m", "credex_actions", "render-task-definition", *files]
        environment = {"GITHUB_STEP_SUMMARY": str(summary), "TMPDIR": folder}
        subprocess.run(command, env=environment, check=False, capture_output=True, timeout=60)
        return summary.read_text()


def definition(variables: dict[str, str], cpu: str) -> dict[str, Any]:
    environment = [{"name": name, "value": value} for name, value in variables.items()]
    web = {"name": "credex-core", "image": f"registry.example.com/credex-core:{cpu}", "essential": True, "environment": environment}
    return {"family": "credex-core-production", "cpu": cpu, "memory": "1024", "containerDefinitions": [web]}
