"""Looks at the log groups of one region: those that are named for their errors, all of them for what they cost."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from credex_actions.core.text import listed
from credex_actions.maintenance.checking import Checking, Skipped, Wanted, counted, everything
from credex_actions.maintenance.context import Context, Scope
from credex_actions.maintenance.finding import Examined, Finding
from credex_actions.maintenance.logs import cost, patterns
from credex_actions.maintenance.logs.hiding import hidden
from credex_actions.maintenance.logs.reading import Group, LogGroups

KEPT: Final = "log-patterns"
"""Begins the name under which templates are kept for the next run; the account, the region and the group follow."""
FOUND: Final = "log-patterns-found"
"""Begins the name under which is kept what was found in a group, until it stays away."""


def examine(
    context: Context,
    scope: Scope,
    groups: Sequence[Group] = (),
    known: Mapping[str, Sequence[str]] | None = None,
    *,
    wanted: Wanted = everything,
) -> Examined:
    """`groups`: whose errors are looked at. `known`: `kept` of the earlier report, None if there is none. Never raises but Cancelled."""
    checking = Checking(context, wanted, scope.account, scope.region)
    there = LogGroups(scope.clients, context.clock, context.give_up)
    kept: dict[str, tuple[str, ...]] = {}
    checking.run(patterns.CHECK, lambda: _patterns(checking, there, groups, known, kept))
    checking.run(cost.CHECK, lambda: _costs(checking, there, scope))
    checking.calls += there.calls
    return checking.examined(kept)


def _patterns(
    checking: Checking,
    there: LogGroups,
    groups: Sequence[Group],
    known: Mapping[str, Sequence[str]] | None,
    kept: dict[str, tuple[str, ...]],
) -> Iterator[Finding]:
    if not groups:
        raise Skipped("no log group is configured to be reviewed")
    missing = []
    for group in groups:
        names = there.named(group.name)
        missing += [group.name] * (not names)
        for name in names:
            yield from _of_group(checking, there, group._replace(name=name), known, kept)
    if missing:
        raise Skipped(f"there is no log group {listed(missing)} in {checking.region}", missing)


def _of_group(
    checking: Checking, there: LogGroups, group: Group, known: Mapping[str, Sequence[str]] | None, kept: dict[str, tuple[str, ...]]
) -> Iterator[Finding]:
    hide: Callable[[str], str] = partial(hidden, redact=checking.context.runner.redact)
    place, found_place = (f"{start} {checking.account} {checking.region} {group.name}" for start in (KEPT, FOUND))
    earlier = known.get(place) if known is not None else None
    ways_before = patterns.read(known.get(found_place, ())) if known is not None else {}
    end = checking.context.clock.now()
    begin, before = end - group.since, there.partial
    lines = there.lines(group.name, begin, end, int(checking.setting(patterns.CHECK, "lines")))
    reviewed = patterns.review(group.name, lines, earlier or (), hide, ways_before)
    ways = patterns.found(reviewed, checking.setting(patterns.CHECK, "times"), compared=earlier is not None, before=ways_before)
    kept[place], kept[found_place] = reviewed.miner.templates(), patterns.written(ways)
    sampled = "; not all of them were read" if there.partial > before else ""
    checking.note(patterns.CHECK, f"{reviewed.note}{sampled}")
    checking.chart(patterns.CHECK, patterns.chart(reviewed, begin, end))
    yield from patterns.findings(reviewed, ways)


def _costs(checking: Checking, there: LogGroups, scope: Scope) -> Iterator[Finding]:
    stored = list(there.stored())
    metrics = cost.Metrics(scope.clients, checking.context.clock)
    ingested = metrics.ingested([each.name for each in stored], checking.context.clock.now())
    checking.calls += metrics.calls
    dollars, times, price, storage = (checking.setting(cost.CHECK, name) for name in ("dollars", "times", "price", "storage"))
    costs = {each.name: sum(cost.monthly(ingested[each.name], each, cost.Price(price, storage))) for each in stored}
    checking.chart(cost.CHECK, cost.chart(costs))
    checking.note(cost.CHECK, f"{counted(len(stored), 'log group')} together cost about {sum(costs.values()):.2f} US dollars a month")
    for each in stored:
        yield from cost.costly(each, ingested[each.name], cost.Price(price, storage), dollars, times)
