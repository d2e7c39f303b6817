"""Who is let into an environment, and the deployments that jobs leave there. Everything here is called with the hub's lock held.

Every job that names an environment asks when its turn comes. A review lets in all that wait for the environment then, and the rest of their
matrices: GitHub begins all jobs of a matrix at once, which a runner of few seats cannot. Source: GitHub docs, "Reviewing deployments".
"""

from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.records import Deployment, DeploymentStatus, deployments
from credex_actions.sandbox.github.runs.happenings import Entering, Happening, JobEnded, JobStarted
from credex_actions.sandbox.github.state import Environment, Gate, Repository, Review, Run


def ask(hub: Hub, repository: Repository, run: Run, wish: Entering) -> bool:
    """Whether the job has to wait. An environment that nobody made has no rules. Source: GitHub docs, "Managing environments for deployment"."""
    environment = repository.environments.setdefault(wish.environment, Environment(hub.id(), wish.environment))
    answer = True if not environment.reviewers else run.answered.get((wish.environment, wish.batch))
    if wish.deployment:
        note(hub, repository, run, wish.job, wish.environment, wish.url)
        _state(hub, repository, run, wish.job, "waiting" if answer is None else "queued")
    if answer is not None:
        wish.answer(answer)
        return False
    run.gates.append(Gate(wish.job, wish.environment, wish.batch, wish.answer))
    run.waits_for.add(wish.environment)
    return True


def review(hub: Hub, repository: Repository, run: Run, said: Review) -> None:
    run.reviews.append(said)
    run.waits_for -= set(said.environments)
    for gate in [gate for gate in run.gates if gate.environment in said.environments]:
        run.gates.remove(gate)
        run.answered[gate.environment, gate.batch] = said.approved
        for job in run.jobs_of(run.attempt):
            if job.name == gate.job and job.status == "waiting":
                job.status = run.status = "queued"
        if said.approved:
            _state(hub, repository, run, gate.job, "queued")
        gate.answer(said.approved)
    hub.changed.notify_all()


def note(hub: Hub, repository: Repository, run: Run, job: str, environment: str, url: str = "") -> None:
    record = Deployment(hub.id(), run.sha, run.branch, environment, run.actor, url=url, made_by=(run.id, run.attempt, job))
    deployments(repository).append(record)


def follow(hub: Hub, repository: Repository, run: Run, happening: Happening) -> None:
    """A deployment's state is its job's; a cancelled one has failed."""
    if isinstance(happening, JobStarted):
        _state(hub, repository, run, happening.job, "in_progress")
    elif isinstance(happening, JobEnded):
        _state(hub, repository, run, happening.job, "success" if happening.conclusion == "success" else "failure")


def close(hub: Hub, repository: Repository, run: Run) -> None:
    """The run has ended, whatever its jobs told."""
    for job in run.jobs_of(run.attempt):
        _state(hub, repository, run, job.name, "success" if job.conclusion == "success" else "failure")
    run.gates.clear()


def _state(hub: Hub, repository: Repository, run: Run, job: str, state: str) -> None:
    for record in deployments(repository):
        states = [each.state for each in record.statuses]
        if record.made_by == (run.id, run.attempt, job) and not {"success", "failure", state} & set(states):
            record.statuses.append(DeploymentStatus(hub.id(), state, "", run.actor))
