"""Fixtures that more than one folder of tests uses."""

import fcntl
import gc
import os
import signal
import time
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.recording import Recording
from tests.scheduling import LongestFirst, order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import LiteralString

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from xdist.remote import Producer

    from credex_actions.sandbox import Sandbox
    from credex_actions.sandbox.github import GitHub
    from credex_actions.sandbox.neo4j import Neo4jServer

# A shell ignores SIGINT for what it runs in the background, and nohup SIGHUP; our children are to hear both.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

gc.disable()  # until the tests are collected: nearly all that comes until then stays, and to search it again and again takes a third of the time

RARELY = (50_000, 20, 20)
"""With Python's own thresholds a tenth of the processor time goes into the search for garbage, of which there is hardly any."""

SERVERS = {"sandbox", "github", "neo4j_server"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for a server is slow, whoever wrote it."""
    for item in items:
        if not SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    items.sort(key=order)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(*RARELY)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> LongestFirst:
    gc.enable()  # here nothing is collected
    return LongestFirst(config, log)


settings.register_profile("suite", deadline=None)  # how long an example takes depends on what else the machine does
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-calls", action="store_true", help="add the calls of AWS that commands made to tests/recorded_calls.txt")


@pytest.fixture(scope="session", autouse=True)
def recording(request: pytest.FixtureRequest) -> "Iterator[Recording]":
    from credex_actions.sandbox.call_log import LISTENERS

    heard = Recording()
    LISTENERS.append(heard.hear)
    yield heard
    if request.config.getoption("--record-calls"):
        heard.keep()


@pytest.fixture(autouse=True)
def _nothing_but_what_the_policies_allow(recording: "Recording") -> "Iterator[None]":
    """A call of AWS that a command makes and credex_actions/generation/iam does not allow fails the test that saw it."""
    yield
    os.environ.pop("AWS_SDK_UA_APP_ID", None)  # a command that ran in this process has set it: what comes after would pass for that command
    assert recording.not_allowed() == []


@pytest.fixture(scope="session")
def running_sandbox() -> "Iterator[Sandbox]":
    """One local cloud for the whole session; tests take `sandbox`."""
    from credex_actions.sandbox import Sandbox  # only if it is requested: moto takes two seconds to import

    with Sandbox(pace=0.05) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: "Sandbox") -> "Iterator[Sandbox]":
    """An empty account of the local cloud. An answer that botocore's models do not allow fails the test that got it."""
    running_sandbox.renew()
    running_sandbox.pace = 0.05
    yield running_sandbox
    assert running_sandbox.misfits == []


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """What script/release builds from the checkout as it is, once for all workers. Nobody writes into it."""
    from tests.released import built

    base = tmp_path_factory.getbasetemp()
    return built(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
def suite_copy(tmp_path_factory: pytest.TempPathFactory) -> "Path":
    """The suite for the workflows of all tests and workers, so that it is set up once. Nobody writes into it."""
    from credex_actions.sandbox.suite import copy_suite

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "suite"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            copy_suite(folder)
    return folder


@pytest.fixture(scope="session")
def app_keys() -> "list[RSAPrivateKey]":
    """Of the first App of each server, of the second, and so on; drawn once."""
    return []


@pytest.fixture
def github(app_keys: "list[RSAPrivateKey]", suite_copy: "Path") -> "Iterator[GitHub]":
    """A GitHub of the test's own. What it stumbled over, and a token at a blob host, fail the test."""
    from credex_actions.sandbox.github import GitHub
    from credex_actions.sandbox.github.access import drawn_keys

    def kept() -> "Iterator[RSAPrivateKey]":
        for number in count():
            if number == len(app_keys):
                app_keys.append(next(drawn_keys()))
            yield app_keys[number]

    with GitHub(app_keys=kept(), suite=suite_copy) as server:
        yield server
    assert server.misfits == []


@pytest.fixture(scope="session")
def running_neo4j(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Neo4jServer]":
    """One database for the whole session; tests take `neo4j_server`."""
    from credex_actions.sandbox.neo4j import Neo4jServer

    running = Neo4jServer(tmp_path_factory.mktemp("neo4j"), "first-password").start()
    try:
        _ask(running, ("neo4j", running.password), f"CREATE USER {KEEPER[0]} SET PASSWORD '{KEEPER[1]}' CHANGE NOT REQUIRED")
        yield running
    finally:
        running.discard()


@pytest.fixture
def neo4j_server(running_neo4j: "Neo4jServer") -> "Neo4jServer":
    """A database whose user neo4j has the server's `password`, and which has no other users but our own."""
    for user in _ask(running_neo4j, KEEPER, "SHOW USERS YIELD user"):
        if user not in {"neo4j", KEEPER[0]}:
            _ask(running_neo4j, KEEPER, f"DROP USER `{user}`")
    _ask(running_neo4j, KEEPER, f"CREATE OR REPLACE USER neo4j SET PASSWORD '{running_neo4j.password}' CHANGE NOT REQUIRED")
    _until_let_in(running_neo4j)
    return running_neo4j


def _until_let_in(server: "Neo4jServer") -> None:
    """Whoever was refused three times is locked out for five seconds, also with a new password: what a test before this one has left."""
    from neo4j.exceptions import ClientError

    end = time.monotonic() + 10
    while True:
        try:
            _ask(server, ("neo4j", server.password), "SHOW CURRENT USER YIELD user")
        except ClientError as error:
            if error.code != "Neo.ClientError.Security.AuthenticationRateLimit" or time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            return


KEEPER = ("keeper", "password-of-the-tests")


def _ask(server: "Neo4jServer", login: tuple[str, str], text: "LiteralString") -> list[str]:
    from neo4j import GraphDatabase

    with GraphDatabase.driver(server.bolt_url, auth=login) as driver, driver.session(database="system") as session:
        return [str(record[0]) for record in session.run(text)]
