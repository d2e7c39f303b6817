"""Whether heap and page cache fit the machine, and the store. Pure.

Source: Neo4j operations manual, "Memory configuration" and "Disks, RAM and other tips".
"""

from collections.abc import Iterator
from typing import Final

from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.graph.observed import GIB, Disk, Log, Memory, Told
from credex_actions.maintenance.graph.space import in_bytes

SETTINGS: Final = "memory-settings"
CACHE: Final = "page-cache-low"
FOR_SYSTEM: Final = GIB
"""Bytes that the operating system needs at least: "a good starting point is to reserve 1GB"."""
COMPRESSED: Final = (32 * GIB, 40 * GIB)
"""From 32 GiB on the JVM's references take twice the room: a heap in this range holds less than one of 31 GiB."""
SMALL: Final = 4 * GIB
"""A machine of which the operating system needs so much that no share is worth a word."""
MOST_HITS: Final = 1_000
"""Page hits and faults below which a ratio means nothing."""


def settings(resource: str, memory: Memory, percent: float) -> Iterator[Finding]:
    used = memory.heap + memory.cache
    figures = f"The machine has {in_bytes(memory.machine)}, the heap {in_bytes(memory.heap)}, the page cache {in_bytes(memory.cache)}"
    if memory.heap_set is not None and memory.cache_set is not None and memory.machine - used < FOR_SYSTEM:
        yield _finding(resource, "too-much", "high", f"{resource} leaves the operating system {in_bytes(max(memory.machine - used, 0))}",
                       f"{figures}: under load the machine swaps, or kills Neo4j.", "Reduce server.memory.heap.max_size or server.memory.pagecache.size, then restart.")  # fmt: skip
    elif memory.heap_set is None or memory.cache_set is None:
        missing = " and ".join(
            name
            for name, value in (("server.memory.heap.max_size", memory.heap_set), ("server.memory.pagecache.size", memory.cache_set))
            if value is None
        )
        yield _finding(resource, "unset", "low", f"{resource} does not set its memory explicitly",
                       f"{missing} {'are' if ' and ' in missing else 'is'} not set. {figures}, as heuristics took them when it started.", "neo4j-admin server memory-recommendation")  # fmt: skip
    elif memory.machine >= SMALL and 100 * used < percent * memory.machine:
        yield _finding(resource, "unused", "low", f"{resource} uses {100 * used / memory.machine:.0f}% of its machine's memory",
                       f"{figures}.", "Increase server.memory.pagecache.size up to the size of the store, or take a smaller instance type.")  # fmt: skip
    if COMPRESSED[0] <= memory.heap < COMPRESSED[1]:
        yield _finding(resource, "heap", "medium", f"the heap of {resource} is in the range in which it holds less",
                       f"{figures}. From 32 GiB on references take twice the room.", "Set server.memory.heap.max_size to 31g, or to more than 40g.")  # fmt: skip
    if memory.initial_heap_set is not None and memory.heap_set is not None and memory.initial_heap_set < memory.heap_set:
        yield _finding(resource, "initial", "low", f"the heap of {resource} grows while it works",
                       f"server.memory.heap.initial_size is {in_bytes(memory.initial_heap_set)}, the maximum {in_bytes(memory.heap_set)}: growing means full garbage collections.",
                       "Set both to the same size.")  # fmt: skip


def page_cache(resource: str, told: Told, log: Log | None, disk: Disk | None, percent: float) -> Iterator[Finding]:
    """Raises Skipped where nothing tells."""
    ratio, source = _ratio(told, log)
    if ratio is not None:
        if 100 * ratio < percent:
            yield Finding(
                check=CACHE,
                severity="medium" if 100 * ratio >= percent - 10 else "high",
                resource=resource,
                title=f"the page cache of {resource} has a hit ratio of {100 * ratio:.1f}%",
                why=f"{source}; below {percent:g}% the disk sets the pace.{_sizes(told.memory, disk)}",
                fix="Increase server.memory.pagecache.size, up to the size of the store; with a larger instance type if need be.",
            )
        return
    if told.memory is None or disk is None:
        raise Skipped(
            "neither a metric nor the query log tells the hit ratio (both are of Enterprise Edition), and the sizes are not known"
        )
    if told.memory.cache < disk.store:
        yield Finding(
            check=CACHE,
            severity="low",
            resource=resource,
            title=f"the page cache of {resource} is smaller than its store",
            why=f"The page cache has {in_bytes(told.memory.cache)}, the store {in_bytes(disk.store)}. Its hit ratio is not known: this edition does not count it.",
            fix="Increase server.memory.pagecache.size, with a larger instance type if need be.",
        )


def _ratio(told: Told, log: Log | None) -> tuple[float | None, str]:
    if told.hit_ratio is not None and 0 <= told.hit_ratio <= 1:
        return told.hit_ratio, "The metric page_cache.hit_ratio says so"
    if log and log.hits + log.faults >= MOST_HITS:
        return log.hits / (log.hits + log.faults), f"The query log has {log.faults} page faults to {log.hits} hits since {log.since}"
    return None, ""


def _sizes(memory: Memory | None, disk: Disk | None) -> str:
    return f" It has {in_bytes(memory.cache)}, and the store {in_bytes(disk.store)}." if memory and disk else ""


def _finding(resource: str, key: str, severity: str, title: str, why: str, fix: str) -> Finding:
    return Finding(check=SETTINGS, severity=severity, resource=resource, key=key, title=title, why=why, fix=fix)  # type: ignore[arg-type] # one of the three
