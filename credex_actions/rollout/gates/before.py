"""The gates of what changes from one moment to the next: asked again directly before each database is touched, so that a roll-out stops between two of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from msgspec import UNSET

from credex_actions.backup.context import Target
from credex_actions.core.durations import duration
from credex_actions.core.faults import Failure
from credex_actions.core.workers import side_by_side
from credex_actions.rollout.context import Context
from credex_actions.rollout.gates import alarms, reading, window
from credex_actions.rollout.gates.gate import Gate, unread
from credex_actions.rollout.gates.inside import databases_gate, look, transactions_gate


def before(context: Context, target: Target, needs: timedelta | None) -> Iterator[Gate]:
    """`needs`: the expected downtime of this database; None where it is not known. Raises AWS's own errors."""
    yield window_gate(context, needs)
    yield alarms_gate(context)
    readings: dict[str, Callable[[], list[Gate]]] = {
        "dbms": lambda: _inside(context, target),
        "instance": lambda: reading.inside_instance(context, target.found, target.database.data),
    }
    read: dict[str, list[Gate]] = {}

    def one(which: str) -> None:
        read[which] = readings[which]()

    # At the same time: in a group a batch waits for them.
    _, cancelled = side_by_side(one, [list(readings)], context.clock, len(readings), hurried=context.runner.in_actions)
    if cancelled:
        raise cancelled
    for which in readings:
        yield from read[which]


def _inside(context: Context, target: Target) -> list[Gate]:
    try:
        inside = look(context, target.found, target.database)
    except Failure as failure:
        return [unread("databases", failure.faults[0].what, "Check the database, then run the same command again.", target.name)]
    longest = duration(context.asked.configuration.rollout.longest_transaction)
    return [databases_gate(target.name, inside), transactions_gate(target.name, inside, longest)]


def alarms_gate(context: Context) -> Gate:
    names = context.asked.configuration.rollout.alarms
    return alarms.judged(names, alarms.states(context.clients, context.clock, names))


def window_gate(context: Context, needs: timedelta | None) -> Gate:
    configured = context.asked.configuration.rollout.window
    return window.judged(None if configured is UNSET else configured, context.clock.now(), needs, context.asked.force_window)
