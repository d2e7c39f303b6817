"""What uses a security group."""

from credex_actions.maintenance.account.ec2.instances import instances
from credex_actions.maintenance.account.ec2.launching import launching
from credex_actions.maintenance.account.serving.builds import groups_of_builds
from credex_actions.maintenance.account.serving.functions import functions
from credex_actions.maintenance.account.serving.load_balancers import balancers
from credex_actions.maintenance.account.serving.schedules import schedules
from credex_actions.maintenance.account.serving.services import services
from credex_actions.maintenance.account.survey import Survey


def used_in_network(survey: Survey) -> frozenset[str]:
    """By what has an address now: an interface of any service, or what is about to get one."""
    interfaces = survey.reading.pages("ec2", "describe_network_interfaces", "NetworkInterfaces", PaginationConfig={"PageSize": 500})
    used = {group["GroupId"] for each in interfaces for group in each.get("Groups", ())}
    used |= {group for each in survey.shared(instances) for group in each.groups}
    used |= {group for each in survey.shared(balancers) for group in each.groups}
    used |= {group for each in survey.shared(services) for group in each.groups}
    return frozenset(used)


def used_elsewhere(survey: Survey) -> frozenset[str]:
    """By what gets an address when it is launched, called or due."""
    scheduled = frozenset(group for each in survey.shared(schedules) for group in each.groups)
    return survey.shared(launching).groups | survey.shared(functions).groups | survey.shared(groups_of_builds) | scheduled
