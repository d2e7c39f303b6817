"""Live views: what a terminal of 80 columns shows, and that a log shows none of it."""

import errno
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.core.live import drawn
from credex_actions.core.progress import Progress, wrapped
from credex_actions.core.runner import Runner
from credex_actions.github.dispatching.steps import Seen
from credex_actions.github.runs.seen import Job, Run, Step
from credex_actions.github.triggering.live_view import RunView
from credex_actions.rotation.live_view import FleetView, Row, fitting
from credex_actions.rotation.outcome import WORDS, Result
from tests.undisturbed import Undisturbed


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Watch(Undisturbed):
    """A clock that goes on when it is told to."""

    seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COLUMNS": "80", "LINES": "24", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def watch() -> Watch:
    return Watch()


def runner(stream: StringIO, **environment: str) -> Runner:
    return Runner(environment, stream, stream)


def shown(picture: Callable[[int], RenderableType], height: int = 24) -> list[str]:
    console = Console(file=StringIO(), width=80, height=height)
    with console.capture() as captured:
        console.print(picture(height))
    return captured.get().splitlines()


def fleet(watch: Watch, count: int = 3, stream: StringIO | None = None) -> FleetView:
    return FleetView(runner(stream or Terminal()), watch, [f"credential-{number}" for number in range(count)])


def test_each_credential_has_one_line_that_fits(watch: Watch) -> None:
    view = FleetView(runner(Terminal()), watch, ["a", "of-production-with-a-name-of-fifty-characters-or-so", "c"])
    view.begins(view.names[1])
    watch.sleep(75)
    view._now(f"create a new value of {view.names[1]} at {'its source ' * 20}")
    lines = shown(view._picture)
    assert len(lines) == 4
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ["○", "a"]
    assert lines[1].startswith("● of-production-with-a-name-o… create a new value at its source")
    assert lines[1].endswith("… 1:15")
    assert lines[3].endswith("1:15  0 of 3 have ended")


def test_a_credential_that_has_ended_says_how_and_after_what_time(watch: Watch) -> None:
    view = fleet(watch)
    for name, outcome in (("credential-0", "rotated"), ("credential-1", "failed"), ("credential-2", "waiting")):
        view.begins(name)
        watch.sleep(2)
        view.ends(Result(name, "generated", outcome, why="a task is left" if outcome == "waiting" else ""))  # type: ignore[arg-type] # they are outcomes
    watch.sleep(60)
    assert [" ".join(line.split()) for line in shown(view._picture)[1:3]] == [
        "✗ credential-1 failed 0:02",
        f"… credential-2 {WORDS['waiting']}: a task is left 0:02",
    ]


def test_what_stays_at_the_end_is_not_cut(watch: Watch) -> None:
    view, why = fleet(watch, count=1), f"{'a service that still runs the previous revision, ' * 3}waits"
    with view.shown():
        view.begins("credential-0")
        view.ends(Result("credential-0", "generated", "waiting", why=why))
    assert why in " ".join(" ".join(shown(view._picture)).replace("0:00", "").split())


def test_what_is_under_way_is_seen_also_where_there_are_more_credentials_than_lines(watch: Watch) -> None:
    view = fleet(watch, count=100)
    for name in ("credential-70", "credential-99"):
        view.begins(name)
    lines = shown(view._picture, height=10)
    assert len(lines) == 9
    assert sum("looks at what there is" in line for line in lines) == 2
    assert lines[-1].endswith("0 of 100 have ended, 92 more")


def test_of_many_rows_those_stay_that_matter_most() -> None:
    rows = [Row(mark, f"{number}", "", "") for number, mark in enumerate("✓○✗●")]
    assert [row.mark for row in fitting(rows, 2)[0]] == ["✗", "●"]
    assert fitting(rows, 4) == (rows, 0)
    assert fitting(rows, 0) == ([], 4)


def test_the_view_of_a_rotation_stays_as_it_was_at_the_end(watch: Watch) -> None:
    stream = Terminal()
    view = fleet(watch, count=30, stream=stream)
    with view.shown():
        for name in view.names:
            view.begins(name)
            view.say(f"{name}: write the parameter /{name}.")
            view.ends(Result(name, "generated", "rotated"))
    last = [line.rstrip() for line in stream.getvalue().splitlines()[-61:]]  # two lines each: what stays is not cut
    assert sum("✓" in line and "has a new value" in line for line in last) == 30
    assert "have ended" not in last[-1]


def test_a_log_has_a_line_for_each_step_and_no_picture(watch: Watch) -> None:
    log = StringIO()
    view = fleet(watch, stream=log)
    with view.shown():
        view.begins("credential-0")
        view.say("credential-0: write the parameter /a.")
        view.ends(Result("credential-0", "generated", "rotated"))
    assert log.getvalue() == "credential-0: write the parameter /a.\n"


def test_in_actions_there_is_no_picture_even_in_a_terminal(watch: Watch) -> None:
    terminal = Terminal()
    each = runner(terminal, GITHUB_ACTIONS="true")
    with Progress(each, watch).shown() as progress:
        progress.now("one")
        progress.now("one")
        progress.now("two")
    assert terminal.getvalue() == "0:00  one\n0:00  two\n"


