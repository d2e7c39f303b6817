"""git over HTTP: clones, fetches and pushes go to git's own CGI program. Anybody on this machine may push; a push fires its workflows."""

import os
import re
import subprocess
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from werkzeug.wrappers import Request, Response

from credex_actions.sandbox.github.git import store as git_store
from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.state import Repository

PATH: Final = re.compile(r"/(?P<owner>[^/]+)/(?P<name>[^/]+)\.git/(?P<rest>info/refs|git-upload-pack|git-receive-pack)")

Pushed = Callable[[Repository, str, str], None]


def wanted(request: Request) -> bool:
    return PATH.fullmatch(request.path) is not None


def answer(hub: Hub, request: Request, pushed: Pushed) -> Response:
    """`pushed` hears of every branch that a push has moved, with its new commit."""
    found = PATH.fullmatch(request.path)
    repository = hub.find(found["owner"], found["name"]) if found else None
    if found is None or repository is None:
        return Response("Repository not found.", HTTPStatus.NOT_FOUND)
    before = git_store.branches(repository.git)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "GIT_PROJECT_ROOT": str(repository.git.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.git.name}/{found['rest']}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query_string.decode("latin-1"),
        "CONTENT_TYPE": request.content_type or "",
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    done = subprocess.run(["git", "http-backend"], env=environment, input=request.get_data(), capture_output=True, check=False)
    response = _response(done.stdout)
    if found["rest"] == "git-receive-pack":
        for branch, sha in git_store.branches(repository.git).items():
            if before.get(branch) != sha:
                pushed(repository, branch, sha)
    return response


def _response(output: bytes) -> Response:
    """From a CGI program's headers and body."""
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return Response(body, status, headers=headers)
