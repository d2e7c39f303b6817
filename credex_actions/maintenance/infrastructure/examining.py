"""Looks at the Terraform of a repository as it is checked out."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.text import listed
from credex_actions.maintenance.checking import Checking, Skipped, Wanted, everything, words_of
from credex_actions.maintenance.context import Context
from credex_actions.maintenance.finding import Examined, Finding
from credex_actions.maintenance.infrastructure import checkov, drift, formatting, versions
from credex_actions.maintenance.infrastructure.declared import Directory, directories
from credex_actions.maintenance.infrastructure.drift import Root
from credex_actions.maintenance.infrastructure.pins import pins
from credex_actions.maintenance.infrastructure.registry import GITHUB, Registries
from credex_actions.maintenance.infrastructure.running import opened, with_credentials
from credex_actions.maintenance.repository.tree import Tree, read_tree

UNCONFIGURED = "no directory is configured to be planned"


def examine(
    context: Context,
    root: str,
    roots: Sequence[Root] = (),
    *,
    registries: Mapping[str, str] | None = None,
    github: str = GITHUB,
    wanted: Wanted = everything,
) -> Examined:
    """`root`: where the repository is checked out. `roots`: what is planned to find drift, with the credentials of the environment; nothing else is.
    `registries`: by host, where to ask instead. `github`: the API that knows Terraform's releases. Never raises but Cancelled.
    """
    checking = Checking(context, wanted)
    asked = Registries(registries or {}, github)

    @cache
    def tree() -> Tree:
        return read_tree(root)

    @cache
    def declared() -> tuple[Directory, ...]:
        found = tuple(directories(tree()).values())
        if not found:
            raise Skipped("the repository has no Terraform")
        return found

    def setting(check: str) -> versions.Limits:
        return versions.limits_of(context.settings[check])

    checking.run(
        versions.TERRAFORM, lambda: versions.terraform(declared(), pins(tree()), asked, checking.setting(versions.TERRAFORM, "minors"))
    )
    checking.run(versions.PROVIDER, lambda: versions.providers(declared(), asked, setting(versions.PROVIDER)))
    checking.run(versions.MODULE, lambda: versions.modules(declared(), asked, setting(versions.MODULE)))
    checking.run(drift.CHECK, lambda: _drift(checking, root, roots))
    checking.run(formatting.CHECK, lambda: formatting.unformatted(opened(context), tree(), declared()))
    checking.run(formatting.CHECK, lambda: formatting.invalid(opened(context), tree(), [each for each in declared() if each.applied]))
    checking.run(checkov.CHECK, lambda: checkov.risks(context, root, declared()))
    return checking.examined()


def _drift(checking: Checking, root: str, roots: Sequence[Root]) -> Iterator[Finding]:
    if not roots:
        raise Skipped(UNCONFIGURED)
    program, troubles, is_failed = with_credentials(checking.context), [], False
    for each in roots:
        found: list[Finding] = []
        try:
            found += drift.drift(checking.context, program, root, each)
        except (Skipped, Failure) as trouble:
            if isinstance(trouble, Failure):
                is_failed |= trouble.code is not Exit.BAD_INPUT
            troubles.append(words_of(trouble) if isinstance(trouble, Failure) else str(trouble))
            yield from found
            continue
        if not found:
            checking.note(drift.CHECK, f"{each.shown} is as its code says")
        yield from found
    if is_failed:
        raise Failure(Exit.FAILED, Fault(listed(troubles, 3)))
    if troubles:
        raise Skipped(listed(troubles, 3))
