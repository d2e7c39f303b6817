"""From what is configured and what the sources say to a build: everything that can be wrong is said before anything is made."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from credex_actions.aws.scratch.launching import Place
from credex_actions.aws.tags import ENVIRONMENT, RUN, VERSION
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.loop import Run
from credex_actions.databases.finding import find
from credex_actions.rollout.checking import Discovered
from credex_actions.rollout.context import Context
from credex_actions.rollout.image.amis import Amis, base_of
from credex_actions.rollout.image.building import INSTALLS_WITHIN, Building
from credex_actions.rollout.image.image_builder.names import Names, account_of
from credex_actions.rollout.image.image_builder.requests import LONGEST_DOCUMENT, Requests, document
from credex_actions.rollout.image.image_builder.service import ImageBuilder
from credex_actions.rollout.image.image_builder.store import Store
from credex_actions.rollout.image.machines import Machines
from credex_actions.rollout.image.recipe import RECIPE, Recipe, package_names, recipe_of
from credex_actions.rollout.image.steps import Want
from credex_actions.rollout.versions.agreement import packages_of
from credex_actions.rollout.versions.indexes import Package
from credex_actions.rollout.versions.sources import Published
from credex_actions.rollout.versions.version import Version


def open_build(context: Context, there: Discovered, run: Run) -> Building:
    """Raises Failure: REFUSED where the sources do not agree, REMOTE where one could not be read, BAD_INPUT where the configuration is not enough."""
    asked, image = context.asked, context.asked.image
    if image.edition == "enterprise" and not image.accept_license:
        what = "the license agreement of Neo4j Enterprise Edition is not accepted"
        raise Failure(
            Exit.BAD_INPUT, asked.given.document.fault(("image", "edition"), what, "Set image.accept-license: true if you accept it.")
        )
    version = _agreed(there)
    packages = _packages(version, image.edition, there.published)
    base = base_of(context.clients, image)
    recipe = recipe_of(version, image.edition, base["ImageId"], packages)
    name = recipe.name(image.name)
    place = _place(context)
    amis = Amis(context, recipe, name)
    return Building(
        context=context,
        recipe=recipe,
        base=base,
        amis=amis,
        machines=Machines(context, recipe.digest, place),
        want=Want(version=recipe.version, name=name, base=recipe.base, run=context.run, give_up=context.give_up),
        run=run,
        image_builder=_image_builder(context, recipe, place, amis, base) if image.builder.via == "image-builder" else None,
    )


def _image_builder(context: Context, recipe: Recipe, place: Place, amis: Amis, base: Mapping[str, Any]) -> ImageBuilder:
    if len(document(recipe, int(INSTALLS_WITHIN))) > LONGEST_DOCUMENT:
        what = f"the component document would have more than {LONGEST_DOCUMENT:,} characters, which Image Builder does not accept"
        raise Failure(Exit.BAD_INPUT, Fault(what, "Use shorter addresses in image.sources, or image.builder.via: ssm.", "image.sources"))
    region = context.clients.read("imagebuilder").meta.region_name
    names = Names(recipe.digest, recipe.version, account_of(context.caller.arn, region))
    own = {RECIPE: recipe.digest, VERSION: recipe.version, RUN: context.run, ENVIRONMENT: context.asked.environment}
    requests = Requests(names, recipe, place, amis.name, amis.description, base["RootDeviceName"], amis.tags, own, int(INSTALLS_WITHIN))
    return ImageBuilder(Store(context.clients, context.clock), requests, context.run)


def _agreed(there: Discovered) -> Version:
    if there.target is None or there.doubt:
        hint = "If a warning above says that a source cannot be reached, run this where it can. Else wait until two kinds agree, correct image.sources, or set version to one that both name."
        what = f"refused: {there.doubt}" if there.code is Exit.REFUSED else f"the version to build is not known: {there.doubt}"
        raise Failure(there.code, Fault(what, hint, "image.sources"))
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
        own = " and EC2InstanceProfileForImageBuilder" if builder.via == "image-builder" else ""
        hint = f"Set image.builder.profile to an instance profile with the policy AmazonSSMManagedInstanceCore{own}."
        raise Failure(
            Exit.BAD_INPUT, Fault("no instance profile is known for the builder: SSM could not install anything", hint, "image.builder")
        )
    return Place(str(kind), str(subnet), tuple(groups), str(profile))
