"""ARNs of ECS, as people name what they stand for."""


def short(arn: str) -> str:
    """`core:7` for a revision's ARN, the id for a task's, the name for a cluster's or a role's; what is no ARN stays as it is."""
    return arn.rpartition("/")[2]
