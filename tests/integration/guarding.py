"""Stands between a command and the sandbox, and lets through what a published policy allows, with its conditions, by the tags that EC2 has at that moment.

What is known here of EC2 and SSM is which resources and condition keys belong to a request. Source: Service Authorization Reference. Of other services only the action counts.
"""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from credex_actions.generation.iam.grant import action_of
from credex_actions.sandbox import Sandbox
from credex_actions.sandbox.aws.shapes import REST, rest_operation
from tests.pages import on_loopback
from tests.policy_language import Request, allows

PUBLISHED: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "iam"
SIGNED_FOR: Final = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
KINDS: Final = {"i": "instance", "vol": "volume", "snap": "snapshot", "ami": "image", "subnet": "subnet", "sg": "security-group"}
OWNED_BY_NONE: Final = frozenset(("snapshot", "image"))
CREATED: Final = {
    "CreateImage": ("image", "snapshot"),
    "CreateSnapshot": ("snapshot",),
    "CreateVolume": ("volume",),
    "RunInstances": ("instance", "volume", "network-interface"),
}
"""What a request creates, beside what it names."""
DENIED: Final = (
    "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation: "
    "{action}</Message></Error></Errors><RequestID>1</RequestID></Response>"
)


def published(text: str, **tags: str) -> Mapping[str, Any]:
    """A policy with values for its names: the tag of the databases, and anything for the others."""
    ((key, value),) = tags.items()
    found: Mapping[str, Any] = json.loads(re.sub(r"(esourceTag|RequestTag)/TAG", rf"\1/{key}", text).replace('"VALUE"', f'"{value}"'))
    return found


def before_the_approval(*besides: str, **tags: str) -> Mapping[str, Any]:
    """What of the policy of neo4j-ami-rollout stands before `Lock`, without commands on the instances of databases. `besides`: names of further policies that the role has."""
    statements = statements_of("neo4j-ami-rollout")
    sids = [statement["Sid"] for statement in statements]
    kept = [statement for statement in statements[: sids.index("Lock")] if statement["Sid"] != "CommandDatabases"]
    return published(json.dumps({"Version": "2012-10-17", "Statement": kept + statements_of(*besides)}), **tags)


def all_of(*names: str, **tags: str) -> Mapping[str, Any]:
    """What a role may do that has all these policies."""
    return published(json.dumps({"Version": "2012-10-17", "Statement": statements_of(*names)}), **tags)


def statements_of(*names: str) -> list[Any]:
    return [each for name in names for each in json.loads((PUBLISHED / f"{name}.json").read_text())["Statement"]]


@dataclass
class Guard:
    """`denied`: what was not let through: actions with their resources. `passed`: actions that were."""

    sandbox: Sandbox
    policy: Mapping[str, Any]
    url: str = ""
    denied: list[str] = field(default_factory=list)
    passed: set[str] = field(default_factory=set)

    @contextmanager
    def serving(self) -> Iterator["Guard"]:
        with on_loopback(self._handler()) as self.url:
            yield self

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        guard = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def judge(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, headers, data = guard.answer(self.command, self.path, dict(self.headers.items()), body)
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = judge

        return Handler

    def answer(self, verb: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        service = (SIGNED_FOR.search(headers.get("Authorization", "")) or ["", ""])[1]
        requests = (
            [Request(f"{service}:{rest_operation(service, verb, path.partition('?')[0])}", "")]
            if service in REST
            else self._requests(service, headers, body)
        )
        for each in requests:
            if not self._allowed(each):
                self.denied.append(f"{each.action} on {each.resource}")
                return _denial(service, each.action)
            self.passed.add(each.action)
        asked = {name: value for name, value in headers.items() if name.lower() not in {"host", "connection"}}
        request = urllib.request.Request(self.sandbox.url + path, body or None, asked, method=verb)
        try:
            answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in {"content-length", "transfer-encoding", "connection", "server", "date"}
            }
            return answer.status, kept, answer.read()

    def _allowed(self, request: Request) -> bool:
        if request.resource:
            return allows(self.policy, request)
        return any(request.action in statement["Action"] for statement in self.policy["Statement"])

    def _requests(self, service: str, headers: Mapping[str, str], body: bytes) -> Iterator[Request]:
        if service == "ec2":
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            yield from self._of_ec2(form["Action"], form)
        elif target := headers.get("X-Amz-Target", ""):
            action = action_of(service, target.rpartition(".")[2])
            yield from (
                self._of_ssm(action, json.loads(body)) if action in {"ssm:SendCommand", "ssm:StartSession"} else (Request(action, ""),)
            )

    def _of_ec2(self, operation: str, form: Mapping[str, str]) -> Iterator[Request]:
        action = f"ec2:{operation}"
        if operation.startswith("Describe"):
            yield Request(action, "*")
            return
        if operation in {"CreateTags", "DeleteTags"}:
            keys = [value for name, value in form.items() if re.fullmatch(r"Tag\.\d+\.Key", name)]
            for resource in (value for name, value in form.items() if name.startswith("ResourceId.")):
                yield self._on(action, resource, **({"aws:TagKeys": keys} if keys else {}))
            return
        specified = dict(self._specified(form))
        for kind in CREATED.get(operation, ()):
            yield Request(action, _arn(kind, "new"), {f"aws:RequestTag/{key}": value for key, value in specified.get(kind, {}).items()})
        for kind, tags in specified.items():
            yield Request("ec2:CreateTags", _arn(kind, "new"), {"ec2:CreateAction": operation, "aws:TagKeys": list(tags)})
        for value in form.values():
            if re.fullmatch(rf"({'|'.join(KINDS)})-[0-9a-f]+", value):
                yield self._on(action, value)

    def _specified(self, form: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
        for number in range(1, 10):
            prefix = f"TagSpecification.{number}."
            if kind := form.get(f"{prefix}ResourceType"):
                keys = {name: value for name, value in form.items() if name.startswith(f"{prefix}Tag.") and name.endswith(".Key")}
                yield kind, {value: form[name.removesuffix("Key") + "Value"] for name, value in keys.items()}

    def _of_ssm(self, action: str, asked: Mapping[str, Any]) -> Iterator[Request]:
        yield Request(action, f"arn:aws:ssm:eu-west-1::document/{asked['DocumentName']}")
        checked = {"ssm:SessionDocumentAccessCheck": "true"} if action == "ssm:StartSession" else {}
        for instance in asked.get("InstanceIds") or [asked["Target"]]:
            yield self._on(action, instance, **checked)

    def _on(self, action: str, resource: str, **context: Any) -> Request:
        filters = [{"Name": "resource-id", "Values": [resource]}]
        tags = {each["Key"]: each["Value"] for each in self.sandbox.client("ec2").describe_tags(Filters=filters)["Tags"]}
        prefix = "ssm:resourceTag/" if action.startswith("ssm:") else "aws:ResourceTag/"
        return Request(action, _arn(KINDS[resource.partition("-")[0]], resource), {f"{prefix}{key}": tags[key] for key in tags} | context)


def _denial(service: str, action: str) -> tuple[int, dict[str, str], bytes]:
    if service == "ec2":
        return 403, {"Content-Type": "text/xml"}, DENIED.format(action=action).encode()
    said = {"__type": "AccessDeniedException", "message": f"not authorized to perform: {action}"}
    return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(said).encode()


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:eu-west-1:{'' if kind in OWNED_BY_NONE else '123456789012'}:{kind}/{name}"
