"""Fixtures of pytest, in every repository that installs `credex-actions[sandbox]` (docs/how-to/test-your-own-pipeline.md).

Nothing is imported, and no server started, before a test asks for one of them.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.github import GitHub
    from credex_actions.sandbox.testing.pipeline import Pipeline


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "credex_suite",
        "folder with the release of credex-actions whose actions the workflows use; default: the checkout it is installed from",
    )


@pytest.fixture(scope="session")
def credex_cloud() -> "Iterator[Sandbox]":
    """The AWS of the session; tests take `credex_sandbox`."""
    _installed()
    from credex_actions.sandbox import Sandbox

    with Sandbox(pace=0.05) as sandbox:
        yield sandbox


@pytest.fixture
def credex_sandbox(credex_cloud: "Sandbox", monkeypatch: pytest.MonkeyPatch) -> "Sandbox":
    """An empty AWS account. For the time of the test boto3, the suite and every program that the test starts use it."""
    credex_cloud.renew()
    for name, value in credex_cloud.environment.items():
        monkeypatch.setenv(name, value)
    return credex_cloud


@pytest.fixture
def credex_github(monkeypatch: pytest.MonkeyPatch) -> "Iterator[GitHub]":
    """A GitHub without repositories, whose workflows are really executed. For the time of the test PyGithub, the suite and git find it by the usual variables."""
    _installed()
    from credex_actions.sandbox.github import GitHub

    with GitHub() as github:
        for name, value in github.environment.items():
            monkeypatch.setenv(name, value)
        yield github


@pytest.fixture
def credex_pipeline(credex_sandbox: "Sandbox", credex_github: "GitHub", pytestconfig: pytest.Config) -> "Callable[..., Pipeline]":
    """`credex_pipeline("OWNER/NAME", folder)`: the repository in `folder` on that GitHub, with its workflows, whose AWS is that account.

    `branch`: the default branch. `stand_ins`: folders in place of other people's actions, by `OWNER/NAME@REF`, in addition to those of the sandbox.
    """
    from credex_actions.sandbox.testing.pipeline import Pipeline

    given = pytestconfig.getini("credex_suite")
    suite = pytestconfig.rootpath / given if given else None

    def pipeline(name: str, folder: "str | Path" = ".", *, branch: str = "main", stand_ins: dict[str, Path] | None = None) -> Pipeline:
        return Pipeline.of(credex_sandbox, credex_github, name, pytestconfig.rootpath / folder, branch, suite, stand_ins or {})

    return pipeline


def _installed() -> None:
    try:
        import moto  # noqa: F401 - only whether it is there
    except ImportError:
        pytest.fail("the sandbox is an extra that is not installed: pip install 'credex-actions[sandbox]'", pytrace=False)
