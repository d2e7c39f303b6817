"""Takes what happens into a run's record. Everything here is called with the hub's lock held."""

from dataclasses import dataclass

from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.runs.happenings import Happening, JobEnded, JobQueued, JobStarted, Line, StepEnded, StepStarted
from credex_actions.sandbox.github.state import Job, Run, Step, now


@dataclass
class Recorder:
    hub: Hub
    run: Run

    def job(self, name: str) -> Job:
        for job in self.run.jobs_of(self.run.attempt):
            if job.name == name:
                return job
        job = Job(self.hub.id(), name, self.run.attempt)
        self.run.jobs.append(job)
        return job

    def take(self, happening: Happening) -> None:
        match happening:
            case JobQueued(name, labels):
                self.job(name).labels = labels
            case JobStarted(name):
                job = self.job(name)
                job.status, job.started, self.run.status = "in_progress", now(), "in_progress"
            case StepStarted(name, step):
                steps = self.job(name).steps
                steps.append(Step(len(steps) + 1, step))
            case Line(name, text):
                self.job(name).lines += [(now(), line) for line in text.split("\n")]
                return
            case StepEnded(name, step, conclusion):
                for each in [each for each in self.job(name).steps if each.name == step and each.status != "completed"][:1]:
                    end_step(each, conclusion)
            case JobEnded(name, conclusion):
                end_job(self.job(name), conclusion)
        self.moved()

    def wait_for(self, name: str, environment: str) -> None:
        self.job(name).status = self.run.status = "waiting"
        self.run.waits_for.add(environment)
        self.moved()

    def end(self, conclusion: str) -> None:
        for job in self.run.jobs_of(self.run.attempt):
            if job.status != "completed":
                end_job(job, "cancelled" if conclusion == "cancelled" else "failure")
        self.run.status, self.run.conclusion = "completed", conclusion
        self.run.waits_for.clear()
        self.moved()

    def moved(self) -> None:
        self.run.updated = now()
        self.run.keep()
        self.hub.changed.notify_all()


def end_step(step: Step, conclusion: str) -> None:
    step.status, step.conclusion, step.completed = "completed", conclusion, now()


def end_job(job: Job, conclusion: str) -> None:
    for step in job.steps:
        if step.status != "completed":
            end_step(step, conclusion)
    job.status, job.conclusion, job.completed = "completed", conclusion, now()


def conclusion_of(jobs: list[Job]) -> str:
    """Of a run whose jobs have ended."""
    conclusions = [job.conclusion or "" for job in jobs]
    for worst in ("failure", "timed_out", "startup_failure", "action_required", "cancelled"):
        if worst in conclusions:
            return worst
    return "success" if "success" in conclusions else next(iter(conclusions), "startup_failure")
