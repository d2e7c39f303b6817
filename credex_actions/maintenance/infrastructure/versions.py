"""Which versions are behind the newest there are, judged from what registries answered. Pure, but for asking them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from shlex import quote
from typing import Final, NamedTuple

from credex_actions.core.text import listed, one_line
from credex_actions.maintenance.catalogue.check import Severity
from credex_actions.maintenance.checking import Skipped
from credex_actions.maintenance.finding import Finding, Place
from credex_actions.maintenance.infrastructure.constraints import Version, allows, newest_allowed, read_version
from credex_actions.maintenance.infrastructure.declared import Directory, Module
from credex_actions.maintenance.infrastructure.registry import Registries, UnknownError

TERRAFORM: Final = "terraform-behind"
PROVIDER: Final = "provider-behind"
MODULE: Final = "module-behind"
GIT: Final = re.compile(r"git::|git@|.*\.git(?:[?/]|$)|(?:github\.com|bitbucket\.org|gitlab\.com)/")
MOVING: Final = re.compile(r"[?&]ref=(main|master|trunk|develop|dev|HEAD)(?:&|$)")


class Pin(NamedTuple):
    """A version of Terraform that something besides required_version names: .terraform-version, or a workflow."""

    constraint: str
    file: str
    line: int


class Limits(NamedTuple):
    """`majors`, `minors`: how far behind is too far."""

    majors: float
    minors: float

    def distance(self, current: Version, newest: Version) -> tuple[str, Severity] | None:
        """In words; None where it is near enough."""
        if (majors := newest.major - current.major) >= self.majors:
            return f"{majors} major {'version' if majors == 1 else 'versions'} behind", "medium" if majors > 1 else "low"
        minors = newest.minor - current.minor
        if newest.major == current.major and minors >= self.minors:
            return f"{minors} minor {'version' if minors == 1 else 'versions'} behind", "low"
        return None


class _Troubles:
    """Registries that did not answer, each said once when all is judged."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def known(self, ask: Callable[[], frozenset[Version]]) -> frozenset[Version]:
        try:
            return ask()
        except UnknownError as error:
            self._said.setdefault(str(error))
            return frozenset()

    def end(self) -> None:
        if self._said:
            raise Skipped(one_line(f"not everything could be compared: {listed(list(self._said), 3)}", 400))


def terraform(directories: Iterable[Directory], pins: Iterable[Pin], registries: Registries, minors: float) -> Iterator[Finding]:
    """Raises Skipped, after what it found."""
    troubles, limits = _Troubles(), Limits(1, minors)
    required = [(Pin(*each), _product(directory)) for directory in directories for each in directory.required]
    for pin, product in [*required, *((pin, "Terraform") for pin in pins)]:
        versions = troubles.known(lambda product=product: registries.releases(product))  # type: ignore[misc]
        if not versions or allows(pin.constraint, newest := max(versions)):
            continue
        best = newest_allowed(pin.constraint, versions) or read_version(re.sub(r"^[^0-9]+", "", pin.constraint.split(",")[-1]))
        if best and (behind := limits.distance(best, newest)):
            yield Finding(
                check=TERRAFORM,
                severity=behind[1],
                resource=pin.file,
                key=product,
                title=f"{product} {best} is {behind[0]} {newest}",
                why=one_line(f"{pin.file} has {pin.constraint}; the newest release is {newest}."),
                fix=f"Read the upgrade guides up to {newest.major}.{newest.minor}, allow it, then plan: a newer version writes states that older ones refuse.",
                place=Place(file=pin.file, line=pin.line),
            )
    troubles.end()


def _product(directory: Directory) -> str:
    return "OpenTofu" if any(address.startswith("registry.opentofu.org/") for address in directory.locked) else "Terraform"


