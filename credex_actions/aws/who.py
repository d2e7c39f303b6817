"""Who runs a command in AWS, at which time of AWS's, and as which run: what it makes bears that."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from secrets import token_hex
from typing import Final, NamedTuple

from credex_actions.core.aws.clients import Clients
from credex_actions.core.runner import Runner

CLOCKS_AGREE: Final = timedelta(seconds=2)
"""A Date header has whole seconds."""


class Who(NamedTuple):
    """`ahead`: what AWS's clock is ahead of this machine's."""

    arn: str
    ahead: timedelta

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


def who(clients: Clients) -> Who:
    """This proves the credentials."""
    answer = clients.read("sts").get_caller_identity()
    ahead = timedelta()
    with suppress(KeyError, ValueError):  # a proxy may have taken the header, or put another one in its place
        ahead = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC) - datetime.now(UTC)
    return Who(answer["Arn"], ahead if abs(ahead) > CLOCKS_AGREE else timedelta())


def run_id(runner: Runner) -> str:
    """In Actions it names the run and its attempt, so that a person finds the log; it never repeats."""
    number, attempt = (runner.environment.get(name, "") for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT"))
    given = f"{number}-{attempt}-" if runner.in_actions and number.isdecimal() and attempt.isdecimal() else ""
    return f"{given}{token_hex(4)}"
