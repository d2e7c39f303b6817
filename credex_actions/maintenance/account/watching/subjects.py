"""What alarms are about, and whether it still exists. A kind of thing that cannot be read is not judged."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from credex_actions.maintenance.account.ec2.instances import instances
from credex_actions.maintenance.account.ec2.volumes import volumes
from credex_actions.maintenance.account.found import plain
from credex_actions.maintenance.account.reading import Unreadable
from credex_actions.maintenance.account.serving.load_balancers import balancers, target_groups
from credex_actions.maintenance.account.serving.services import clusters, services
from credex_actions.maintenance.account.survey import Survey

Watch = tuple[str, str, tuple[tuple[str, str], ...]]


def gone(watches: Iterable[Watch], survey: Survey) -> Iterator[str]:
    """Only AWS's own metrics are about AWS's resources; in others a dimension may mean anything."""
    for namespace, _, dimensions in watches:
        given = dict(dimensions)
        for name, look in EXISTING.get(namespace, {}).items():
            if name in given and given[name] not in _known(look, survey, given[name]):
                yield f"{name} {plain(given[name])} does not exist"
        if namespace in {"AWS/ECS", "ECS/ContainerInsights"} and "ServiceName" in given:
            pair = f"{given.get('ClusterName', '')}/{given['ServiceName']}"
            if pair not in _known(_service_names, survey, pair):
                yield f"service {plain(given['ServiceName'])} does not exist in cluster {plain(given.get('ClusterName', ''))}"


def _known(look: Callable[[Survey], frozenset[str]], survey: Survey, otherwise: str) -> frozenset[str]:
    try:
        return survey.shared(look)
    except Unreadable:
        return frozenset((otherwise,))


def _instance_ids(survey: Survey) -> frozenset[str]:
    return frozenset(each.id for each in survey.shared(instances))


def _volume_ids(survey: Survey) -> frozenset[str]:
    return frozenset(survey.shared(volumes).ids)


def _cluster_names(survey: Survey) -> frozenset[str]:
    return frozenset(each.rpartition("/")[2] for each in survey.shared(clusters))


def _service_names(survey: Survey) -> frozenset[str]:
    return frozenset(f"{each.cluster}/{each.name}" for each in survey.shared(services))


def _balancer_labels(survey: Survey) -> frozenset[str]:
    return frozenset(each.label for each in survey.shared(balancers))


def _target_group_labels(survey: Survey) -> frozenset[str]:
    return frozenset(each.label for each in survey.shared(target_groups))


EXISTING: Final[dict[str, dict[str, Callable[[Survey], frozenset[str]]]]] = {
    "AWS/EC2": {"InstanceId": _instance_ids},
    "CWAgent": {"InstanceId": _instance_ids},
    "AWS/EBS": {"VolumeId": _volume_ids},
    "AWS/ECS": {"ClusterName": _cluster_names},
    "ECS/ContainerInsights": {"ClusterName": _cluster_names},
    "AWS/ApplicationELB": {"LoadBalancer": _balancer_labels, "TargetGroup": _target_group_labels},
    "AWS/NetworkELB": {"LoadBalancer": _balancer_labels, "TargetGroup": _target_group_labels},
}


def missing_topics(actions: tuple[str, ...], survey: Survey) -> Iterator[str]:
    """Topics of other accounts and regions cannot be listed here."""
    here = survey.arn("sns", "")
    for each in actions:
        if each.startswith(here) and each not in _known(topics, survey, each):
            yield f"SNS topic {plain(each.rpartition(':')[2])} does not exist"


def topics(survey: Survey) -> frozenset[str]:
    return frozenset(each["TopicArn"] for each in survey.reading.pages("sns", "list_topics", "Topics"))
