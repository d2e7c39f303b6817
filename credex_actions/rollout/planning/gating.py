"""The gates of one database, and of all, from what was read of them. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from credex_actions.core.durations import duration
from credex_actions.neo4j.configuration.model import Configuration
from credex_actions.rollout.gates import backups
from credex_actions.rollout.gates.gate import Gate, unread
from credex_actions.rollout.gates.inside import databases_gate, transactions_gate
from credex_actions.rollout.gates.instance import back_gate, drift_gate, layout_gate, offered_gate, unfinished_gate
from credex_actions.rollout.planning.situation import Situation
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.successor import obstacles as succession
from credex_actions.rollout.successor.obstacles import NEW_INSTANCE
from credex_actions.rollout.user_data.restart import Restart, obstacles
from credex_actions.rollout.versions.paths import path


def of_database(
    there: Situation, candidate: Candidate, configured: Configuration, environment: str, now: datetime, skipped: str
) -> Iterator[Gate]:
    """`skipped`: the reason for doing without a rehearsal."""
    name, backup, rollout = there.name, configured.backup, configured.rollout
    if there.half_way:  # it may be down, and comes first whatever else is there: no gate but its own
        yield unfinished_gate(name, there.standing)
        return
    yield path_gate(there, candidate)
    yield layout_of(there, candidate, rollout.swap)
    if rollout.swap != NEW_INSTANCE and (gate := back_gate(name, there.standing, candidate)):
        yield gate
    yield unfinished_gate(name, there.standing)
    yield drift_gate(name, there.standing)
    if there.configured is not None:
        yield user_data_gate(there)
    if there.restart and rollout.swap != NEW_INSTANCE:
        yield restart_gate(name, there.standing.record, there.restart)
    yield offered_gate(name, there.standing, there.target.found.zone, there.offered)
    if there.inside is None:
        yield unread("databases", there.silent, "Check the database, then run the same command again.", name)
    else:
        yield databases_gate(name, there.inside)
        yield transactions_gate(name, there.inside, duration(rollout.longest_transaction))
    yield from there.inside_instance
    yield backups.backup_gate(name, environment, there.backups, duration(backup.maximum_age), now, there.store)
    yield backups.drill_gate(name, environment, there.backups, duration(backup.drill_every), now, there.store)
    age = duration(rollout.rehearsal.maximum_age)
    yield backups.rehearsal_gate(name, there.rehearsed, age, now, wrong=there.wrong, skipped=skipped)


def layout_of(there: Situation, candidate: Candidate, swap: str) -> Gate:
    """`swap`: of the configuration."""
    name, database, standing = there.name, there.target.database, there.standing
    if swap != NEW_INSTANCE:
        return layout_gate(name, database, standing, candidate)
    found = succession.obstacles(name, database, standing.record, candidate.record, there.restart, there.target.found.volume_id)
    return layout_gate(name, database, standing, candidate, list(found))


def user_data_gate(there: Situation) -> Gate:
    """Besides what has the shape of a secret, which was refused before: what this run knows as one, such as the password with which it logs in."""
    text = there.new.user_data.decode()
    if there.redact(text) != text:
        says = f"its new user data hold a secret that this run knows: whoever may describe the instance {there.target.found.instance_id} would read it"
        hint = "Read it on the instance from Parameter Store or Secrets Manager."
        return Gate(name="user data", says=says, shut=True, hint=hint, database=there.name)
    says = "they change" if there.difference else "they stay as they are set"
    return Gate(name="user data", says=says, database=there.name)


def restart_gate(name: str, record: Mapping[str, Any], restart: Restart) -> Gate:
    """Whether the instance can be stopped and started for its new user data."""
    found = list(obstacles(name, record, restart))
    if found:
        says, hint = "; ".join(fault.what for fault in found), " ".join(fault.hint for fault in found)
        return Gate(name="restart", says=says, shut=True, hint=hint, database=name)
    return Gate(name="restart", says="its instance can be stopped and started", database=name)


def path_gate(there: Situation, candidate: Candidate) -> Gate:
    now, then = there.version, candidate.version
    way = path(now, then)
    if way.refused:
        return Gate(name="path", says=way.refused, shut=True, hint="Choose a version that the path leads to.", database=there.name)
    return Gate(name="path", says=f"from {now} to {then}" if now != then else f"{now} stays", database=there.name)


def can_be_rehearsed(gates: Sequence[Gate]) -> str:
    """Why not, in words; "" if it can: what cannot be rolled is not worth an instance."""
    return next((gate.says for gate in gates if gate.name in {"path", "layout"} and gate.shut), "")
