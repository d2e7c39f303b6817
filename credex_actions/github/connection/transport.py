"""What carries requests to GitHub: PyGithub's Requester, without its retries and pauses, which would send a dispatch three times."""

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from github.Auth import Auth
    from github.Requester import Requester

AGENT: Final = "credex-actions"


def requester(url: str, auth: "Auth", answers_within: int) -> "Requester":
    """`answers_within`: seconds to wait for an answer."""
    from credex_actions.github.connection.pygithub import Github

    logging.getLogger("github.Requester").setLevel(logging.CRITICAL)  # it prints of redirects by itself
    client = Github(
        base_url=url,
        auth=auth,
        user_agent=AGENT,
        timeout=answers_within,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
    )
    return client.requester
