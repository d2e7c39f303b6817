"""The checks that a request asks for, and what has to be there for them: found out before the first look, all faults at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from credex_actions.core.clock import Clock
from credex_actions.core.faults import Exit, Failure, Fault
from credex_actions.ecs.verification.looking import Check
from credex_actions.ecs.verification.request import Request

if TYPE_CHECKING:
    from boto3.session import Session

    from credex_actions.core.aws.clients import Clients
    from credex_actions.ecs.verification.checks.service import ServiceLooks

SignIn: TypeAlias = "Callable[[], Session | None]"
"""The session to ask AWS with; None if boto3's own chain counts."""


@dataclass
class Checks:
    """`service`, `clients`, `back_to`: there where the request needs them; `back_to` is DescribeTaskDefinition's record of rollback-to."""

    each: list[Check] = field(default_factory=list)
    clients: "Clients | None" = None
    service: "ServiceLooks | None" = None
    back_to: Mapping[str, Any] | None = None


def opened(request: Request, clock: Clock, sign_in: SignIn) -> Checks:
    """`sign_in` is called where something asks AWS. Raises Failure: BAD_INPUT for what is not there or may not be read, REMOTE where AWS does not answer."""
    checks = Checks()
    if request.url:
        from credex_actions.ecs.verification.checks import http as http_check

        checks.each.append(Check("url", partial(http_check.check, request)))
    for address in request.bolts:
        from credex_actions.ecs.verification.checks import bolt as bolt_check

        checks.each.append(Check(f"bolt {address}", partial(bolt_check.check, address)))
    if request.asks_aws:
        _open_aws(request, clock, checks, sign_in)
    return checks


def _open_aws(request: Request, clock: Clock, checks: Checks, sign_in: SignIn) -> None:
    import botocore.exceptions

    from credex_actions.core.aws.clients import Clients, explain

    faults: list[Fault] = []
    try:
        checks.clients = Clients(session=sign_in(), before_write=clock.check)
    except botocore.exceptions.BotoCoreError as error:
        raise explain(error) from error
    for part in (_service, _alarms, _log):
        try:
            faults.extend(part(request, clock, checks, checks.clients))
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            failure = explain(error)
            if failure.code != Exit.BAD_INPUT:
                raise failure from error
            faults.extend(fault for fault in failure.faults if fault not in faults)
    if faults:
        raise Failure(Exit.BAD_INPUT, *faults)


def _passing(error: BaseException) -> str:
    """What AWS did not answer this time, in words; "" for an error that stays."""
    from credex_actions.core.aws.clients import is_passing
    from credex_actions.core.text import one_line

    return f"cannot be read at the moment: {one_line(str(error), 160)}" if is_passing(error) else ""


def _asked(checks: Checks, name: str, look: Callable[[], Any]) -> None:
    checks.each.append(Check(name, look, _passing))


def _service(request: Request, clock: Clock, checks: Checks, clients: "Clients") -> Iterator[Fault]:
    if request.service is None:
        return
    import botocore.exceptions

    from credex_actions.ecs.looks import describe, is_no_cluster, no_cluster
    from credex_actions.ecs.verification.checks.service import ServiceLooks

    try:
        record = describe(clients, clock, request.cluster, request.service)
    except botocore.exceptions.ClientError as error:
        if not is_no_cluster(error):
            raise
        yield from no_cluster(clients, request.cluster).faults
        return
    if record is None or record["status"] != "ACTIVE":
        what = f"there is no active service {request.service} in the cluster {request.cluster}"
        yield Fault(what, "Check the names, the region and the account; a deleted service is INACTIVE.", "service")
        return
    checks.service = ServiceLooks(clients, clock, request.cluster, record, request.revision)
    _asked(checks, "service", checks.service.check)
    if request.rollback_to:
        yield from _rollback(request, clock, checks, clients)


def _rollback(request: Request, clock: Clock, checks: Checks, clients: "Clients") -> Iterator[Fault]:
    """A revision that is not there would be found out at the worst of moments."""
    from credex_actions.ecs.revisions.client import revision_that_shows

    assert checks.service
    if checks.service.first.controller != "ECS":
        what = f"the service has the deployment controller {checks.service.first.controller}, which rolls back by itself"
        yield Fault(what, "Remove rollback-to, and let that controller roll back.", "rollback-to")
    found = revision_that_shows(clients, clock, str(request.rollback_to))
    checks.back_to = found["taskDefinition"] if found else None
    if checks.back_to is None or checks.back_to.get("status") != "ACTIVE":
        what = f"the revision {request.rollback_to} {'is deregistered' if checks.back_to else 'does not exist'}"
        yield Fault(what, "Provide an active revision: the service would be rolled back to it.", "rollback-to")


def _alarms(request: Request, _clock: Clock, checks: Checks, clients: "Clients") -> Iterator[Fault]:
    if request.alarms:
        from credex_actions.ecs.verification.checks.alarm import Alarms

        alarms = Alarms(clients, request.alarms, request.watch)
        _asked(checks, "alarms", alarms.check)
        yield from alarms.faults()


def _log(request: Request, clock: Clock, checks: Checks, clients: "Clients") -> Iterator[Fault]:
    if request.log_group:
        from credex_actions.ecs.verification.checks.log import LogMatches

        matches = LogMatches(clients, clock, request.log_group, request.log_pattern, request.max_log_matches)
        _asked(checks, "log", matches.check)
        yield from matches.faults()
