"""The small parts of the core: secrets, text, the clock, and what became of a write."""

import copy
import json
import os
import pickle
import signal
import threading
import weakref
from typing import Any

import botocore.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.aws.clients import explain, one_write
from credex_actions.core.clock import Cancelled, SystemClock
from credex_actions.core.command.kinds import choice
from credex_actions.core.documents.json_text import load
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.interrupt import remember, undisturbed
from credex_actions.core.loop import Lost, NoEffect
from credex_actions.core.progress import elapsed
from credex_actions.core.secret import Secret
from credex_actions.core.text import in_cell, nearest, one_line


def test_a_secret_cannot_be_printed() -> None:
    secret = Secret("hunter2")
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!r:>10}",
        str([secret]),
        str({"k": secret}),
        json.dumps(secret, default=str),
    ]
    assert not any("hunter2" in each for each in shown)
    assert secret.reveal() == "hunter2"


def test_a_secret_cannot_be_copied_out() -> None:
    for copies in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="must not be copied"):
            copies(Secret("hunter2"))
    with pytest.raises(TypeError):
        json.dumps(Secret("hunter2"))
    assert not hasattr(Secret("hunter2"), "__dict__")


@given(st.text())
def test_a_table_cell_stays_one_cell(text: str) -> None:
    cell = in_cell(text)
    assert "\n" not in cell
    assert "<" not in cell.replace("<wbr>", "")  # ours: one in the text is escaped
    assert cell.replace("\\\\", "").replace("\\|", "").count("|") == 0


@given(st.text(alphabet="|a", min_size=400, max_size=700))
def test_a_cell_that_is_cut_ends_with_no_half_escape(text: str) -> None:
    assert in_cell(text).replace("\\|", "").count("|") == in_cell(text).replace("\\|", "").count("\\") == 0


def test_a_near_word_is_found_whatever_its_case() -> None:
    assert nearest("famly", ["family", "cpu"]) == "family"
    assert nearest("PortMapings", ["portMappings"]) == "portMappings"
    assert nearest("zzz", ["family"]) is None


def test_a_word_that_another_begins_with_is_meant_to_be_that_one() -> None:
    assert nearest("user", ["secret", "user-parameter", "password-parameter"]) == "user-parameter"
    assert nearest("secret", ["secrets", "secret-values"]) == "secrets"


def test_a_long_line_is_cut() -> None:
    assert one_line("a\nb" * 1000, 10) == "a ba ba b…"


def test_elapsed_reads_like_a_watch() -> None:
    assert [elapsed(each) for each in (7.9, 750, 3723)] == ["0:07", "12:30", "1:02:03"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait_at_once(number: int) -> None:
    clock = SystemClock()
    with clock.listening():
        threading.Timer(0.05, os.kill, (os.getpid(), number)).start()
        before = clock.monotonic()
        with pytest.raises(Cancelled) as caught:
            clock.sleep(30)
        assert caught.value.signal_number == number
        assert clock.monotonic() - before < 5


def test_a_signal_between_two_waits_is_not_lost() -> None:
    clock = SystemClock()
    with clock.listening():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Cancelled):
            clock.sleep(30)


def test_a_second_ctrl_c_leaves_at_once() -> None:
    clock = SystemClock()
    with clock.listening():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_signals_are_the_callers_again_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with SystemClock().listening():
        pass
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_ctrl_c_does_not_cut_off_what_tells_how_it_ended() -> None:
    told = []
    with SystemClock().listening():
        os.kill(os.getpid(), signal.SIGINT)
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            told.append("how it ended")
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert told == ["how it ended"]


def test_telling_in_a_thread_leaves_the_signals_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def tell() -> None:
        with undisturbed():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=tell)
    thread.start()
    thread.join()
    assert seen == [before]


def answer(code: str, status: int = 400) -> botocore.exceptions.ClientError:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RequestId": "", "RetryAttempts": 0}
    response: Any = {"Error": {"Code": code, "Message": "words"}, "ResponseMetadata": metadata}
    return botocore.exceptions.ClientError(response, "UpdateService")


