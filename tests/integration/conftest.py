"""What the tests of a command start from, unless they say otherwise."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.github import GitHub
    from tests.integration.deploying import Deploying
    from tests.integration.triggering import Triggering


@pytest.fixture
def deploying(sandbox: "Sandbox", tmp_path: Path) -> "Deploying":
    """A service with one task."""
    from tests.integration.deploying import Deploying  # only where it is asked for, as moto is in tests/conftest.py

    return Deploying(sandbox, sandbox.provision(desired_count=1), tmp_path)


@pytest.fixture
def triggering(github: "GitHub", tmp_path: Path) -> "Triggering":
    from tests.integration.triggering import Triggering

    return Triggering(github, tmp_path)
