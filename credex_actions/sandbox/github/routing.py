"""Which function answers which request. Each topic's module registers its own; the server asks here."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from credex_actions.sandbox.github.hub import Hub
    from credex_actions.sandbox.github.runs.execution import Executions
    from credex_actions.sandbox.github.state import Repository, Token


class Refusal(Exception):
    """An answer that is an error, in GitHub's words."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.errors = errors


@dataclass(frozen=True)
class Call:
    """One request on its way to a handler. `repository` is there for paths that begin with /repos/."""

    hub: "Hub"
    executions: "Executions"
    request: Request
    token: "Token | None"
    url: str  # of the API
    site: str  # of the pages
    found: "Repository | None"
    knows_run_details: bool

    @property
    def repository(self) -> "Repository":
        assert self.found is not None
        return self.found

    def body(self) -> dict[str, Any]:
        try:
            given = json.loads(self.request.get_data() or b"{}")
        except ValueError:
            raise Refusal(400, "Problems parsing JSON") from None
        if not isinstance(given, dict):
            raise Refusal(400, "Body should be a JSON object")
        return given

    def repository_url(self) -> str:
        return f"{self.url}/repos/{self.repository.full_name}"

    def page_of(self, items: Iterable[Any]) -> tuple[list[Any], int, dict[str, str]]:
        """The asked-for page, the number of all, and the Link header."""
        everything = list(items)
        size = min(max(self.request.args.get("per_page", 30, type=int), 1), 100)
        page = max(self.request.args.get("page", 1, type=int), 1)
        last = max((len(everything) + size - 1) // size, 1)
        links = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        wanted = {
            name: number
            for name, number in links.items()
            if (name in ("prev", "first") and page > 1) or (name in ("next", "last") and page < last)
        }
        shown = ", ".join(f'<{self._page_url(number)}>; rel="{name}"' for name, number in wanted.items())
        return everything[(page - 1) * size : page * size], len(everything), {"Link": shown} if shown else {}

    def _page_url(self, number: int) -> str:
        from urllib.parse import urlencode

        return f"{self.url}{self.request.path}?{urlencode({**self.request.args, 'page': str(number)})}"


@dataclass
class Answer:
    """`document`: JSON, bytes as they are, or None for no body."""

    document: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def response(self) -> Response:
        if self.document is None:
            return Response(b"", self.status, headers=self.headers)
        body = self.document if isinstance(self.document, bytes) else json.dumps(self.document).encode()
        return Response(body, self.status, headers=self.headers, content_type=self.content_type)


Handler = Callable[..., Answer]


@dataclass(frozen=True)
class Route:
    """`needs`: permission and level, such as `actions:write`, or several with ` or `; empty for what anybody with a valid token may; `open` needs no token at all."""

    method: str
    path: str
    needs: str
    open: bool
    handler: Handler
    operation: str


ROUTES: Final[list[Route]] = []


def route(method: str, path: str, needs: str = "", *, open: bool = False, operation: str = "") -> Callable[[Handler], Handler]:  # noqa: A002 - the plain word
    """Registers a handler: `handler(call, **parts of the path)`. Its name, in words with dashes, is the operation that faults and the call log name, unless one is given."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, needs, open, handler, operation or handler.__name__.replace("_", "-")))
        return handler

    return register


@cache
def url_map() -> Map:
    """To be asked for when all topics have registered. One for all servers of a process: werkzeug takes a tenth of a second to compile it."""
    return Map([Rule(each.path, methods=[each.method], endpoint=each) for each in ROUTES], strict_slashes=False, merge_slashes=False)
