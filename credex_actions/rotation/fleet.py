"""Which credentials of a manifest a run takes, in which order, and what each needs to be opened."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from msgspec import UNSET

from credex_actions.core.aws.clients import Clients
from credex_actions.core.durations import duration
from credex_actions.core.faults import Fault, collected
from credex_actions.core.shard import read as read_shard
from credex_actions.core.text import listed, nearest
from credex_actions.core.workers import WorkerClock
from credex_actions.rotation.consumers import open_consumer
from credex_actions.rotation.consumers.ecs_service import Follow
from credex_actions.rotation.deciding.state import Mode, Want, WantedPlace
from credex_actions.rotation.escrow.escrow import Escrow
from credex_actions.rotation.kinds import open_source
from credex_actions.rotation.manifest import model as manifest
from credex_actions.rotation.manifest.model import Credential, GithubSecret, Manifest, Workflows
from credex_actions.rotation.manifest.rules import whole_of
from credex_actions.rotation.rotation import Rotation
from credex_actions.rotation.surroundings import Surroundings
from credex_actions.rotation.targets import open_places


class Asked(NamedTuple):
    """How a run was asked to rotate."""

    mode: Mode
    created_before: datetime | None
    give_up: datetime
    run: str
    replace_inactive: bool = False
    own_key: str = ""


def chosen(given: Manifest, only: Sequence[str], shard: str | None) -> tuple[list[str], list[Fault]]:
    """The names, in the manifest's order, and what is wrong with the choice."""
    faults: list[Fault] = []
    for name in only:
        if name not in given.credentials:
            guess = nearest(name, list(given.credentials))
            meant = f"Did you mean {guess}?" if guess else f"The manifest has {listed(list(given.credentials))}."
            faults.append(Fault(f"'{name[:60]}' is not a credential in the manifest", meant, "credentials"))
    names = [name for name in given.credentials if not only or name in only]
    own = collected(faults, partial(read_shard, shard)) if shard else None
    if own:
        names = [name for name in names if shard_of(name, own.of) == own.number]
    return names, faults


def shard_of(name: str, count: int) -> int:
    """From 1 to `count`; by the name alone, so that a credential stays in its shard whatever else the manifest says."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") % count + 1


def in_order(given: Manifest, names: Sequence[str], own_user: str) -> list[list[str]]:
    """Groups, one after the other; side by side within a group. The credential that this run itself uses comes last of all."""

    def place(name: str) -> tuple[bool, int]:
        credential = given.credentials[name]
        return isinstance(credential, manifest.IamAccessKey) and credential.user == own_user, credential.order

    groups: dict[tuple[bool, int], list[str]] = {}
    for name in names:
        groups.setdefault(place(name), []).append(name)
    return [groups[key] for key in sorted(groups)]


def permissions(given: Manifest, home: str) -> dict[str, dict[str, str]]:
    """What an App's token has to be allowed, by repository: no more than the manifest's targets and users need."""
    needed: dict[str, dict[str, str]] = {}

    def need(repository: str, permission: str, level: str) -> None:
        needed.setdefault(repository or home, {"metadata": "read"})[permission] = level

    for credential in given.credentials.values():
        for target in credential.targets:
            if isinstance(target, GithubSecret):
                repository = home if target.repository is UNSET else target.repository
                need(repository, _permission(target), "write")
                if target.marker is not UNSET:
                    kind = "organization_actions_variables" if target.organisation is not UNSET else "variables"
                    need(repository, "environments" if target.environment is not UNSET else kind, "write")
        for user in credential.used_by:
            if isinstance(user, Workflows):
                need(home if user.repository is UNSET else user.repository, "actions", "read")
    return needed


def _permission(target: GithubSecret) -> str:
    if target.organisation is not UNSET:
        return "organization_secrets"
    if target.environment is not UNSET:
        return "environments"
    return "dependabot_secrets" if target.dependabot else "secrets"


def opener(given: Manifest, name: str, asked: Asked, around: Surroundings, clock: WorkerClock, follow: Follow) -> Callable[[], Rotation]:
    """Opens a credential in the thread that works on it."""

    def opened() -> Rotation:
        credential = given.credentials[name]
        clients = around.clients("" if credential.role is UNSET else credential.role)
        escrow = _escrow(given, name, clients, asked.run, clock)
        source = open_source(name, credential, clients, escrow.values, around.copied, clock)
        places = [
            place
            for target in credential.targets
            for place in open_places(target, whole_of(credential), clients, around.session, around.repository)
        ]
        own_run = around.environment.get("GITHUB_RUN_ID", "")
        consumers = [open_consumer(each, clients, around.session, around.repository, own_run, follow) for each in credential.used_by]
        nature = source.nature
        want = Want(
            name=name,
            mode=asked.mode,
            creates=nature.creates,
            installs=nature.installs,
            adopts=nature.adopts,
            revokes=nature.revokes,
            places=tuple(WantedPlace(key=place.key, former=place.former) for place in places),
            rotate_after=None if isinstance(credential, manifest.Copied) else duration(_span(credential, given, "rotate_after")),
            grace=duration(_span(credential, given, "grace")),
            watch=duration(_span(credential, given, "watch")),
            successes=credential.verify.successes,
            verify_within=duration(credential.verify.within),
            created_before=asked.created_before,
            give_up=asked.give_up,
            replace_inactive=asked.replace_inactive,
            own_key=asked.own_key,
        )
        return Rotation(want, escrow, source, places, consumers, clock, around.hide)

    return opened


def _span(credential: Credential, given: Manifest, name: str) -> str:
    own = getattr(credential, name)
    return str(getattr(given.defaults, name) if own is UNSET else own)


def _escrow(given: Manifest, name: str, clients: Clients, run: str, clock: WorkerClock) -> Escrow:
    key = "" if given.escrow.kms_key is UNSET else given.escrow.kms_key
    if isinstance(given.escrow, manifest.ParameterEscrow):
        from credex_actions.rotation.escrow.parameters import ParameterEscrow

        return ParameterEscrow(clients, f"{given.escrow.prefix}{name}", run, clock, key)
    from credex_actions.rotation.escrow.secrets_manager import SecretsManagerEscrow

    return SecretsManagerEscrow(clients, f"{given.escrow.prefix}{name}", run, key)