FATES = {
    "rejected by throttling": (answer("ThrottlingException"), NoEffect),
    "rejected by throttling, as Image Builder says it": (answer("CallRateLimitExceededException"), NoEffect),
    "never sent": (botocore.exceptions.EndpointConnectionError(endpoint_url="u"), NoEffect),
    "never connected": (botocore.exceptions.ConnectTimeoutError(endpoint_url="u"), NoEffect),
    "sent, and the connection was reset": (botocore.exceptions.ConnectionClosedError(endpoint_url="u"), Lost),
    "sent, and no answer came in time": (botocore.exceptions.ReadTimeoutError(endpoint_url="u"), Lost),
    "sent, and the server failed": (answer("ServerException", 500), Lost),
    "refused": (answer("InvalidParameterException"), botocore.exceptions.ClientError),
}


@pytest.mark.parametrize(("error", "becomes"), FATES.values(), ids=FATES)
def test_what_became_of_a_write_has_a_name(error: Exception, becomes: type[Exception]) -> None:
    with pytest.raises(becomes) as caught, one_write():
        raise error
    assert type(caught.value) is becomes


EXPLAINED = {
    "no permission, before anything was changed": (
        answer("AccessDeniedException"),
        "nothing was changed",
        Exit.BAD_INPUT,
        "does not allow UpdateService",
    ),
    "no permission, half-way": (answer("AccessDeniedException"), "core:8 is registered", Exit.REMOTE, "does not allow UpdateService"),
    "expired credentials": (answer("ExpiredTokenException"), "nothing was changed", Exit.BAD_INPUT, "the AWS credentials have expired"),
    "no credentials": (botocore.exceptions.NoCredentialsError(), "nothing was changed", Exit.BAD_INPUT, "no AWS credentials"),
    "no region": (botocore.exceptions.NoRegionError(), "nothing was changed", Exit.BAD_INPUT, "no AWS region"),
    "no network": (botocore.exceptions.EndpointConnectionError(endpoint_url="u"), "nothing was changed", Exit.REMOTE, "cannot be reached"),
    "a failing service": (
        answer("ServerException", 500),
        "nothing was changed",
        Exit.REMOTE,
        "UpdateService failed: ServerException: words",
    ),
}


@pytest.mark.parametrize(("error", "left", "code", "words"), EXPLAINED.values(), ids=EXPLAINED)
def test_what_aws_says_is_explained(error: botocore.exceptions.ClientError, left: str, code: Exit, words: str) -> None:
    failure = explain(error, left)
    assert failure.code == code
    assert words in str(failure)
    assert failure.left == left


def test_a_failure_tells_all_faults_and_the_state() -> None:
    failure = Failure(Exit.REMOTE, Fault("one", "fix one", "$.a", "t.json", 3, 4), Fault("two"), left="core:8 is registered")
    assert str(failure) == "t.json:3:4: $.a: one\n  fix one\ntwo\nState: core:8 is registered."


def test_the_only_value_of_an_input_is_told_as_such() -> None:
    with pytest.raises(ValueError, match=r"^'Service' is not service, the only accepted value$"):
        choice("service").parse("Service")


def test_a_comment_in_json_is_to_go_since_yaml_begins_them_otherwise() -> None:
    with pytest.raises(Failure) as caught:
        load('{"family": "shop" // ours\n}', "td.json")
    [fault] = caught.value.faults
    assert (fault.what, fault.hint) == ("JSON has no comments", "Remove the comment (in YAML comments begin with #).")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_in_a_callback_while_a_command_loads_cancels_it_before_its_first_write() -> None:
    """Python ignores what is raised there."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        remember()
        thing = type("Thing", (), {})()
        reference = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
        del thing
        assert reference() is None
        clock = SystemClock()
        with clock.listening(), pytest.raises(Cancelled):
            clock.check()
        with clock.listening():
            clock.check()
    finally:
        signal.signal(signal.SIGINT, before)
