"""Where a repository lives: its name, and the addresses of the server that has it. The one place that knows GitHub Enterprise's addresses."""

import re
import subprocess
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from credex_actions.core.faults import Fault
from credex_actions.core.text import one_line

NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")
SCP_LIKE: Final = re.compile(r"(?:[^@/]+@)?(?P<host>[^:/]+):(?P<path>(?!//).+)")
HOST: Final = re.compile(r"[A-Za-z0-9-]{2,}(?:\.[A-Za-z0-9-]+)*\.?|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\.?")
"""Of more than one letter, so that `C:/path` is none. Addresses in brackets (IPv6) are not known."""
TRUSTED: Final = re.compile(r"https://(?:www\.)?(?:github\.com|[a-z0-9-]+\.ghe\.com)")
"""Servers that GitHub itself runs: whoever wrote a checkout's remote cannot make us send a token elsewhere."""
API_OF_GITHUB: Final = "https://api.github.com"
GIT_TAKES: Final = 10.0
"""Seconds that `git remote` may take."""


class Place(NamedTuple):
    """`api` and `site`: URLs without a slash at the end. `repository`: OWNER/NAME."""

    repository: str
    api: str
    site: str

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]


class Remote(NamedTuple):
    """`site`: URL of the server, empty if only a name is known."""

    repository: str
    site: str


def parse_remote(url: str) -> Remote | None:
    """What a git remote says: `https://HOST/O/R.git`, `ssh://git@HOST:PORT/O/R`, `git@HOST:O/R.git`. None if it is not such a URL."""
    text = url.strip()
    if "://" in text:
        try:
            parts = urlsplit(text)
            host, port, path = parts.hostname or "", parts.port, parts.path
        except ValueError:
            return None
        if parts.scheme not in {"https", "http", "ssh", "git", "git+ssh"}:
            return None
        web = f"{parts.scheme}://{host}{f':{port}' if port else ''}" if parts.scheme in {"http", "https"} else f"https://{host}"
    elif found := SCP_LIKE.fullmatch(text):
        host, path = found["host"], found["path"]
        web = f"https://{host}"
    else:
        return None
    if not HOST.fullmatch(host):
        return None
    name = path.strip("/").removesuffix(".git")
    if host == "ssh.github.com":  # SSH over the HTTPS port
        web = "https://github.com"
    return Remote(name, web) if is_name(name) else None


def is_name(text: str) -> bool:
    """OWNER/NAME."""
    return NAME.fullmatch(text) is not None and text.partition("/")[2] not in (".", "..")


def place(given: str | None, environment: Mapping[str, str]) -> Place | Fault:
    """The repository that is meant: the input, else GITHUB_REPOSITORY, else the checkout's remote; and its server's addresses."""
    name, site = (given or environment.get("GITHUB_REPOSITORY") or "").strip(), ""
    if not name:
        remote = _remote_of_checkout()
        if isinstance(remote, Fault):
            return remote
        name, site = remote.repository, remote.site
        named = environment.get("GITHUB_API_URL") or environment.get("GITHUB_SERVER_URL")
        if not named and not TRUSTED.fullmatch(site.lower()):
            what = f"the checkout's remote is on {one_line(site, 80)}, to which no credentials are sent by default"
            return Fault(
                what,
                "If it is your GitHub Enterprise server, set GITHUB_SERVER_URL to it, or provide --repository with the full URL.",
                "repository",
            )
    elif "/" in name and not is_name(name) and (remote_given := parse_remote(name)):
        name, site = remote_given.repository, remote_given.site
    if not is_name(name):
        return Fault(f"'{one_line(name, 80)}' is not the name of a repository", "Write OWNER/NAME.", "repository")
    return located(name, site, environment)


def located(name: str, site: str, environment: Mapping[str, str]) -> Place | Fault:
    """GITHUB_API_URL and GITHUB_SERVER_URL win; else the remote's host; else github.com. Source: GitHub docs, "REST API in GHES": `/api/v3`."""
    api = environment.get("GITHUB_API_URL", "").strip().rstrip("/")
    site = environment.get("GITHUB_SERVER_URL", "").strip().rstrip("/") or site.rstrip("/") or "https://github.com"
    if not api:
        host = site.partition("://")[2].partition("/")[0].lower().removesuffix(":443").removesuffix(".").removeprefix("www.")
        # GitHub's cloud with data residency has its API on a host of its own, Enterprise Server below its site.
        api = API_OF_GITHUB if host == "github.com" else f"https://api.{host}" if host.endswith(".ghe.com") else f"{site}/api/v3"
    for where, url in (("GITHUB_API_URL", api), ("GITHUB_SERVER_URL", site)):
        if not _is_url(url):
            return Fault("is not a URL", "Write it as https://HOST or https://HOST/api/v3.", where)
    return Place(name, api, site)


def _is_url(text: str) -> bool:
    try:
        port = urlsplit(text).port
    except ValueError:
        return False
    return (
        port != 0
        and re.fullmatch(r"https?://[!-~]+", text) is not None
        and not set("?#@") & set(text)
        and urlsplit(text).hostname is not None
    )


def current_branch() -> str | Fault:
    """The branch that is checked out here."""
    try:
        named = subprocess.run(
            ["git", "symbolic-ref", "--quiet", "--short", "HEAD"], capture_output=True, text=True, check=True, timeout=GIT_TAKES
        )
    except OSError:
        return Fault("means the current branch, but git cannot be run to determine it", "Provide the name of the branch.", "ref")
    except (subprocess.SubprocessError, UnicodeDecodeError):
        return Fault("means the current branch, but no branch is checked out here", "Provide the name of the branch.", "ref")
    return named.stdout.strip()


def _remote_of_checkout() -> Remote | Fault:
    hint = "Provide --repository OWNER/NAME, or run this in a checkout with a GitHub remote."
    try:
        listed = subprocess.run(["git", "remote"], capture_output=True, text=True, check=True, timeout=GIT_TAKES).stdout.split()
        names = [*(name for name in ("origin", "upstream") if name in listed), *listed][:1]
        url = subprocess.run(["git", "remote", "get-url", *names], capture_output=True, text=True, check=True, timeout=GIT_TAKES).stdout
    except OSError:
        return Fault("is not set, and git cannot be run to determine the remote", hint, "repository")
    except (subprocess.SubprocessError, UnicodeDecodeError):
        return Fault("is not set, and this folder is not a checkout with a remote", hint, "repository")
    return parse_remote(url) or Fault("is not set, and the remote of this checkout is not a GitHub repository", hint, "repository")
