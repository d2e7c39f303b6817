"""The checks that this version has, whoever declares them, and which of them a person means."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from credex_actions.core.documentation import page_at
from credex_actions.core.faults import Fault
from credex_actions.core.text import nearest
from credex_actions.maintenance.catalogue.check import Check

PAGE: Final = page_at("docs/reference/maintenance-checks.md")


def by_name(checks: Iterable[Check]) -> dict[str, Check]:
    """In the order in which they are declared."""
    found: dict[str, Check] = {}
    for check in checks:
        assert check.name not in found, f"{check.name} is declared twice"
        found[check.name] = check
    return found


def settings(checks: Mapping[str, Check], given: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Of every check: what the configuration says, or the default."""
    return {
        name: {setting: given.get(name, {}).get(setting, what.default) for setting, what in check.settings.items()}
        for name, check in checks.items()
    }


def chosen(checks: Mapping[str, Check], only: Sequence[str], skip: Sequence[str]) -> tuple[str, ...]:
    """The names that are to run; `only` and `skip` are names or globs."""
    return tuple(name for name in checks if (not only or _any(name, only)) and not _any(name, skip))


def faults_of_choice(checks: Mapping[str, Check], only: Sequence[str], skip: Sequence[str]) -> Iterator[Fault]:
    """A name that matches nothing is a typing error: what it was to switch off would run, or what it was to run would not."""
    for where, patterns in (("checks", only), ("skip", skip)):
        yield from (Fault(*unknown(checks, pattern), where) for pattern in patterns if not matching(checks, pattern))
    if not chosen(checks, only, skip) and all(matching(checks, pattern) for pattern in (*only, *skip)):
        yield Fault("leaves no check to run", "Remove what skips all that checks names.", "skip")


def matching(checks: Iterable[str], pattern: str) -> list[str]:
    return [name for name in checks if fnmatchcase(name, pattern)]


def unknown(checks: Mapping[str, Check], pattern: str) -> tuple[str, str]:
    """What is wrong with a name, or a glob, that matches no check, and what may have been meant."""
    if set("*?[") & set(pattern):
        guess = _nearest_glob(checks, pattern)
        return (
            f"'{pattern[:60]}' matches no check",
            f"Did you mean '{guess}'?" if guess else f"{PAGE} lists them.",
        )
    guess = nearest(pattern, list(checks))
    return f"'{pattern[:60]}' is not a check", f"Did you mean {guess}?" if guess else f"{PAGE} lists them."


def _nearest_glob(checks: Iterable[str], pattern: str) -> str | None:
    """`volume-*` for `volum-*`: globs of the first words of names are the ones that people write."""
    if not pattern.endswith("*") or set("*?[") & set(pattern[:-1]):
        return None
    words = [name.split("-") for name in checks]
    offered = {f"{'-'.join(each[:count])}-" for each in words for count in range(1, len(each))}
    guess = nearest(pattern[:-1].rstrip("-") + "-", sorted(offered))
    return f"{guess}*" if guess else None


def _any(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
