"""The endpoint: lets faults strike, checks credentials and quota, hands the request to its handler, and answers conditional requests."""

import hashlib
import json
import re
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from credex_actions.sandbox.call_log import Call as LoggedCall
from credex_actions.sandbox.faults import Faults
from credex_actions.sandbox.github import access, faulty, starting
from credex_actions.sandbox.github.git import http as git_http
from credex_actions.sandbox.github.hub import Hub
from credex_actions.sandbox.github.routing import Call, Refusal, Route, url_map
from credex_actions.sandbox.github.runs.execution import Executions
from credex_actions.sandbox.github.state import Repository, Token
from credex_actions.sandbox.serving import Endpoint, Quiet, Start, hang_up

VERSION: Final = "2022-11-28"


class Handler(Quiet, WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


class GitHubEndpoint(Endpoint):
    """`knows_run_details`: whether dispatches may ask for their run, as older servers of GitHub Enterprise do not."""

    def __init__(self, hub: Hub, executions: Executions) -> None:
        super().__init__("sandbox-github", Handler, Faults(faulty.KINDS))
        self.hub = hub
        self.executions = executions
        self.knows_run_details = True
        self._map = url_map()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        self._follow_id(environ)
        request, began, log = Request(environ), time.time(), self.log
        request.get_data()  # read whole, so that the connection can serve the next request
        if git_http.wanted(request):
            return git_http.answer(self.hub, request, self._pushed)(environ, start)
        try:
            route, parts = self._map.bind_to_environ(environ).match()
            operation = route.operation
        except HTTPException:
            route, parts, operation = None, {}, f"{request.method} {request.path}"
        if self.latency:
            time.sleep(self.latency)
        fault = self.faults.strike(operation)
        kind = fault.kind if fault else ""
        if fault and kind == "slow":
            fault.wait()
        response = None
        if kind != "drop-before":
            response = faulty.answer(kind, fault.seconds if fault else 0) or self._answer(request, route, dict(parts))
        if kind == "drop-after":
            response = None
        if fault and kind == "slow-after":
            fault.wait()
        log.add(LoggedCall(began, "github", operation, response.status_code if response else 0, request.headers.get("User-Agent", ""), ""))
        if response is None:
            hang_up(environ)
        response.headers["X-GitHub-Request-Id"] = "SANDBOX"
        return response(environ, start)

    def _follow_id(self, environ: dict[str, Any]) -> None:
        """`/repositories/ID/…`, where redirects of renamed repositories lead, is `/repos/OWNER/NAME/…`."""
        found = re.fullmatch(r"/repositories/(\d+)(/.*)?", environ["PATH_INFO"])
        for each in self.hub.repositories.values() if found else ():
            if found and each.id == int(found[1]):
                environ["PATH_INFO"] = f"/repos/{each.full_name}{found[2] or ''}"

    def _pushed(self, repository: Repository, branch: str, sha: str) -> None:
        with self.hub.lock:
            starting.pushed(self.hub, self.executions, repository, branch, sha, "developer")

    def _answer(self, request: Request, route: Route | None, parts: dict[str, str]) -> Response:
        token: Token | None = None
        try:
            header = request.headers.get("Authorization", "")
            if route is None:
                raise Refusal(404, "Not Found")
            if not route.open:
                with self.hub.lock:
                    token = access.token_of(self.hub, header)
                    if token:
                        access.charge(token)
            elif header and route.operation.startswith("download"):
                self.hub.misfits.append(f"{route.operation}: a token was sent to a blob host")
            if moved := self._moved(request, parts):
                return moved
            repository = self._repository(parts)
            with self.hub.lock:
                if not route.open:
                    access.check(route, token, repository)
                call = Call(self.hub, self.executions, request, token, self.url, self.url, repository, self.knows_run_details)
                answer = route.handler(call, **parts)
            response = answer.response()
        except Refusal as refusal:
            response = faulty.refused(refusal)
        except HTTPException as error:
            response = faulty.refused(Refusal(error.code or 500, error.description or ""))
        except Exception as error:  # noqa: BLE001 - told as GitHub tells it, and kept as a misfit of the sandbox
            self.hub.misfits.append(f"{route.operation if route else request.path}: {type(error).__name__}: {error}")
            response = faulty.refused(Refusal(500, "Server Error"))
        return self._conditional(request, response, token)

    def _moved(self, request: Request, parts: dict[str, str]) -> Response | None:
        """Source: GitHub docs, "Best practices for using the REST API", redirects: 301 for reads, 307 for the rest."""
        repository = self.hub.former_names.get(f"{parts.get('owner')}/{parts.get('name')}".lower())
        if repository is None:
            return None
        rest = request.path.split("/", 4)[4:]
        url = "/".join([f"{self.url}/repositories/{repository.id}", *rest])
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        status = HTTPStatus.MOVED_PERMANENTLY if request.method == "GET" else HTTPStatus.TEMPORARY_REDIRECT
        return Response(json.dumps({"message": "Moved Permanently", "url": url}), status, headers={"Location": url + query})

    def _repository(self, parts: dict[str, str]) -> Repository | None:
        if "owner" not in parts:
            return None
        repository = self.hub.find(parts.pop("owner"), parts.pop("name"))
        if repository is None:
            raise Refusal(404, "Not Found")
        return repository

    def _conditional(self, request: Request, response: Response, token: Token | None) -> Response:
        """ETags differ per token; what has not changed since is a 304."""
        if request.method == "GET" and response.status_code == HTTPStatus.OK and token:
            tag = hashlib.sha256(token.text.encode() + response.get_data()).hexdigest()
            response.headers["ETag"] = f'W/"{tag}"'
            if tag in request.headers.get("If-None-Match", ""):
                access.give_back(token)
                response = Response(b"", HTTPStatus.NOT_MODIFIED, headers={"ETag": response.headers["ETag"]})
        if token:
            response.headers.extend({name: value for name, value in access.limit_headers(token).items() if name not in response.headers})
        response.headers["X-GitHub-Api-Version-Selected"] = request.headers.get("X-GitHub-Api-Version", VERSION)
        return response
