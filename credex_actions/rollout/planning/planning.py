"""The mode plan: the AMI, the databases side by side, their rehearsals, and the plan of it all. Apply makes its own plan by it, and compares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import botocore.exceptions

from credex_actions.backup.archive import Backup
from credex_actions.backup.context import Target
from credex_actions.backup.reading import of_database, read_all
from credex_actions.core.aws.clients import CONNECTIONS, explain
from credex_actions.core.clock import Cancelled
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.core.progress import Say
from credex_actions.core.workers import side_by_side
from credex_actions.databases.finding import Found
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates import backups, quotas
from credex_actions.rollout.gates.before import alarms_gate, window_gate
from credex_actions.rollout.gates.gate import Gate
from credex_actions.rollout.gates.usage import Usage
from credex_actions.rollout.planning import candidate as candidates
from credex_actions.rollout.planning import gating
from credex_actions.rollout.planning.composing import change_of, composed
from credex_actions.rollout.planning.needs import needs_of
from credex_actions.rollout.planning.plan import Plan
from credex_actions.rollout.planning.situation import Situation, look_inside, situation
from credex_actions.rollout.planning.terraform import guarded
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.rehearsal.opening import open_rehearsal
from credex_actions.rollout.rehearsal.rehearsing import Rehearsing

REHEARSED_AT_ONCE: Final = 4
"""Each is an instance."""


@dataclass
class Planning:
    """`say`: what is going on. `runs`: the story of each rehearsal; `left`: what one may have left behind, in words."""

    context: Context
    say: Say
    run: Run
    runs: dict[str, Run] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def make(self, found: Mapping[str, Found], there: Discovered | None) -> Plan:
        """`found`: the databases that are planned. `there`: None if an AMI is named. Raises Failure and Cancelled, and AWS's own errors."""
        context, asked = self.context, self.context.asked
        guard = guarded(asked.terraform_plan, context.runner)
        candidate = candidates.given(context, asked.image_id) if there is None else candidates.built(context, there, self.run)
        kept = read_all(context.clients, context.clock, asked)
        situations = self._look(found, candidate, kept)
        behind = [each for each in situations if not each.is_current(candidate)]
        due = self._due(behind)
        room = self._room(behind, due, candidate)
        self._rehearse(due, candidate, room)
        context.clock.check()  # after a signal a rehearsal just ends
        if self.runs:  # rehearsals take as long as a restore does: what was read before them may not be so any more
            self._look_again(behind)
        now = context.clock.now()
        changes = [change_of(each, candidate, asked.configuration, asked.environment) for each in behind]
        gates = [
            gate
            for each in behind
            for gate in gating.of_database(each, candidate, asked.configuration, asked.environment, now, asked.skip_rehearsal)
        ]
        if behind and not any(each.half_way for each in behind):  # what is down has alarms: they are looked at once it is back
            gates.append(alarms_gate(context))
        gates += [room] if room else []
        gates += [guard.gate] if guard.gate else []
        first = min(changes, key=lambda each: (each.basis.order, each.name), default=None)
        open_now = window_gate(context, first.expected.span if first else None)
        return composed(
            situations,
            changes,
            candidate,
            gates,
            configured=asked.configuration,
            environment=asked.environment,
            now=now,
            guard=guard.verdict,
            window=open_now,
        )

    def _look(self, found: Mapping[str, Found], candidate: Candidate, kept: Sequence[Backup]) -> list[Situation]:
        asked = self.context.asked

        def one(name: str) -> Situation | Failure:
            self.say(f"{name}: reading what it is", name)
            try:
                return situation(self.context, Target(name, asked.databases[name], found[name]), candidate, of_database(list(kept), name))
            except Failure as failure:
                return failure

        names = [name for name in asked.databases if name in found]
        results, cancelled = side_by_side(one, [names], self.context.clock, CONNECTIONS, hurried=self.context.runner.in_actions)
        if cancelled:
            raise cancelled
        failures = [each for each in results if isinstance(each, Failure)]
        if failures:
            code = Exit.BAD_INPUT if any(each.code is Exit.BAD_INPUT for each in failures) else Exit.REMOTE
            raise Failure(code, *(fault for each in failures for fault in each.faults), left=self.run.state())
        situations = [each for each in results if isinstance(each, Situation)]
        return sorted(situations, key=lambda each: names.index(each.name))

    def _look_again(self, behind: Sequence[Situation]) -> None:
        by_name = {each.name: each for each in behind if not each.half_way}
        _, cancelled = side_by_side(
            lambda name: look_inside(self.context, by_name[name]),
            [list(by_name)],
            self.context.clock,
            CONNECTIONS,
            hurried=self.context.runner.in_actions,
        )
        if cancelled:
            raise cancelled

    def _due(self, behind: Sequence[Situation]) -> list[Situation]:
        """Those that have to be rehearsed."""
        asked, now = self.context.asked, self.context.clock.now()
        if asked.skip_rehearsal:
            return []
        most = duration(asked.rehearsal.maximum_age)
        return [each for each in behind if not each.standing.unfinished and not backups.counts(each.rehearsed, most, now)]

    def _room(self, behind: Sequence[Situation], due: Sequence[Situation], candidate: Candidate) -> Gate | None:
        """In the account's quotas, before anything is launched. None where nothing is, and for what is half-way: that comes first."""
        if not behind or any(each.half_way for each in behind):
            return None
        needs = needs_of(behind, due, candidate, REHEARSED_AT_ONCE)
        return quotas.judged(Usage(self.context.clients, self.context.clock).rooms(needs))

    def _rehearse(self, due: Sequence[Situation], candidate: Candidate, room: Gate | None) -> None:
        if room and room.stops:
            for each in due:
                each.wrong = f"not rehearsed: {room.says}"
            return
        if not due:
            return
        by_name = {each.name: each for each in due}
        _, cancelled = side_by_side(
            lambda name: self._one(by_name[name], candidate),
            [list(by_name)],
            self.context.clock,
            REHEARSED_AT_ONCE,
            hurried=self.context.runner.in_actions,
        )
        if cancelled:
            raise cancelled

    def _one(self, there: Situation, candidate: Candidate) -> None:
        """What becomes of it is in the situation: one rehearsal that fails stops no other."""
        why = self._cannot(there, candidate)
        if why:
            there.wrong = f"not rehearsed: {why}"
            return
        name = there.name
        run = Run(
            self.context.clock,
            on_step=lambda step: self.say(f"{name}: {step}", name),
            on_wait=lambda wait: self.say(f"{name}: {wait.why}", name),
        )
        self.runs[name] = run
        assert there.backup
        rehearsing = open_rehearsal(self.context, there.target, there.backup, candidate, there.new, run)
        try:
            rehearsing.rehearse()
            there.rehearsed = rehearsing.note
        except Failure as failure:
            there.wrong = f"not rehearsed: {failure.faults[0].what}"
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            there.wrong = f"not rehearsed: {explain(error).faults[0].what}"
        except Cancelled:
            pass  # side_by_side says so
        finally:
            if rehearsing.copy.left:
                self.left.append(rehearsing.copy.left)
        _tell(there, rehearsing)

    def _cannot(self, there: Situation, candidate: Candidate) -> str:
        gates = [gating.path_gate(there, candidate), gating.layout_of(there, candidate, self.context.asked.configuration.rollout.swap)]
        if why := gating.can_be_rehearsed(gates):
            return why
        if self.context.asked.dry_run:
            return "a dry run launches nothing"
        if not there.own.place.profile:
            return (
                f"{there.target.found.instance_id} has no instance profile: SSM cannot check the store of a copy that is launched like it"
            )
        backup = there.backup
        if backup is None:
            return "there is no backup to rehearse with"
        if backup.method == "dump":
            return f"the newest backup, {backup.id}, is a dump: a rehearsal clones a snapshot of the data volume"
        if backup.version != str(there.version):
            return f"the newest backup, {backup.id}, is of Neo4j {backup.version or '?'}, and {there.version} runs"
        return ""


def _tell(there: Situation, rehearsing: Rehearsing) -> None:
    wrong = list(rehearsing.wrong())
    if wrong:
        there.wrong = f"failed: {'; '.join(wrong)}"
    elif rehearsing.copy.comparison and rehearsing.note:
        copy = rehearsing.copy
        there.lines.append(f"rehearsed with {copy.backup.id}: {copy.proven}; Bolt answered after {rehearsing.seconds} s")
        there.lines += rehearsing.copy.comparison.notes


def unfinished(planning: Planning) -> Failure | None:
    """What a rehearsal left, as a failure."""
    if not planning.left:
        return None
    return Failure(Exit.REMOTE, *(Fault(each, "Run --mode sweep.") for each in planning.left))
