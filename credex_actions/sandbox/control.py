"""The control endpoint: what the Python object can do, over HTTP on the sandbox's own port, for other processes."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Request, Response

from credex_actions.sandbox import example
from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.github.routing import ROUTES
from credex_actions.sandbox.suite import NoCheckoutError

if TYPE_CHECKING:
    from credex_actions.sandbox.databases import Databases
    from credex_actions.sandbox.github import GitHub
    from credex_actions.sandbox.local import Sandbox

PREFIX: Final = "/_sandbox/"
Given = dict[str, Any]


def answering(
    sandbox: "Sandbox", github: "GitHub", databases: "Databases", environment: dict[str, str], stop: Callable[[], None]
) -> Callable[[Request], Response]:
    """What the endpoint calls for paths under /_sandbox/. `stop` ends the process that runs the sandbox."""
    operations = {route.operation for route in ROUTES}

    def fault(given: Given) -> Given:
        (github if given["operation"] in operations else sandbox).fault(**given)
        return {}

    def latency(given: Given) -> Given:
        sandbox.latency(float(given["seconds"]))
        github.latency(float(given["seconds"]))
        return {}

    def lag(given: Given) -> Given:
        sandbox.lag(float(given["seconds"]))
        github.lag(float(given["seconds"]))
        return {}

    def converge(given: Given) -> Given:
        sandbox.converge(float(given["seconds"]))
        return {}

    def sessions(given: Given) -> Given:
        sandbox.sessions(float(given["seconds"]))
        return {}

    def deny(given: Given) -> Given:
        sandbox.deny(**given)
        return {}

    def allow(given: Given) -> Given:
        sandbox.allow(**given)
        return {}

    def make_example(given: Given) -> Given:
        example.make(sandbox, github, databases if given.get("databases") else None)
        return {"github": github.url}

    def slow(given: Given) -> Given:
        sandbox.slow(**{str(given["kind"]).replace("-", "_"): float(given["seconds"])})
        return {}

    def kill_instance(given: Given) -> Given:
        sandbox.kill_instance(given["instance"])
        return {}

    def fill_disk(given: Given) -> Given:
        sandbox.fill_disk(given["instance"], not given["free"])
        return {}

    def pace(given: Given) -> Given:
        sandbox.pace = float(given["seconds"])
        return {}

    def reset(given: Given) -> Given:
        del given
        sandbox.reset_calls()
        github.reset_calls()
        return {}

    def down(given: Given) -> Given:
        del given
        stop()
        return {}

    def make_neglect(given: Given) -> list[Given]:
        from credex_actions.sandbox.neglect.seeding import neglect

        del given
        return [asdict(each) for each in neglect(sandbox)]

    routes: dict[str, Callable[[Given], Any]] = {
        "environment": lambda _: environment,
        "example": make_example,
        "neglect": make_neglect,
        "calls": lambda _: [call._asdict() for call in sorted([*sandbox.calls(), *github.calls()])],
        "misfits": lambda _: [*sandbox.misfits, *github.misfits],
        "logs": lambda given: log_lines(sandbox.account, sandbox.region, given.get("group", "")),
        "provision": lambda given: asdict(sandbox.provision(**given)),
        "push-image": lambda given: {"image": sandbox.push_image(**given)},
        "image": lambda given: {"image": sandbox.neo4j_image(given["version"], given["name"])},
        "instances": lambda _: sandbox.instances(),
        "volumes": lambda _: sandbox.volumes(),
        "slow": slow,
        "kill-instance": kill_instance,
        "fill-disk": fill_disk,
        "corrupt-backup": lambda given: {"changed": sandbox.corrupt_backup(given["backup"])},
        "fault": fault,
        "latency": latency,
        "converge": converge,
        "sessions": sessions,
        "github-role": lambda given: {"role": sandbox.github_role(given["name"], *given["subjects"])},
        "lag": lag,
        "deny": deny,
        "allow": allow,
        "pace": pace,
        "reset-calls": reset,
        "down": down,
    }

    def answer(request: Request) -> Response:
        route = routes.get(request.path.removeprefix(PREFIX))
        if route is None:
            return _json(404, {"error": f"the sandbox has no {request.path}"})
        try:
            return _json(200, route(json.loads(request.get_data() or b"{}")))
        except (TypeError, ValueError, KeyError, TimeoutError, NoCheckoutError) as error:
            return _json(400, {"error": str(error)})
        except Exception as error:  # noqa: BLE001 - botocore makes its exceptions at run time; the caller is reported, the sandbox continues
            return _json(400, {"error": f"{type(error).__name__}: {error}"})

    return answer


def log_lines(account: str, region: str, wanted: str) -> list[Given]:
    """Every line of CloudWatch Logs in the order of time: group, stream, time in ms, message. `wanted`: of this group alone."""
    lines = []
    for name, group in list(backend("logs", account, region).groups.items()):
        for stream in list(group.streams.values()) if wanted in {"", name} else ():
            lines += [
                {"group": name, "stream": stream.log_stream_name, "timestamp": event.timestamp, "message": event.message}
                for event in list(stream.events)
            ]
    return sorted(lines, key=lambda line: float(line["timestamp"]))


def _json(status: int, document: object) -> Response:
    return Response(json.dumps(document), status, content_type="application/json")
