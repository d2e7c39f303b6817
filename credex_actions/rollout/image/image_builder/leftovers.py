"""What killed runs left in Image Builder: found by their claims, which are created first and removed last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from credex_actions.aws.lease import LEASE, Lease, read_lease
from credex_actions.aws.tags import ENVIRONMENT, RUN, VERSION
from credex_actions.rollout.image.image_builder.names import DISTRIBUTION, IMAGE, REMOVED, Names, kind_of
from credex_actions.rollout.image.image_builder.steps import IN_PROGRESS, CancelBuild, Discard
from credex_actions.rollout.image.image_builder.store import Store
from credex_actions.rollout.image.recipe import RECIPE
from credex_actions.rollout.versions.version import read_version


class Left(NamedTuple):
    """Of one claim. `steps`: in the order in which they are taken. `building`: its build, while that is in progress; then there is nothing else to remove yet."""

    names: Names
    run: str
    lease: Lease | None
    steps: tuple[CancelBuild | Discard, ...]
    building: str


@dataclass
class Leftovers:
    """Of one environment. `of`: how ARNs begin, as account_of() has it. `run`: that removes them."""

    store: Store
    environment: str
    of: str
    run: str

    def look(self) -> list[Left]:
        return list(self._left())

    def _left(self) -> Iterator[Left]:
        for record in self.store.distributions():
            tags = record.get("tags", {})
            names = _named(record["name"], tags, self.of)
            if names and tags.get(ENVIRONMENT) == self.environment:
                yield _of(self.store, names, tags)

    def act(self, step: CancelBuild | Discard) -> None:
        arn = f"{self.of}{step.resource}"
        match step:
            case CancelBuild():
                self.store.cancel(arn, self.run)
            case Discard():
                self.store.delete(arn)


def _named(claim: str, tags: Mapping[str, str], of: str) -> Names | None:
    """None for what is no claim of ours. Whoever may tag it has written the tags: one that names another recipe than the claim leads to what another run is at work with."""
    version = read_version(tags.get(VERSION, ""))
    names = Names(tags.get(RECIPE, ""), str(version), of)
    return names if version and names.digest and claim == names.name else None


def _of(store: Store, names: Names, tags: Mapping[str, str]) -> Left:
    run, lease = tags.get(RUN, ""), read_lease(tags.get(LEASE, ""))
    builds = store.builds(names.arn(IMAGE))
    building = next((names.resource_of(each["arn"]) for each in builds if each["state"]["status"] in IN_PROGRESS), "")
    if building:
        return Left(names, run, lease, (CancelBuild(building, run),), building)
    found = [*(names.resource_of(each["arn"]) for each in builds), *store.defined(names), names.resource(DISTRIBUTION)]
    ordered = sorted(found, key=lambda each: REMOVED.index(kind_of(each)))
    return Left(names, run, lease, tuple(Discard(each, run) for each in ordered), "")
