"""A GitHub in a few lines, and trouble at the dispatch: one run at most, never somebody else's, and success only for our own success.

Hypothesis chooses what the server knows, what becomes of the answer, when runs show, and who else starts runs meanwhile.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.faults import Failure
from credex_actions.core.loop import Done, Lost, NoEffect, Operation, Refuse, Wait, drive, plan
from credex_actions.core.loop import Run as Story
from credex_actions.github.dispatching import steps as dispatch
from credex_actions.github.dispatching.steps import ALONE_FOR, LAGS, Dispatch, Seen, Want
from credex_actions.github.runs.seen import Run
from tests.undisturbed import Undisturbed

START = datetime(2026, 1, 1, tzinfo=UTC)
PATH = ".github/workflows/deploy.yml"
OURS, FOREIGN, EARLIER = 100, 200, 50
FORGOTTEN = 40
"""As ours in everything, and older; not among the newest runs when this one began."""
LASTS = 30.0


def run(number: int, **members: str) -> Run:
    known = {"event": "workflow_dispatch", "branch": "dev", "sha": "abc", "actor": "app[bot]", "title": "Deploy"} | members
    return Run(id=number, status="queued", conclusion="", url=f"https://x/{number}", path=PATH, **known)  # type: ignore[arg-type]


@dataclass
class GitHub(Undisturbed):
    """`fate`: what becomes of the dispatch. `shows_after`: seconds until a run is listed. `foreign`: runs of others by the second they start.

    `lag`: seconds by which what is read of our run is old: until then GitHub knows no such run.
    """

    want: Want
    fate: str = "told"
    shows_after: float = 0.0
    foreign: dict[float, Run] = field(default_factory=dict)
    conclusion: str = "success"
    seconds: float = 0.0
    dispatched: list[float] = field(default_factory=list)
    told: int | None = None
    turned_away: int = 0
    lag: float = 0.0
    missing: float | None = None

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def listed(self) -> tuple[Run, ...]:
        mine = [(at, replace(run(OURS), title=f"Deploy {self.want.mark}")) for at in self.dispatched if self.fate != "never-arrived"]
        there = [(at, replace(each, created=START + timedelta(seconds=at))) for at, each in [*mine, *self.foreign.items()]]
        shown = (each for at, each in sorted(there, key=lambda pair: pair[0]) if at + self.shows_after <= self.seconds)
        return (*shown, run(EARLIER), replace(run(FORGOTTEN), created=START - timedelta(minutes=1)))

    def observe(self) -> Seen:
        since = self.seconds - self.dispatched[0] if self.dispatched else None
        lost = since is not None and self.fate in ("lost", "never-arrived")
        seen = Seen(now=self.now(), ours=self.told, since_sent=since, lost=lost, listed=self.listed() if since is not None else ())
        mine = dispatch.ours(self.want, seen)
        if mine is None:
            return seen
        self.told = mine
        began = next((at for at, each in self.foreign.items() if each.id == mine), self.dispatched[0] if self.dispatched else 0.0)
        if self.seconds < began + self.lag:
            self.missing = self.seconds if self.missing is None else self.missing
            return replace(seen, ours=mine, missing=self.seconds - self.missing)
        self.missing = None
        ended = self.seconds - self.lag >= began + LASTS
        known = replace(run(mine), started=START + timedelta(seconds=began))
        return replace(seen, ours=mine, run=replace(known, status="completed", conclusion=self.conclusion) if ended else known)

    def act(self, step: Dispatch) -> None:
        if self.fate == "turned-away" and not self.turned_away:
            self.turned_away += 1
            raise NoEffect("a limit")
        self.dispatched.append(self.seconds)
        if self.fate in ("lost", "never-arrived"):
            raise Lost("no answer")
        if self.fate == "told":
            self.told = OURS
        assert step.workflow == "deploy.yml"

    def follow(self) -> Done:
        operation: Operation[Seen, Dispatch] = Operation(self.observe, partial(dispatch.decide, self.want), self.act, dispatch.after)
        return drive(operation, Story(self))

    def ended(self) -> tuple[Done | None, int]:
        """How it ended, and the exit code of an end that is none."""
        try:
            return self.follow(), 0
        except Failure as failure:
            return None, failure.code


def wanted(mark: str = "", **members: object) -> Want:
    known = {"actor": "app[bot]", "before": frozenset({EARLIER}), "give_up": START + timedelta(minutes=10)} | members
    return Want(path=PATH, ref="dev", sha="abc", mark=mark, **known)  # type: ignore[arg-type]


strangers = st.dictionaries(
    st.floats(0.0, 40.0),
    st.sampled_from(
        [
            run(FOREIGN),
            run(FOREIGN + 1, actor="bob"),
            run(FOREIGN + 2, event="push"),
            run(FOREIGN + 3, sha="def"),
            run(FOREIGN + 4, branch="stage"),
            run(FOREIGN + 5, title="Deploy 0123456789abcdef"),
        ]
    ),
    max_size=4,
)


@given(
    mark=st.sampled_from(["", "fedcba9876543210"]),
    fate=st.sampled_from(["told", "untold", "lost", "never-arrived", "turned-away"]),
    shows_after=st.floats(0.0, 20.0),
    foreign=strangers,
    conclusion=st.sampled_from(["success", "failure", "cancelled", "neutral", ""]),
    lag=st.floats(0.0, 40.0),
)
def test_one_run_at_most_and_never_a_stranger_s(
    mark: str, fate: str, shows_after: float, foreign: dict[float, Run], conclusion: str, lag: float
) -> None:
    server = GitHub(wanted(mark), fate, shows_after, foreign, conclusion, lag=lag)
    done, code = server.ended()
    assert code in {0, 4}
    assert code == 0 or fate != "told" or lag > LAGS, "what lags no more than reads do is waited for"
    assert len(server.dispatched) == 1, "sent once, whatever became of the answer"
    if done is None:
        return
    if mark or fate == "told":
        assert server.told == OURS
    assert server.told not in (EARLIER, FORGOTTEN)
    assert mark or fate not in ("lost", "never-arrived"), "without a mark nothing is ours of which nobody said so"
    if server.told != OURS:
        # Without a mark a stranger's run is ours only if all that GitHub tells of the two is the same, and it alone is there.
        stranger = next(each for each in foreign.values() if each.id == server.told)
        assert (stranger.actor, stranger.event, stranger.sha, stranger.branch) == ("app[bot]", "workflow_dispatch", "abc", "dev")
    assert done.outcome == (conclusion or "unknown")


@pytest.mark.parametrize("fate", ["lost", "untold"])
def test_two_that_fit_are_refused_and_both_are_named(fate: str) -> None:
    with pytest.raises(Failure) as refused:
        GitHub(wanted(), fate, shows_after=2.0, foreign={0.5: run(FOREIGN)}).follow()
    assert refused.value.code == 4
    assert all(f"https://x/{number}" in refused.value.faults[0].hint for number in (OURS, FOREIGN))


def test_a_lost_answer_without_a_mark_takes_nothing_and_names_the_candidate() -> None:
    with pytest.raises(Failure) as refused:
        GitHub(wanted(), "lost", shows_after=2.0).follow()
    assert refused.value.code == 4
    assert f"whether run {OURS} is ours" in refused.value.faults[0].what
    assert f"--run-id {OURS}" in refused.value.faults[0].hint


@pytest.mark.parametrize(("older", "fits"), [(0, True), (4, True), (6, False), (3600, False)])
def test_a_run_that_is_older_than_the_dispatch_is_not_ours(older: float, *, fits: bool) -> None:
    listed = replace(run(OURS), created=START - timedelta(seconds=older))
    seen = Seen(now=START + timedelta(seconds=20), since_sent=20.0, listed=(listed,))
    assert (dispatch.ours(wanted(), seen) == OURS) == fits


def test_a_mark_tells_ours_from_any_number_of_strangers() -> None:
    foreign = {second / 2: run(FOREIGN + second) for second in range(20)}
    server = GitHub(wanted("fedcba9876543210"), "lost", 3.0, foreign)
    assert (server.follow().outcome, server.told) == ("success", OURS)


def test_a_lone_run_without_a_mark_is_waited_for() -> None:
    seen = Seen(now=START, since_sent=ALONE_FOR - 1, listed=(run(OURS), run(EARLIER)))
    assert isinstance(dispatch.decide(wanted(), seen), Wait)
    assert dispatch.ours(wanted(), replace(seen, since_sent=ALONE_FOR)) == OURS


def test_time_out_is_its_own_end_and_no_success() -> None:
    server = GitHub(wanted(give_up=START + timedelta(seconds=10)))
    assert server.follow().outcome == "timed-out"


def test_every_status_but_completed_is_waited_for() -> None:
    for status in ("queued", "in_progress", "waiting", "pending", "requested", "something new"):
        seen = Seen(now=START, ours=OURS, run=replace(run(OURS), status=status))
        assert isinstance(dispatch.decide(wanted(), seen), Wait), status


def test_a_run_that_never_shows_is_a_failure_to_look() -> None:
    with pytest.raises(Failure) as refused:
        GitHub(wanted(), lag=1e6).follow()
    assert refused.value.code == 4
    assert f"GitHub has not found the run {OURS} for 20 s" in refused.value.faults[0].what


def test_time_runs_out_for_a_run_that_does_not_show() -> None:
    seen = Seen(now=START + timedelta(minutes=10), ours=OURS, missing=5.0)
    assert dispatch.decide(wanted(), seen) == Done("timed-out", "the run is not visible yet")


def test_a_conclusion_that_lags_is_waited_for() -> None:
    ended = replace(run(OURS), status="completed", updated=START)
    assert isinstance(dispatch.decide(wanted(), Seen(now=START + timedelta(seconds=LAGS - 1), ours=OURS, run=ended)), Wait)
    assert dispatch.decide(wanted(), Seen(now=START + timedelta(seconds=LAGS), ours=OURS, run=ended)) == Done("unknown")


def test_the_plan_ends_and_names_the_dispatch_first() -> None:
    operation: Operation[Seen, Dispatch] = Operation(
        lambda: Seen(now=START), partial(dispatch.decide, wanted()), lambda _: None, dispatch.after
    )
    moves = list(plan(operation, Seen(now=START)))
    assert [type(move) for move in moves] == [Dispatch, Wait, Done]
    assert str(moves[0]) == "dispatch deploy.yml on dev"


def test_refusals_name_the_remedy() -> None:
    seen = Seen(now=START, since_sent=1.0, listed=(run(OURS), run(FOREIGN)))
    move = dispatch.decide(wanted(), seen)
    assert isinstance(move, Refuse)
    assert "--run-id" in move.faults[0].hint
