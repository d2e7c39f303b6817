"""What a look at GitHub makes of answers that are old, partial or somebody else's."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.retry import Later
from credex_actions.github.connection.answers import UNREADABLE, Answer, Refused, Unreachable, judged, listed, text_at
from credex_actions.github.dispatching.client import run_told
from credex_actions.github.promotion.client import pull_of
from credex_actions.github.runs.seen import Job, Run, gate_of, job_of, newer_jobs, newer_run, run_of

URL = "https://api.example"
RUN = Run(id=7, status="in_progress", conclusion="", url="https://x/7")
JOB = Job(id=1, name="build", status="in_progress")
ENDED = replace(RUN, status="completed", conclusion="failure")


class TestReadsThatLag:
    def test_what_has_ended_does_not_go_on_in_its_attempt(self) -> None:
        assert newer_run(ENDED, RUN) == ENDED

    def test_an_older_attempt_is_an_older_answer(self) -> None:
        again = replace(RUN, attempt=2)
        assert newer_run(again, ENDED) == again
        assert newer_run(ENDED, again) == again

    def test_the_newest_answer_counts_else(self) -> None:
        assert newer_run(None, RUN) == RUN
        assert newer_run(RUN, ENDED) == ENDED

    def test_a_job_that_has_ended_stays_so_and_none_goes_away(self) -> None:
        done, other = replace(JOB, status="completed", conclusion="success"), replace(JOB, id=2)
        assert newer_jobs([done, other], [JOB]) == (done, other)
        assert newer_jobs([JOB], [done, other]) == (done, other)
        assert newer_jobs([done], []) == (done,)

    def test_the_jobs_of_a_newer_attempt_take_the_place_of_all(self) -> None:
        again = replace(JOB, id=3, attempt=2)
        assert newer_jobs([JOB, replace(JOB, id=2)], [again]) == (again,)
        assert newer_jobs([again], [JOB]) == (again,)

    @given(st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=12))
    def test_in_whatever_order_looks_come_what_is_known_never_goes_back(self, looks: list[tuple[int, bool]]) -> None:
        known: Run | None = None
        for attempt, done in looks:
            found = replace(ENDED if done else RUN, attempt=attempt)
            newer = newer_run(known, found)
            assert known is None or (newer.attempt, newer.done) >= (known.attempt, known.done)
            known = newer

    def test_only_what_a_runner_had_has_a_log(self) -> None:
        assert not Job(id=1, name="production", status="completed", conclusion="failure").ran
        assert Job(id=1, name="build", status="completed", conclusion="failure", runner="r").ran


class TestSomebodyElsesAnswers:
    @pytest.mark.parametrize("status", [200, 201, 202, 302, 401, 403, 404, 409, 422])
    @pytest.mark.parametrize("text", ["<html>Sign in</html>", "OK"])
    def test_a_page_tells_nothing_whatever_its_status(self, status: int, text: str) -> None:
        with pytest.raises(Unreachable, match="something that is not GitHub's API"):
            judged(status, {}, text, URL)

    @pytest.mark.parametrize("document", [None, {}, [], "ok", {"status": "ok"}, {"workflow_run_id": "soon"}, {"workflow_run_id": -1}])
    def test_only_a_server_that_names_no_run_may_name_none(self, document: Any) -> None:
        with pytest.raises(UNREADABLE):
            run_told(Answer(200, {}, document))
        assert run_told(Answer(204, {}, None)) is None
        assert run_told(Answer(200, {}, {"workflow_run_id": 7})) == 7

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 429])
    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"error": "denied"}', '{"message": 7}', '"no"'])
    def test_a_refusal_that_is_not_githubs_is_none(self, status: int, text: str) -> None:
        with pytest.raises(Unreachable):
            judged(status, {}, text, URL)

    def test_githubs_own_words_count(self) -> None:
        with pytest.raises(Refused, match="Not Found"):
            judged(404, {}, '{"message": "Not Found"}', URL)
        with pytest.raises(Later):
            judged(429, {"retry-after": "3"}, '{"message": "slow down"}', URL)
        assert judged(204, {}, "", URL) == Answer(204, {}, None)

    @pytest.mark.parametrize(
        "document", [None, {}, [], "ok", 7, {"status": "ok"}, {"jobs": 1}, {"jobs": {}}, [{}], {"jobs": [{}]}, {"jobs": [None]}]
    )
    @pytest.mark.parametrize(
        "read",
        [run_of, job_of, gate_of, pull_of, listed("jobs", job_of), listed("", run_of), text_at("sha"), text_at("commit", "message")],
        ids=lambda read: read.__qualname__,
    )
    def test_no_reader_makes_something_of_another_shape(self, read: Any, document: Any) -> None:
        if document == [] and "listed" in read.__qualname__:
            return
        with pytest.raises(UNREADABLE):
            read(document)
