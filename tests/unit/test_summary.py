"""Job summaries as Markdown: what is from elsewhere takes no effect, and no secret shows. How they look: tests/pictures."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.core.summary import Code, Page, escaped
from credex_actions.core.text import in_html, one_line
from credex_actions.core.timeline import COLUMN, MOST_BARS, Bar, gantt, lasted


@given(st.text())
def test_what_is_escaped_reads_as_before(text: str) -> None:
    shown = escaped(one_line(text)).replace("<wbr>", "")
    assert "<" not in shown
    assert unescape(re.sub(r"\\([\\`*_{}\[\]()#|~+.-])", r"\1", shown)) == one_line(text)


@pytest.mark.parametrize("text", ["https://e.io", "HTTP://e.io", "see www.e.io", "@team", "a@b.io"])
def test_an_address_from_elsewhere_becomes_no_link_and_a_name_no_mention(text: str) -> None:
    assert "://" not in escaped(text)
    assert "www." not in escaped(text)
    assert "@" not in escaped(text)


@pytest.mark.parametrize("text", ["Fixes #12", "o/r#12", "GH-12", "gh-1", "thanks to @team", "a@b.io", "&#64;team"])
def test_what_github_looks_for_after_markdown_is_kept_apart(text: str) -> None:
    """It finds mentions and references in the text between two tags."""
    for shown in (escaped(text), in_html(text)):
        pieces = [unescape(piece).replace("\\", "") for piece in shown.split("<wbr>")]
        assert "".join(pieces) == text
        assert [piece for piece in pieces if re.search(r"(?i)(?:#|gh-)\d|(?<!&#)@\w", piece)] == []


def test_what_github_hides_in_summaries_stays_in_one_piece() -> None:
    secret = "Zm9v" * 10
    assert secret in escaped(f"https://host/{secret}?x=1")


@pytest.mark.parametrize("text", ["- a", "+ a", "1. a", "---"])
def test_a_line_that_begins_like_an_item_is_none(text: str) -> None:
    assert not re.match(r"([-+]|\d+\.)", escaped(text))


def test_a_secret_is_taken_out_before_its_characters_are_escaped() -> None:
    secret = "canary_of_the_tests/with-long-words"
    page = Page(lambda text: text.replace(secret, "***"))
    page.verdict(True, f"a {secret}")
    page.facts([("Fact", f"b://{secret}"), ("None", "")])
    page.facts([(secret, ["d", f"e{secret}", ""])])
    page.points([[secret, secret]])
    page.paragraph(secret)
    page.link(secret, f"https://github.example/{secret}")
    with page.folded(secret):
        page.code(secret)
        page.outline([f"  {secret}", f"    {secret}"])
    page.timeline(secret, [Bar(secret, 0, 1)])
    assert "canary" not in str(page)
    assert "None" not in str(page)
    assert "- **\\*\\*\\*:** d<br>e\\*\\*\\*\n" in str(page)


def test_a_folded_part_shows_its_title_as_it_is() -> None:
    page = Page(str)
    with page.folded("task 1 (core:7) <b>@team"):
        page.paragraph("body")
    assert str(page) == "<details><summary>task 1 (core:7) &lt;b&gt;&#64;<wbr>team</summary>\n\nbody\n\n</details>\n\n"


@given(st.text())
def test_a_code_block_is_closed_only_by_its_own_fence(text: str) -> None:
    page = Page(str)
    page.code(text)
    block = str(page)
    fence = block.split("\n", 1)[0]
    assert fence not in block[len(fence) : -len(fence) - 1]


def test_a_command_can_be_copied_and_stays_one_line() -> None:
    page = Page(lambda text: text.replace("hunter2", "***"))
    page.points([["Fix:", Code("aws x --name 'a_b*' --key hunter2")], ["Fix:", Code("echo `id`\n- no")]])
    assert str(page) == "- Fix:<br>`aws x --name 'a_b*' --key ***`\n- Fix:<br>`` echo `id` - no ``\n\n"


def test_what_is_indented_below_a_sentence_is_code() -> None:
    page = Page(str)
    page.outline(["  What to do: nothing", "  last lines of web:", "    - one", "      two", "  no log lines of db"])
    assert str(page) == "- What to do: nothing\n- last lines of web:\n\n```\n- one\n  two\n```\n\n- no log lines of db\n\n"


@given(st.text(min_size=1), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_timeline_has_a_line_a_bar_whatever_its_name(name: str, begins: float, ends: float) -> None:
    *_, section, bar = gantt(name, [Bar(name, begins, ends, failed=True)]).splitlines()
    assert len(gantt(name, [Bar(name, begins, ends)]).splitlines()) == 8
    assert re.fullmatch(r"    section [^:;#%\n]+", section)
    assert all(len(line) <= COLUMN for line in section.removeprefix("    section ").split("<br>"))
    assert section.count("<br>") <= 1
    assert re.fullmatch(r"    \u200b :crit, (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}(, )?){2}", bar)


def test_a_timeline_keeps_what_failed_and_what_came_last() -> None:
    bars = [Bar(f"phase {number}", number, number + 1, failed=number == 3) for number in range(100)]
    shown = re.findall(r"phase (\d+)", gantt("many", bars))
    assert len(shown) == MOST_BARS
    assert shown[0] == "3"
    assert shown[-1] == "99"


@pytest.mark.parametrize(
    ("seconds", "axis", "tick"),
    [(2.5, "%M:%S", "1second"), (100, "%M:%S", "1minute"), (3599, "%M:%S", "30minute"), (90_000, "%H:%M", "12hour")],
)
def test_an_axis_has_few_ticks(seconds: float, axis: str, tick: str) -> None:
    assert f"axisFormat {axis}\n    tickInterval {tick}\n" in gantt("x", [Bar("x", 0, seconds)])


def test_how_long_something_lasted_is_said_without_a_colon() -> None:
    assert [lasted(each) for each in (0.04, 0.4, 7.9, 125, 4210)] == ["0.0 s", "0.4 s", "7 s", "2 min 5 s", "1 h 10 min"]


def test_what_is_unprintable_in_the_middle_of_a_secret_does_not_show_the_rest() -> None:
    page = Page(lambda text: text.replace("my_secret_value", "***"))
    cut = "my_\x1b[0msecret_value"
    page.verdict(good=False, sentence=cut)
    page.facts([("a name", cut)])
    with page.folded(cut):
        page.code(cut)
    page.timeline(cut, [Bar(name=cut, begins=0, ends=9)])
    assert "secret" not in str(page)
    assert str(page).replace("\\", "").count("***") >= 4


def test_an_address_cannot_leave_its_link() -> None:
    page = Page(str)
    page.link("the run", "https://h/>) <img src=x>\n# heading")
    assert str(page).splitlines()[0] == "[the run](<https://h/)imgsrc=x#heading>)"
