"""What the tests of a command start from, unless they say otherwise."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.github import GitHub
    from tests.integration.deploying import Deploying
    from tests.integration.triggering import Triggering


PARTS: Final = {
    "test_maintenance_": "maintenance-report",
    "test_service_renewal": "neo4j-ami-rollout",
    "test_stopping_writes": "neo4j-ami-rollout",
    "test_url_parameter": "neo4j-ami-rollout",
}
"""Beginnings of the names of test modules, and whose parts they call."""


@pytest.fixture(scope="module", autouse=True)
def _in_the_name_of_the_command(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that call parts of one command in this process, where no command says who it is."""
    module = request.module.__name__.rpartition(".")[2]
    with pytest.MonkeyPatch.context() as patch:
        if command := next((name for prefix, name in PARTS.items() if module.startswith(prefix)), ""):
            patch.setenv("AWS_SDK_UA_APP_ID", f"credex-{command}")
        yield


@pytest.fixture
def deploying(sandbox: "Sandbox", tmp_path: Path) -> "Deploying":
    """A service with one task."""
    from tests.integration.deploying import Deploying  # only where it is asked for, as moto is in tests/conftest.py

    return Deploying(sandbox, sandbox.provision(desired_count=1), tmp_path)


@pytest.fixture
def triggering(github: "GitHub", tmp_path: Path) -> "Triggering":
    from tests.integration.triggering import Triggering

    return Triggering(github, tmp_path)
