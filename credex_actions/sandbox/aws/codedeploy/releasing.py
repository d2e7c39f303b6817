"""Makes happen what releases.py decides: task sets come and go, traffic moves, a deployment ends or is taken back."""

import random
import string
from uuid import uuid4

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.codedeploy.releases import Act, Await, Finish, GiveUp, Install, Shift, Terminate, decide
from credex_actions.sandbox.aws.ecs import task_sets
from credex_actions.sandbox.aws.ecs.records import Deployment, Document, Service
from credex_actions.sandbox.aws.ecs.region import Region
from credex_actions.sandbox.aws.ecs.release import Release
from credex_actions.sandbox.aws.hosts import traffic

WHOLE = 100.0


def new_id() -> str:
    return "d-" + "".join(random.choices(string.ascii_uppercase + string.digits, k=9))  # noqa: S311 - an identifier


def tick(region: Region, now: float) -> None:
    for release in list(region.releases.values()):
        service = region.services.get((release.cluster, release.service))
        if not release.ongoing or service is None:
            continue
        replacement = _task_set(service, release.replacement)
        own = [task for task in region.tasks_of(service) if replacement and task.deployment == replacement.id and task.counts]
        ready = replacement is not None and len(own) == task_sets.computed(service, replacement) and all(task.ready for task in own)
        act = decide(release, ready=ready, failed=replacement.failed if replacement else 0, alarms=_alarms(region, release))
        release.age += 1
        if act is not None:
            _make_happen(region, service, release, act, now)


def _task_set(service: Service, identifier: str) -> Deployment | None:
    return next((each for each in service.task_sets if each.id == identifier), None)


def _alarms(region: Region, release: Release) -> tuple[str, ...]:
    known = backend("cloudwatch", region.account, region.name).alarms
    return tuple(name for name in release.alarms if name in known and known[name].state_value == "ALARM")


def _enter(release: Release, stage: str, event: str, now: float) -> None:
    if release.events:
        release.events[-1] |= {"status": "Succeeded", "endTime": now}
    release.stage, release.age = stage, 0
    if event:
        release.events.append({"lifecycleEventName": event, "status": "InProgress", "startTime": now})


def _make_happen(region: Region, service: Service, release: Release, act: Act, now: float) -> None:
    match act:
        case Install():
            _install(region, service, release, now)
        case Await():
            release.status = "Ready"
            _enter(release, "waiting", "", now)
        case Shift(percent=percent):
            release.status = "InProgress"
            if release.stage != "shifting":
                _enter(release, "shifting", "AllowTraffic", now)
            release.age = 0
            _shift(region, service, release, percent, now)
        case Terminate():
            _enter(release, "terminating", "", now)
        case Finish():
            if (original := _task_set(service, release.original)) and not release.triggered_by:
                task_sets.remove(region, service, original, now)
            release.status, release.completed = "Succeeded", now
        case GiveUp():
            _give_up(region, release, act, now)


def _give_up(region: Region, release: Release, failure: GiveUp, now: float) -> None:
    release.status, release.completed, release.error = failure.status, now, {"code": failure.code, "message": failure.why}
    if release.events:
        release.events[-1] |= {"status": "Failed", "endTime": now}
    wanted = release.auto_rollback.get("events", ()) if release.auto_rollback.get("enabled") else ()
    if release.asked_to_stop == "ROLLBACK" or failure.event in wanted:
        _take_back(region, release, now)


def _install(region: Region, service: Service, release: Release, now: float) -> None:
    original = next(each for each in service.task_sets if each.status == "PRIMARY")
    release.status, release.started = "InProgress", now
    if release.triggered_by:
        _restore(region, service, release, now)
        return
    for left in [each for each in service.task_sets if each is not original]:
        task_sets.remove(region, service, left, now)
    replacement = task_sets.add(
        region, service, release.settings, {"scale": task_sets.HUNDRED, "externalId": release.id, "startedBy": "CODE_DEPLOY"}, now
    )
    release.original, release.replacement = original.id, replacement.id
    _enter(release, "installing", "Install", now)


def _groups(service: Service, release: Release) -> tuple[str, str]:
    """The target groups of the original and the replacement task set."""
    original = _task_set(service, release.original)
    balancers = original.settings.get("loadBalancers", [{}]) if original else [{}]
    return balancers[0].get("targetGroupArn", ""), release.settings.get("loadBalancers", [{}])[0].get("targetGroupArn", "")


def _shift(region: Region, service: Service, release: Release, percent: float, now: float) -> None:
    release.shifted = percent
    blue, green = _groups(service, release)
    shares = {blue: WHOLE - percent, green: percent} if percent < WHOLE else {green: WHOLE}
    for listener in release.listeners:
        traffic.route(region.account, region.name, listener, shares)
    if percent >= WHOLE and (replacement := _task_set(service, release.replacement)):
        task_sets.make_primary(service, replacement, now)
        service.say(str(uuid4()), f"updated (task-set {replacement.id}) to primary.", now)


def _take_back(region: Region, release: Release, now: float) -> None:
    """CodeDeploy takes a deployment back by another one, which it makes itself."""
    back = Release(
        id=new_id(),
        application=release.application,
        group=release.group,
        cluster=release.cluster,
        service=release.service,
        revision=_former_revision(region, release),
        config=release.config,
        created=now,
        settings=release.settings,
        listeners=release.listeners,
        creator="codeDeployRollback",
        triggered_by=release.id,
        original=release.replacement,
        replacement=release.original,
    )
    region.releases[back.id] = back
    release.rollback = back.id


def _former_revision(region: Region, release: Release) -> Document:
    """The revision of the group's last deployment that succeeded; before any there is none."""
    succeeded = [each for each in region.releases.values() if each.group == release.group and each.status == "Succeeded"]
    return succeeded[-1].revision if succeeded else release.revision


def _restore(region: Region, service: Service, release: Release, now: float) -> None:
    original, failed = _task_set(service, release.replacement), _task_set(service, release.original)
    if original is not None:
        group = original.settings.get("loadBalancers", [{}])[0].get("targetGroupArn", "")
        for listener in release.listeners:
            traffic.route(region.account, region.name, listener, {group: WHOLE})
        task_sets.make_primary(service, original, now)
    if failed is not None and failed is not original:
        task_sets.remove(region, service, failed, now)
    _enter(release, "terminating", "AllowTraffic", now)