def providers(directories: Iterable[Directory], registries: Registries, limits: Limits) -> Iterator[Finding]:
    """Raises Skipped, after what it found."""
    troubles = _Troubles()
    for directory in directories:
        constraints = {each.address: each for each in directory.providers}
        if directory.applied and constraints and not directory.locked:
            yield _unlocked(directory, constraints.keys())
        for address in sorted({*constraints, *directory.locked}):
            declared, locked = constraints.get(address), directory.locked.get(address)
            constraint = declared.constraint or "" if declared else ""
            versions = troubles.known(lambda address=address: registries.provider(address))  # type: ignore[misc]
            current = read_version(locked.text or "") if locked else newest_allowed(constraint, versions)
            if not versions or current is None or not (behind := limits.distance(current, newest := max(versions))):
                continue
            place = (
                Place(file=directory.lock, line=locked.line)
                if locked
                else Place(file=declared.file, line=declared.line)
                if declared
                else None
            )
            allowed = newest_allowed(constraint, versions)
            upgrade = f"terraform -chdir={quote(directory.shown)} init -upgrade"
            fix = (
                upgrade
                if allowed and allowed > current
                else f"Read the upgrade guide, change the constraint {constraint or 'in the module'}, then {upgrade}"
            )
            yield Finding(
                check=PROVIDER,
                severity=behind[1],
                resource=directory.lock if locked else directory.shown,
                key=address,
                title=f"{address.partition('/')[2]} {current} is {behind[0]} {newest}",
                why=one_line(
                    f"{directory.shown} {'has locked' if locked else 'allows at most'} {current}; the newest is {newest}, and {constraint or 'no constraint'} allows {allowed or 'none'}."
                ),
                fix=fix,
                place=place,
            )
    troubles.end()


def _unlocked(directory: Directory, addresses: Iterable[str]) -> Finding:
    first = directory.providers[0]
    return Finding(
        check=PROVIDER,
        severity="low",
        resource=directory.shown,
        key="unlocked",
        title=f"{directory.shown} has no lock file: each init takes other providers",
        why=f"No {directory.lock} is committed, so that {listed(sorted(address.partition('/')[2] for address in addresses))} may differ between two plans.",
        fix=f"terraform -chdir={quote(directory.shown)} providers lock -platform=linux_amd64, then commit {directory.lock}",
        place=Place(file=first.file, line=first.line),
    )


def modules(directories: Iterable[Directory], registries: Registries, limits: Limits) -> Iterator[Finding]:
    """Raises Skipped, after what it found."""
    troubles = _Troubles()
    for directory in directories:
        for module in directory.modules:
            if module.registry:
                versions = troubles.known(lambda module=module: registries.module(module.registry))  # type: ignore[misc]
                yield from _of_registry(module, versions, limits)
            elif GIT.match(module.source) and (moving := _moving(module.source)):
                yield _module(module, "medium", f"the module {module.name} follows {moving}", f"Its source is {module.source}: whoever changes that changes the next plan.",
                              "Add ?ref= with a tag, or better a commit's SHA, to its source.")  # fmt: skip
    troubles.end()


def _moving(source: str) -> str:
    if found := MOVING.search(source):
        return f"the branch {found[1]}"
    return "" if "ref=" in source else "the default branch"


def _of_registry(module: Module, versions: frozenset[Version], limits: Limits) -> Iterator[Finding]:
    if module.version is None:
        yield _module(
            module,
            "medium",
            f"the module {module.name} has no version",
            f"{module.source} is taken as it is newest when init runs.",
            'Add version = "~> …".',
        )
        return
    if not versions:
        return
    newest, best = max(versions), newest_allowed(module.version, versions)
    if best and (behind := limits.distance(best, newest)):
        yield _module(module, behind[1], f"the module {module.name} {best} is {behind[0]} {newest}", f"{module.version} allows {best} of {module.source} at most.",
                      f"Read its changelog, allow {newest}, then terraform init -upgrade.")  # fmt: skip


def _module(module: Module, severity: Severity, title: str, why: str, fix: str) -> Finding:
    return Finding(
        check=MODULE, severity=severity, resource=module.file, key=module.name, title=one_line(title), why=one_line(why), fix=fix,
        place=Place(file=module.file, line=module.line),
    )  # fmt: skip


def limits_of(settings: Mapping[str, float]) -> Limits:
    return Limits(settings["majors"], settings["minors"])
