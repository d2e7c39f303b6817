"""The one endpoint: finds out who calls what and whether they may, lets faults strike, answers ECS itself, hands the rest to moto, and keeps the call log."""

import json
import re
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from credex_actions.sandbox import faults
from credex_actions.sandbox.aws import shapes
from credex_actions.sandbox.aws.backup import operations as backup
from credex_actions.sandbox.aws.cloud import Cloud
from credex_actions.sandbox.aws.ec2.site import CURRENT as SITES
from credex_actions.sandbox.aws.identity import analyzers
from credex_actions.sandbox.aws.imagebuilder import operations as imagebuilder
from credex_actions.sandbox.aws.protocols import answered, foreign, refused
from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.ssm.managed import CURRENT as MANAGED
from credex_actions.sandbox.aws.world import CURRENT
from credex_actions.sandbox.call_log import Call
from credex_actions.sandbox.serving import Endpoint, Quiet, Start, hang_up

CREDENTIAL: Final = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
KEY_MAKERS: Final = frozenset({"iam", "cloudformation"})
"""Services through which access keys come, change and go."""


class Handler(Quiet, MotoRequestHandler):
    pass


class AWSEndpoint(Endpoint):
    """`account`: whose resources a caller with other credentials sees. `misfits`: answers that departed from botocore's shapes."""

    def __init__(self, cloud: Cloud, account: str, region: str) -> None:
        super().__init__("sandbox-endpoint", Handler, faults.Faults())
        self.cloud = cloud
        self.account = account
        self.home = region
        self.misfits: list[str] = []
        self.control: Callable[[Request], Response] | None = None
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        request = Request(environ)
        control = self.control
        if control is not None and request.path.startswith("/_sandbox/"):
            return control(request)(environ, start)
        began, log = time.time(), self.log
        found = CREDENTIAL.search(request.headers.get("Authorization", ""))
        key, region, service = found.groups() if found else ("", self.home, "")
        try:
            body = request.get_data(cache=True)
        except ClientDisconnected:
            raise ConnectionAbortedError from None  # the caller was killed while it sent this
        operation = _operation(service, request, body)
        if self.latency:
            time.sleep(self.latency)
        fault = self.faults.strike(operation)
        if fault and fault.kind == "slow":
            fault.wait()
        if fault and fault.kind == "drop-before":
            response = None
        elif fault and fault.kind in faults.FOREIGN:
            response = foreign(fault.kind, service, request)
        elif fault and fault.kind in faults.ERRORS:
            response = self._fault_answer(fault.kind, key, service, operation, request)
        else:
            response = self._answer(environ, request, region, service, operation, body)
        if fault and fault.kind == "drop-after":
            response = None
        log.add(Call(began, service, operation, response.status_code if response else 0, request.headers.get("User-Agent", ""), region))
        if response is None:
            hang_up(environ)
        return response(environ, start)

    def _answer(self, environ: dict[str, Any], request: Request, region: str, service: str, operation: str, body: bytes) -> Response:
        try:
            with self.cloud.lock:
                caller = self.cloud.callers.authenticate(request, body, self.account, time.time())
                self.cloud.callers.authorise(caller, request, body, operation)
            if service == "ecs" and request.headers.get("X-Amz-Target"):
                response = answered(self._ecs(caller.account, region, operation, body))
            elif service == "backup" and operation in backup.OPERATIONS:
                response = self._backup(caller.account, region, operation, request, body)
            elif service == "access-analyzer":
                response = self._analyzers(caller.account, region, operation, request, body)
            elif service == imagebuilder.SERVICE:
                response = self._image_builder(caller.account, region, operation, request, body)
            elif service == "compute-optimizer":
                raise Refusal("OptInRequiredException", f"Account {caller.account} is not registered for recommendations.")
            else:
                response = self._moto_answer(environ, caller.account, service, body)
        except Refusal as refusal:
            return refused(service, request, refusal)
        if "json" in (response.content_type or "") and response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            self._check(service, operation, response.get_data())
        return response

    def _moto_answer(self, environ: dict[str, Any], account: str, service: str, body: bytes) -> Response:
        environ |= {"HTTP_X_MOTO_ACCOUNT_ID": account, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        CURRENT.set(self.cloud)
        SITES.set(self.cloud.site)
        MANAGED.set(self.cloud.managed)
        with self.cloud.lock:
            response = Response.from_app(self._moto, environ, buffered=True)
            if service in KEY_MAKERS:
                self.cloud.callers.keys.notice(account, time.time())
        return response

    def _ecs(self, account: str, region: str, operation: str, body: bytes) -> bytes:
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            raise Refusal("SerializationException", "The request is not JSON.") from None
        return self.cloud.answer(account, region, operation, request)

    def _backup(self, account: str, region: str, operation: str, request: Request, body: bytes) -> Response:
        asked = _rest_request("backup", operation, request, body)
        with self.cloud.lock:
            answer = backup.answer(self.cloud.backups(account, region), operation, asked, time.time())
        return answered(json.dumps(answer).encode())

    def _analyzers(self, account: str, region: str, operation: str, request: Request, body: bytes) -> Response:
        with self.cloud.lock:
            asked = _rest_request("access-analyzer", operation, request, body) if operation in analyzers.OPERATIONS else {}
            answer = analyzers.answer(account, region, operation, asked)
        return answered(json.dumps(answer).encode())

    def _image_builder(self, account: str, region: str, operation: str, request: Request, body: bytes) -> Response:
        asked = _rest_request(imagebuilder.SERVICE, operation, request, body)
        with self.cloud.lock:
            builders = self.cloud.image_builders(account, region)
            builders.endpoint = request.host_url.rstrip("/")
            answer = imagebuilder.answer(builders, operation, asked, time.time())
            return answered(json.dumps(answer).encode())

    def _fault_answer(self, kind: str, key: str, service: str, operation: str, request: Request) -> Response:
        code, message, status = faults.OF_SERVICES.get((service, kind), faults.ERRORS[kind])
        arn = self.cloud.callers.claimed(key, self.account).arn
        return refused(service, request, Refusal(code, message.format(arn=arn, service=service, operation=operation), status))

    def _check(self, service: str, operation: str, body: bytes) -> None:
        try:
            model = shapes.operation(service, operation)
        except Exception:  # noqa: BLE001 - a service that botocore does not know has no shapes
            return
        if model is not None:
            self.misfits.extend(
                f"{service}:{operation} {misfit}" for misfit in shapes.misfits(model.output_shape, json.loads(body or b"{}"))
            )


def _rest_request(service: str, operation: str, request: Request, body: bytes) -> dict[str, Any]:
    """Of a service whose operations are paths. Raises Refusal."""
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        raise Refusal("InvalidRequestException", "The request is not JSON.") from None
    return shapes.rest_request(service, operation, _sent_path(request), request.args, content)


SUBRESOURCES: Final = ("acl", "encryption", "location", "policy", "policyStatus", "publicAccessBlock", "tagging")
"""Of S3: the part of a bucket or an object that is asked for."""


def _operation(service: str, request: Request, body: bytes) -> str:
    """From the header X-Amz-Target, the path of Smithy's RPC protocols, a query's Action, or a path that the service publishes; else method and path."""
    if target := request.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    if found := re.fullmatch(r"/service/[^/]+/operation/([^/]+)", request.path):
        return found[1]
    if (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return (
        shapes.rest_operation(service, request.method, _sent_path(request))
        or f"{request.method} {request.path}{''.join(f'?{part}' for part in SUBRESOURCES if part in request.args)}"
    )


def _sent_path(request: Request) -> str:
    """Still encoded: a slash within a name, as ARNs have it, is none of the path's."""
    return str(request.environ.get("RAW_URI") or request.path).partition("?")[0]
