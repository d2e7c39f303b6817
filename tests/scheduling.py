"""Which worker takes which test, and in which order."""

from typing import TYPE_CHECKING, Final

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer

ONE_DATABASE: Final = tuple(f"tests/integration/test_{name}.py" for name in ("neo4j_fingerprint", "rotate_database", "sandbox_neo4j"))
"""For one worker, which starts it once; a group of xdist's own (`xdist_group`) has no effect with pytest 9.2."""
ONE_INSTANCE: Final = ("tests/integration/test_reaching_databases.py",)
"""For one worker: a database on an instance takes ten seconds to come up."""
IN_ONE_GO: Final = ("tests/unit/", "tests/model/")
"""Tests that take a millisecond: handing them out one by one would take longer."""
ONE_BROWSER: Final = "tests/pictures/"
"""For one worker, which draws all of them at once."""


class LongestFirst(LoadScopeScheduling):  # type: ignore[misc] # xdist has no types
    """Hands tests out in the order of `order`, one after the other, to whoever is free."""

    def __init__(self, config: "pytest.Config", log: "Producer | None" = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file in ONE_DATABASE:
            return "one database"
        return file if file.startswith((*IN_ONE_GO, *ONE_INSTANCE, ONE_BROWSER)) else nodeid


def order(item: "pytest.Item") -> tuple[bool, ...]:
    """What takes long begins first, so that no worker is left with it at the end; the last ones are short, and one by one."""
    file = item.nodeid.partition("::")[0]
    slow = item.get_closest_marker("slow") is not None
    return file not in ONE_DATABASE, not slow, "/e2e/" not in file, "/contract/" not in file, not file.startswith(IN_ONE_GO)