def test_what_is_printed_meanwhile_stands_above_the_picture_and_is_redacted() -> None:
    terminal = Terminal()
    each = runner(terminal)
    each.mask("hunter22")
    with drawn(each, lambda _: "the picture", lambda _: None):
        each.info("a line of hunter22")
        each.result("a result")
    assert each.screen is None
    text = terminal.getvalue()
    assert "hunter22" not in text
    assert text.index("a line of ***") < text.index("a result") < text.rindex("the picture")


class Gone(Terminal):
    """A terminal that is closed while something goes on."""

    closed_now = False

    def write(self, text: str) -> int:
        if self.closed_now:
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_terminal_that_goes_away_takes_nothing_else_with_it() -> None:
    terminal = Gone()
    each = runner(terminal)

    def fails() -> None:
        with drawn(each, lambda _: "the picture", lambda _: None):
            terminal.closed_now = True
            each.info("a line")
            raise Failure(Exit.FAILED, Fault("the cause"))

    with pytest.raises(Failure, match="the cause"):
        fails()
    assert list(each.lost) == [terminal]
    with drawn(each, lambda _: "the picture", lambda _: None) as there_is_one:
        assert not there_is_one


def test_a_secret_with_blanks_is_redacted_before_its_line_is_wrapped(watch: Watch) -> None:
    terminal = Terminal()
    each = runner(terminal)
    each.mask("correct horse battery staple")
    with Progress(each, watch).shown() as progress:
        progress.line(f"12:00:00  {'a word ' * 8}correct horse battery staple on a host")
    text = terminal.getvalue()
    assert "***" in text
    assert "horse" not in text


def test_a_part_of_something_greater_draws_no_picture_of_its_own(watch: Watch) -> None:
    told: list[str] = []
    each = runner(Terminal())
    with drawn(each, lambda _: "all", told.append), Progress(each, watch).shown() as progress:
        progress.now("0 of 2 tasks run")
    assert told == ["0 of 2 tasks run"]


def test_what_goes_on_is_one_line(watch: Watch) -> None:
    progress = Progress(runner(Terminal()), watch)
    progress._now = "0 of 2 tasks run, and much more of it " * 9
    watch.sleep(65)
    (line,) = shown(progress._picture)
    assert len(line) <= 80
    assert "1:05  0 of 2 tasks run" in line
    assert line.endswith("…")


def test_what_goes_on_side_by_side_has_a_line_each_until_there_is_a_word_about_the_whole(watch: Watch) -> None:
    progress = Progress(runner(Terminal()), watch)
    progress.now("batch 2 of 3")
    progress.now("search/b: stop Neo4j", "search/b")
    assert [line.split("  ")[-1].strip() for line in shown(progress._picture)] == ["search/b: stop Neo4j"]
    progress.now("search/c: stop Neo4j", "search/c")
    progress.now("search/b: take a snapshot", "search/b")
    watch.sleep(5)
    b, c, last = shown(progress._picture)
    assert (b.strip(), c.strip()) == ("search/b: take a snapshot", "search/c: stop Neo4j")
    assert last.rstrip().endswith("0:05  batch 2 of 3")
    progress.now("release the lock")
    assert len(shown(progress._picture)) == 1


def test_in_a_log_words_that_alternate_are_printed_once(watch: Watch) -> None:
    log = StringIO()
    with Progress(runner(log), watch).shown() as progress:
        for _ in range(3):
            for name in ("search/b", "search/c"):
                progress.now(f"{name}: Neo4j starts", name)
    assert log.getvalue() == "0:00  search/b: Neo4j starts\n0:00  search/c: Neo4j starts\n"


def test_a_long_line_is_broken_between_words_and_an_address_is_not() -> None:
    address = f"https://github.example/{'x' * 60}"
    assert wrapped(f"18:07:31  has stopped 2 running tasks and more: {address} (b)", 60).splitlines() == [
        "18:07:31  has stopped 2 running tasks and more:",
        f"          {address}",
        "          (b)",
    ]
    assert wrapped("- short", 60) == "- short"


def test_the_times_of_a_run_stand_beside_names_that_have_no_room(watch: Watch) -> None:
    began = watch.now()
    steps = tuple(Step(number, "a step with a very long name " * 4, "completed", "success", began, began) for number in range(9))
    job = Job(1, "a job " * 20, "in_progress", started=began, steps=steps)
    seen = Seen(now=began, run=Run(1, "in_progress", "", "https://github.example/1", started=began), jobs=(job,))
    view = RunView(runner(Terminal()), watch, "deploy.yml on dev", _seen=seen)
    watch.sleep(61)
    lines = shown(view._picture)
    assert len(lines) == 8
    assert all(len(line) <= 80 for line in lines)
    assert lines[0].startswith("● a job a job")
    assert lines[0].endswith("… 1:01")
    assert all(line.rstrip().endswith("… 0:00") for line in lines[1:7])
