"""Fixtures that more than one folder of tests uses."""

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.github import GitHub

# A shell ignores SIGINT for what it runs in the background, and nohup SIGHUP; our children are to hear both.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

settings.register_profile("suite", deadline=None)  # how long an example takes depends on what else the machine does
settings.load_profile("suite")


@pytest.fixture(scope="session")
def running_sandbox() -> "Iterator[Sandbox]":
    """One local cloud for the whole session; tests take `sandbox`."""
    from credex_actions.sandbox import Sandbox  # only where it is asked for: moto takes two seconds to import

    with Sandbox(pace=0.05) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: "Sandbox") -> "Iterator[Sandbox]":
    """An empty account of the local cloud. An answer that botocore's models do not allow fails the test that got it."""
    running_sandbox.renew()
    running_sandbox.pace = 0.05
    yield running_sandbox
    assert running_sandbox.misfits == []


@pytest.fixture
def github() -> "Iterator[GitHub]":
    """A GitHub of the test's own. What it stumbled over, and a token at a blob host, fail the test."""
    from credex_actions.sandbox.github import GitHub

    with GitHub() as server:
        yield server
    assert server.misfits == []
