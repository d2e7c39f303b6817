"""The sandbox's CloudWatch Logs refuses the patterns that the service refuses, and matches what it matches."""

import pytest

from credex_actions.sandbox.aws.logs.patterns import parse

JSON = '{"level": "ERROR", "ms": 700, "user": {"id": 1, "mail": null}, "tags": ["a", "b"], "slow": true}'
LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'

MATCHED = {
    "everything": ("", "anything", True),
    "a term": ("ERROR", "[ERROR 400] BAD REQUEST", True),
    "two terms": ("ERROR REQUEST", "[ERROR 400] bad", False),
    "a phrase": ('"BAD REQUEST"', "[ERROR 400] BAD REQUEST", True),
    "a phrase with quotes": (r'"say \"no\""', 'they say "no"', True),
    "any of two": ("?ERROR ?FATAL", "FATAL: no memory", True),
    "none of two": ("?ERROR ?FATAL", "all is well", False),
    "excluding": ("ERROR -Timeout", "ERROR Timeout", False),
    "question marks next to a term say nothing": ("ERROR ?FATAL", "ERROR", True),
    "a regular expression": ("%ERR[OA]R [0-9]+%", "ERROR 404", True),
    "json": ('{ $.level = "ERROR" }', JSON, True),
    "json with a star": ('{ $.level = "ERR*" && $.ms >= 700 }', JSON, True),
    "json or": ('{ ($.level = "INFO") || ($.user.id != 2) }', JSON, True),
    "json numbers": ("{ $.ms < 700 }", JSON, False),
    "json kinds": ("{ $.slow IS TRUE && $.user.mail IS NULL && $.nothing NOT EXISTS }", JSON, True),
    "json lists": ('{ $.tags[1] = "b" }', JSON, True),
    "json of a line that is none": ('{ $.level = "ERROR" }', "ERROR", False),
    "json regular expression": ("{ $.level = %^ERR% }", JSON, True),
    "fields": ("[ip, id, user, time, request, status, size]", LINE, True),
    "fields with conditions": ("[ip, id, user, time, request, status = 4*, size > 1000]", LINE, True),
    "fields and dots": ("[..., status = 404 || status = 410, size]", LINE, True),
    "too few fields": ("[ip, id]", LINE, False),
}


@pytest.mark.parametrize(("pattern", "message", "matches"), MATCHED.values(), ids=MATCHED)
def test_matched(pattern: str, message: str, matches: bool) -> None:
    assert parse(pattern)(message) is matches


REFUSED = ("[bad", "{ $.level = ", "{ level = 1 }", "{ $.level == 1 }", "ERROR:", '"open', "%some(thing)%", "[a,, b]", "[..., a, ...]", "{ $.a IS EMPTY }", "[a] b")  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED)
def test_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(pattern)
