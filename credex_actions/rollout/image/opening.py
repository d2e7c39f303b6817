"""From what is configured and what the sources say to a build: everything that can be wrong is said before anything is made."""

from collections.abc import Sequence

from msgspec import UNSET

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.databases.finding import find
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.amis import Amis, base_of
from credex_actions.rollout.image.building import Building
from credex_actions.rollout.image.machines import Machines, Place
from credex_actions.rollout.image.recipe import package_names, recipe_of
from credex_actions.rollout.image.steps import Want
from credex_actions.rollout.versions.agreement import packages_of
from credex_actions.rollout.versions.indexes import Package
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Version


def open_build(context: Context, there: Discovered, run: Run) -> Building:
    """Raises Failure: REFUSED where the sources do not agree, BAD_INPUT where the configuration is not enough."""
    asked, image = context.asked, context.asked.image
    if image.edition == "enterprise" and not image.accept_license:
        what = "is enterprise, whose license agreement has to be accepted"
        raise Failure(
            Exit.BAD_INPUT, asked.given.document.fault(("image", "edition"), what, "Set image.accept-license: true if you accept it.")
        )
    version = _agreed(there)
    packages = _packages(version, image.edition, there.published)
    base = base_of(context.clients, image)
    recipe = recipe_of(version, image.edition, base["ImageId"], packages)
    name = recipe.name(image.name)
    place = _place(context)
    return Building(
        context=context,
        recipe=recipe,
        base=base,
        amis=Amis(context, recipe, name),
        machines=Machines(context, recipe.digest, place),
        want=Want(version=recipe.version, name=name, base=recipe.base, run=context.run, give_up=context.give_up),
        run=run,
    )


def _agreed(there: Discovered) -> Version:
    if there.target is None or there.doubt:
        hint = "Wait until two kinds of sources agree, correct image.sources, or set version to one that both name."
        raise Failure(Exit.REFUSED, Fault(f"refused: {there.doubt}", hint, "image.sources"))
    return there.target


def _packages(version: Version, edition: str, published: tuple[Published, ...]) -> Sequence[tuple[Published, Package]]:
    names = package_names(edition)
    found = list(packages_of(version, names, [each for each in published if each.source.kind == "yum"]))
    if not found:
        what = f"refused: no yum repository lists {' and '.join(names)} of {version} with their checksums, which a build verifies"
        raise Failure(Exit.REFUSED, Fault(what, "Add the yum repository of the series to image.sources.", "image.sources"))
    return found


def _place(context: Context) -> Place:
    """What is not configured is as the instance of the first database has it."""
    asked, builder = context.asked, context.asked.image.builder
    given = (builder.instance_type, builder.subnet, builder.security_groups, builder.profile)
    if UNSET in given:
        name, database = next(iter(asked.databases.items()))
        found = find(context.clients, name, database, asked.given.document, stopped=True)
        like = (found.instance_type, found.subnet_id, found.security_groups, found.profile_arn)
    else:
        like = ("", "", (), "")
    kind, subnet, groups, profile = (other if own is UNSET else own for own, other in zip(given, like, strict=True))
    if not profile:
        hint = "Set image.builder.profile to an instance profile with the policy AmazonSSMManagedInstanceCore."
        raise Failure(
            Exit.BAD_INPUT, Fault("no instance profile is known for the builder: SSM could not install anything", hint, "image.builder")
        )
    return Place(str(kind), str(subnet), tuple(groups), str(profile))
