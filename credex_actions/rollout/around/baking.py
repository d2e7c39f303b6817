"""Watches a database that was moved: Bolt, the checks of the configuration and how long they take, and CloudWatch's alarms. The effects at the edge of bake.py."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any, Final

from neo4j.exceptions import DriverError, Neo4jError

from credex_actions.backup.checks import Answered
from credex_actions.backup.live import ANSWERS_WITHIN, Live
from credex_actions.core.aws.clients import Clients
from credex_actions.core.aws.looking import look_again
from credex_actions.core.clock import Clock
from credex_actions.core.durations import duration
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Done, Operation, Run, Step, drive
from credex_actions.core.text import one_line
from credex_actions.ecs.verification.checks.alarm import span
from credex_actions.neo4j.configuration.model import Rollout
from credex_actions.neo4j.queries import Queries, QueryFailedError
from credex_actions.rollout.around.bake import Look, Ringing, Seen, Want, after, decide, looked, summary
from credex_actions.rollout.context import Context

ONE: Final = "RETURN 1"
ROUNDS: Final = 5
"""Measurements before the swap, of which the median counts."""
AT_ONCE: Final = 100
"""Names that one DescribeAlarms takes."""
KINDS: Final = ("MetricAlarm", "CompositeAlarm")
UNANSWERED: Final = (DriverError, Neo4jError, QueryFailedError)


@dataclass
class Alarms:
    clients: Clients
    clock: Clock
    names: Sequence[str]

    def faults(self) -> Iterator[Fault]:
        """One that does not exist would never sound."""
        known = self._described()
        for name in self.names:
            if name not in known:
                what = f"there is no alarm {one_line(name, 120)}"
                yield Fault(what, "Check the name, the region and the account.", "rollout.alarms")

    def look(self) -> tuple[tuple[Ringing, ...], tuple[str, ...]]:
        """Those that are in ALARM, and those that no longer exist."""
        known = self._described()
        ringing = [alarm for alarm in known.values() if alarm.get("StateValue") == "ALARM"]
        missing = tuple(name for name in self.names if name not in known)
        return tuple(
            Ringing(each["AlarmName"], one_line(each.get("StateReason", "") or "no reason provided", 160), timedelta(seconds=span(each)))
            for each in ringing
        ), missing

    def _described(self) -> dict[str, Any]:
        cloudwatch = self.clients.read("cloudwatch")
        found: dict[str, Any] = {}
        for start in range(0, len(self.names), AT_ONCE):
            names = list(self.names[start : start + AT_ONCE])
            request = {"AlarmNames": names, "AlarmTypes": KINDS, "MaxRecords": AT_ONCE}
            answer = look_again(self.clock, lambda request=request: cloudwatch.describe_alarms(**request))  # type: ignore[misc]
            found |= {each["AlarmName"]: each for kind in ("MetricAlarms", "CompositeAlarms") for each in answer.get(kind, ())}
        return found


@dataclass
class Measuring:
    """Asks over one connection, and opens another one where that broke: a new one for each look would measure logging in."""

    live: Live
    stack: ExitStack = field(default_factory=ExitStack)
    queries: Queries | None = None

    def round(self) -> tuple[dict[str, float], tuple[str, ...]]:
        """Seconds by query, and what is wrong with answers. Raises Failure and the driver's errors where Bolt does not respond."""
        queries = self.queries or self._open()
        took, wrong = {}, []
        try:
            began = time.monotonic()
            list(queries.rows(ONE, database=self.live.database.database, timeout=10))
            took[ONE] = time.monotonic() - began
            for each in self.live.database.checks:
                began = time.monotonic()
                answered = self._check(queries, each.query, each.expect, each.within)
                if answered.passed:
                    took[each.query] = time.monotonic() - began
                else:
                    returned = answered.trouble or one_line(json.dumps(answered.answer, default=str), 80)
                    wrong.append(f"the check {one_line(each.query, 60)} returned {returned}, expected {json.dumps(answered.expected)}")
        except BaseException:
            self.close()
            raise
        return took, tuple(wrong)

    def close(self) -> None:
        self.queries = None
        self.stack.close()

    def _open(self) -> Queries:
        self.queries = self.stack.enter_context(self.live.opened(ANSWERS_WITHIN))
        return self.queries

    def _check(self, queries: Queries, query: str, expected: Any, within: str) -> Answered:
        try:
            rows = list(queries.rows(query, database=self.live.database.database, timeout=duration(within).total_seconds()))
        except Neo4jError as error:  # the database responds, and rejects this one
            return Answered(query, expected, trouble=one_line(error.code or str(error)))
        values = [value for row in rows for value in row.values()]
        trouble = "" if len(values) == 1 else f"{len(values)} values instead of one"
        return Answered(query, expected, values[0] if len(values) == 1 else None, trouble)


def typical_before(live: Live, rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds by query, while the database still runs as it did. Raises Failure where it does not respond."""
    measuring = Measuring(live)
    try:
        measuring.round()  # the first one plans the queries
        measured = [measuring.round()[0] for _ in range(rounds)]
    except UNANSWERED as error:
        what = f"{live.name}: how long its queries take could not be measured: {one_line(str(error))}"
        raise Failure(Exit.REMOTE, Fault(what, "Check the database's log, then run the same command again.")) from None
    finally:
        measuring.close()
    return {query: median(each[query] for each in measured if query in each) for query in measured[0]}


@dataclass
class Bake:
    """`before`: as typical_before measured it. `seen`: what was seen so far."""

    name: str
    live: Live
    alarms: Alarms
    settings: Rollout
    before: Mapping[str, float]
    clock: Clock
    poll: float = 5.0
    seen: Seen | None = None

    def watch(self, run: Run) -> Done:
        """`baked`, or `failed` and why. Raises Cancelled, and Failure where AWS cannot be asked."""
        settings, began = self.settings, self.clock.now()
        want = Want(
            name=self.name,
            began=began,
            bake=duration(settings.bake),
            silence=duration(settings.silence),
            slowdown=settings.slowdown,
            before=self.before,
            poll=self.poll,
        )
        measuring = Measuring(self.live)
        self.seen = Seen(now=began)

        def observe() -> Seen:
            assert self.seen
            self.seen = looked(self.seen, self._look(measuring), began)
            return self.seen

        operation: Operation[Seen, Step] = Operation(observe, partial(decide, want), _writes_nothing, after)
        try:
            done = drive(operation, run)
        finally:
            measuring.close()
        return done if done.outcome == "baked" else Done(done.outcome, f"{done.why} ({summary(want, self.seen)})")

    def _look(self, measuring: Measuring) -> Look:
        took: Mapping[str, float] = {}
        wrong: tuple[str, ...] = ()
        silent = ""
        try:
            took, wrong = measuring.round()
        except UNANSWERED as error:
            silent = one_line(str(error), 160)
        except Failure as failure:
            if failure.code is Exit.BAD_INPUT:
                raise
            silent = failure.faults[0].what
        ringing, missing = self.alarms.look() if self.alarms.names else ((), ())
        return Look(at=self.clock.now(), silent=silent, took=took, wrong=wrong, ringing=ringing, missing=missing)


def _writes_nothing(step: Step) -> None:
    raise AssertionError(f"a bake only looks, and was asked to {step}")


def open_alarms(context: Context) -> Alarms:
    """Before anything is changed. Raises Failure(BAD_INPUT) for each that does not exist."""
    alarms = Alarms(context.clients, context.clock, context.asked.given.configuration.rollout.alarms)
    faults = list(alarms.faults())
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)
    return alarms
