"""From what was read of the databases to the plan. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from credex_actions.core.durations import duration
from credex_actions.neo4j.configuration.model import Configuration, Database
from credex_actions.rollout.gates.gate import Gate
from credex_actions.rollout.gates.inside import connected
from credex_actions.rollout.planning.expected import expected
from credex_actions.rollout.planning.plan import Basis, Change, Plan, ordered
from credex_actions.rollout.planning.situation import Situation
from credex_actions.rollout.rehearsal.candidate import Candidate
from credex_actions.rollout.successor.obstacles import NEW_INSTANCE
from credex_actions.rollout.user_data.content import counted, short
from credex_actions.rollout.versions.paths import end_of_life, path, release_notes


def change_of(there: Situation, candidate: Candidate, configured: Configuration, environment: str) -> Change:
    found, standing = there.target.found, there.standing
    basis = Basis(
        environment=environment,
        name=there.name,
        database=there.target.database.database,
        order=there.target.database.order,
        instance=found.instance_id,
        instance_type=standing.instance_type,
        image=standing.runs_from,
        version=str(there.version),
        volume=found.volume_id,
        user_data=standing.booted_with,
        set_user_data=standing.set_before,
        new_image=candidate.image,
        new_version=str(candidate.version),
        recipe=candidate.recipe,
        new_user_data=there.pair(candidate).user_data,
        rollout=_plainly(configured),
    )
    return Change(
        basis=basis,
        changes=(
            *_changes(basis, standing.root_volume, candidate, configured, there.target.database, there.running.edition),
            *_of_user_data(there, basis),
        ),
        user_data=there.difference,
        expected=expected(there.rehearsed, standing.tags),
        backup=there.backup.id if there.backup else "",
        clients=there.inside.clients if there.inside else (),
        notes=(
            *([connected(there.inside.clients)] if there.inside else []),
            *path(there.version, candidate.version).notes,
            *([there.running.doubt] if there.running.doubt else []),
            *there.lines,
        ),
    )


def _plainly(configured: Configuration) -> dict[str, Any]:
    return dict(msgspec.to_builtins(configured.rollout))


def _drained(configured: Configuration, edition: str) -> str:
    """What is done before it stops."""
    rollout = configured.rollout
    match rollout.drain:
        case "stop-writes" if edition == "enterprise":
            return f"it becomes read-only before it stops, and open transactions get {rollout.drain_within} to end"
        case "stop-writes":
            return f"open transactions get {rollout.drain_within} to end before it stops"
        case "service" if rollout.service is not UNSET:
            return f"the service {rollout.service.name} is scaled to 0 before it stops, and back when it responds"
        case _:
            return "it stops without waiting for anybody"


def _changes(basis: Basis, root: str, candidate: Candidate, configured: Configuration, database: Database, edition: str) -> Iterator[str]:
    if basis.version != basis.new_version:
        yield f"Neo4j {basis.version} → {basis.new_version}"
    name = f" ({candidate.name})" if candidate.name else ""
    yield f"AMI {basis.image} → {basis.new_image}{name}" if basis.image != basis.new_image else f"AMI {basis.image}{name} stays"
    succeeded = configured.rollout.swap == NEW_INSTANCE
    if succeeded:
        yield f"an instance like {basis.instance} is launched from the AMI, and gets the data volume {basis.volume}; {basis.instance} is stopped before, and kept"
    else:
        yield f"the root volume {root} of {basis.instance} is replaced by one of the AMI, and kept; the data volume {basis.volume} stays"
    yield _drained(configured, edition)
    if database.url_parameter is not UNSET:
        yield f"{database.url_parameter} {'is set to its address' if succeeded else 'stays: the address does not change'}"
    if configured.rollout.service is not UNSET and succeeded:
        yield f"the service {configured.rollout.service.name} in {configured.rollout.service.cluster} is redeployed"
    elif configured.rollout.service is not UNSET:
        service = configured.rollout.service
        yield f"the service {service.name} in {service.cluster} is redeployed only if an address changes"


def _of_user_data(there: Situation, basis: Basis) -> Iterator[str]:
    if there.difference:
        succeeded = basis.rollout.get("swap") == NEW_INSTANCE
        how = "the new instance is launched with them" if succeeded else "the instance is stopped and started once for that"
        yield f"user data {short(basis.user_data)} → {short(basis.new_user_data)}: {counted(there.difference)}; {how}"
    elif basis.user_data != basis.new_user_data:
        yield f"user data {short(basis.user_data)} → {short(basis.new_user_data)}: they are set already, and no boot has run them yet"


def composed(
    situations: Sequence[Situation],
    changes: Sequence[Change],
    candidate: Candidate,
    gates: Sequence[Gate],
    *,
    configured: Configuration,
    environment: str,
    now: datetime,
    guard: str,
    window: Gate,
) -> Plan:
    changing = {each.name for each in changes}
    current = {
        each.name: f"it runs Neo4j {each.running.version} on {candidate.image} already" for each in situations if each.name not in changing
    }
    life = end_of_life(candidate.version.series, now.date())
    return Plan(
        environment=environment,
        made=now,
        version=str(candidate.version),
        image=candidate.image,
        recipe=candidate.recipe,
        changes=ordered(changes),
        current=current,
        gates=tuple(gates) if changes else (),
        guard=guard,
        notes=(f"Release notes of {candidate.version}: {release_notes(candidate.version)}", *([life] if life else [])),
        window=window if changes else None,
        batch=configured.rollout.batch,
        bake=duration(configured.rollout.bake),
    )
