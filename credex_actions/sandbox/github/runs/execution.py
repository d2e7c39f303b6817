"""Runs that continue: each is a thread that takes what happens, from act or from a script, into the run's record."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.runs import entering
from credex_actions.sandbox.github.runs.happenings import Approval, Entering, Happening, JobEnded, JobStarted, Pause
from credex_actions.sandbox.github.runs.recorder import Recorder, conclusion_of
from credex_actions.sandbox.github.state import UNDER_WAY, Repository, Run, now

Executor = Callable[[Repository, Run], Iterable[Happening]]
"""What happens in a run. It ends soon after `run.cancelled` is set, and leaves no process behind."""

Script = Callable[[Run], Iterable[Happening]]
LOOK_EVERY: Final = 0.5


class CancelledError(Exception):
    """Somebody cancelled the run."""


class Executions:
    """`scripts`, by a workflow's file name, take the executor's place."""

    def __init__(self, hub: Hub, executor: Executor, environments: Callable[[Repository, Run], Mapping[str, str]] = lambda *_: {}) -> None:
        """`environments`: of the jobs that a script plays, by their names."""
        self.hub = hub
        self._environments = environments
        self.scripts: dict[str, Script] = {}
        self._executor = executor
        self._threads: list[threading.Thread] = []

    def start(self, repository: Repository, run: Run, *, cancel_in_progress: bool = False) -> None:
        """A run waits while its concurrency group is busy; of those that wait the newest alone stays. Source: GitHub docs, "Concurrency"."""
        others = [
            each for each in repository.runs if each is not run and run.group and each.group == run.group and each.status in UNDER_WAY
        ]
        for other in others:
            if other.status == "pending" or cancel_in_progress:
                self.cancel(other, force=False)
        run.status = "pending" if others else "queued"
        thread = threading.Thread(target=self._execute, args=(repository, run, others), name=f"run-{run.id}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def cancel(self, run: Run, *, force: bool) -> None:
        if force:
            run.killed.set()
        run.cancelled.set()
        self.hub.changed.notify_all()

    def stop(self) -> None:
        with self.hub.lock:
            for repository in self.hub.repositories.values():
                for run in repository.runs:
                    self.cancel(run, force=True)
        for thread in self._threads:
            thread.join(30)

    def _execute(self, repository: Repository, run: Run, before: list[Run]) -> None:
        recorder, broken = Recorder(self.hub, run), False
        try:
            self._wait(run, lambda: all(each.status == "completed" for each in before))
            with self.hub.lock:
                run.status, run.started = "queued", now()
            script = self.scripts.get(run.workflow.rpartition("/")[2])
            named = self._environments(repository, run) if script else {}
            self._follow(repository, recorder, iter(script(run) if script else self._executor(repository, run)), named)
        except CancelledError:
            pass
        except Exception as error:  # noqa: BLE001 - a run that breaks the sandbox has ended all the same
            broken = True
            with self.hub.lock:
                self.hub.misfits.append(f"run {run.id}: {type(error).__name__}: {error}")
        with self.hub.lock:  # who sees that it has ended also sees what became of its deployments
            worst = conclusion_of(run.jobs_of(run.attempt))
            recorder.end("startup_failure" if broken else "cancelled" if run.cancelled.is_set() else worst)
            entering.close(self.hub, repository, run)

    def _follow(self, repository: Repository, recorder: Recorder, happenings: Iterator[Happening], named: Mapping[str, str]) -> None:
        refused: set[str] = set()
        run = recorder.run
        try:
            for happening in happenings:
                if isinstance(happening, Pause):
                    self._wait(run, lambda: False, happening.seconds, heeds_cancel=happening.heeds_cancel)
                elif isinstance(happening, Approval):
                    if not self._let_in(recorder, happening):
                        refused.add(happening.job)
                elif isinstance(happening, Entering):
                    with self.hub.lock:
                        if entering.ask(self.hub, repository, run, happening):
                            recorder.wait_for(happening.job, happening.environment)
                elif happening.job not in refused:
                    with self.hub.lock:
                        if isinstance(happening, JobStarted) and happening.job in named:
                            entering.note(self.hub, repository, run, happening.job, named[happening.job])
                        recorder.take(happening)
                        entering.follow(self.hub, repository, run, happening)
        finally:
            if close := getattr(happenings, "close", None):
                close()

    def _let_in(self, recorder: Recorder, wish: Approval) -> bool:
        """Waits until somebody reviews the job's environment; a job that is rejected has failed."""
        run = recorder.run
        with self.hub.lock:
            recorder.wait_for(wish.job, wish.environment)
        self._wait(run, lambda: wish.environment not in run.waits_for)
        with self.hub.lock:
            review = next(each for each in reversed(run.reviews) if wish.environment in each.environments)
            if not review.approved:
                recorder.take(JobEnded(wish.job, "failure"))
            else:
                recorder.job(wish.job).status = run.status = "queued"
        return review.approved

    def _wait(self, run: Run, happened: Callable[[], bool], seconds: float = float("inf"), *, heeds_cancel: bool = True) -> None:
        """Raises CancelledError as soon as the run is cancelled."""
        end = time.monotonic() + seconds
        stop = run.cancelled if heeds_cancel else run.killed
        with self.hub.lock:
            while not happened() and (left := end - time.monotonic()) > 0:
                if stop.is_set():
                    raise CancelledError
                self.hub.changed.wait(min(left, LOOK_EVERY))
            if stop.is_set():
                raise CancelledError
