"""Builds and batch jobs, for the security groups that they have while they run."""

from credex_actions.maintenance.account.serving.services import batches
from credex_actions.maintenance.account.survey import Survey

AT_ONCE = 100


def groups_of_builds(survey: Survey) -> frozenset[str]:
    names = list(survey.reading.pages("codebuild", "list_projects", "projects"))
    projects = [
        project
        for some in batches(names, AT_ONCE)
        for project in survey.reading.one("codebuild", "batch_get_projects", names=list(some))["projects"]
    ]
    environments = survey.reading.pages("batch", "describe_compute_environments", "computeEnvironments")
    of_batch = (group for each in environments for group in each.get("computeResources", {}).get("securityGroupIds", ()))
    return frozenset(of_batch) | {group for each in projects for group in each.get("vpcConfig", {}).get("securityGroupIds", ())}
