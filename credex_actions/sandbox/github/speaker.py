"""Who an identity token speaks for, and what it says."""

from dataclasses import dataclass
from typing import Any

from credex_actions.sandbox.aws.identity import tokens
from credex_actions.sandbox.github.state import UNDER_WAY, Repository, Run


@dataclass(frozen=True)
class Speaker:
    """For whom a bearer speaks: a run that is under way, or, where there is none, a test."""

    repository: Repository
    ref: str
    run: Run | None = None

    @property
    def alive(self) -> bool:
        return self.run is None or self.run.status in UNDER_WAY

    def subject(self, environment: str) -> str:
        if environment:
            return f"repo:{self.repository.full_name}:environment:{environment}"
        if self.run and self.run.event.startswith("pull_request"):
            return f"repo:{self.repository.full_name}:pull_request"
        return f"repo:{self.repository.full_name}:ref:{self.ref}"

    def claims(self, environment: str) -> dict[str, Any]:
        run = self.run
        of_run = (
            {"run_id": str(run.id), "sha": run.sha, "actor": run.actor, "event_name": run.event, "workflow": run.workflow} if run else {}
        )
        named = {"environment": environment} if environment else {}
        whose = {"repository": self.repository.full_name, "repository_owner": self.repository.owner, "ref": self.ref}
        return {**whose, **of_run, **named, "runner_environment": "github-hosted"}

    def token(self, environment: str, audience: str) -> str:
        return tokens.issue(self.subject(environment), audience or f"https://github.com/{self.repository.owner}", self.claims(environment))
