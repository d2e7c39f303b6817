"""What ECS demands of the variables of containers, and of the secrets and files that they are read from. Built like of_task."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from credex_actions.ecs.definition.misfit import WARNING, Misfit
from credex_actions.ecs.definition.parts import containers, parts, secrets_of, text

Definition = Mapping[str, Any]


def variables(definition: Definition) -> Iterator[Misfit]:
    """Rule: "The secret name must be unique and not shared with any new or existing environment variables set on the container." (ECS's answer)

    A variable that is in environment twice is taken; containers see the last one.
    """
    for path, container in containers(definition):
        seen: dict[str, str] = {}
        for member in ("environment", "secrets"):
            for place, variable in parts(container, member, path):
                name = text(variable, "name")
                if not name:
                    yield Misfit(place, "name is missing or empty", "Every variable needs a name.")
                elif seen.get(name) == member == "environment":
                    what = f"the variable {name} is defined twice: this one is used"
                    yield Misfit((*place, "name"), what, "Remove the other one.", grade=WARNING)
                elif name in seen:
                    where = "twice" if seen[name] == member else f"in {seen[name]} and in {member}"
                    yield Misfit((*place, "name"), f"the variable {name} is defined {where}", "Keep one of them.")
                seen.setdefault(name, member)


SECRET: Final = r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+(?::[^:]*:[^:]*:[^:]*)?"  # noqa: S105 - what its ARN looks like
PARAMETER: Final = r"arn:[^:]+:ssm:[^:]*:[^:]*:.+|(?!arn:)[\w./-]+"


def references(definition: Definition) -> Iterator[Misfit]:
    """Rule: "The supported values are either the full ARN of the Secrets Manager secret or the full ARN of the parameter in the SSM Parameter
    Store." "If the SSM Parameter Store parameter exists in the same Region … you can use either the full ARN or name of the parameter." (ECS API,
    Secret, valueFrom) Behind a secret's ARN stand :key:stage:version, all three or none. ("Pass Secrets Manager secrets", ECS developer guide)
    """
    for path, container in containers(definition):
        for place, secret in secrets_of(container, path):
            target = secret.get("valueFrom")
            if not isinstance(target, str) or re.fullmatch(rf"{SECRET}|{PARAMETER}", target):
                continue
            if re.match(r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+:", target):
                what = "has too few or too many colons after the secret's ARN"
                hint = "Append :KEY:: for a key of the secret; the full form is :KEY:STAGE:VERSION-ID."
            else:
                what = "is neither an ARN of Secrets Manager or SSM nor a parameter name"
                hint = "Provide a reference here, never the secret itself."
            yield Misfit((*place, "valueFrom"), what, hint)


def environment_files(definition: Definition) -> Iterator[Misfit]:
    """Rule: "The Amazon Resource Name (ARN) of the Amazon S3 object containing the environment variable file." "The file must have a .env
    file extension." (ECS API, EnvironmentFile) Ten files at most. (ECS developer guide, "Pass environment variables")
    """
    for path, container in containers(definition):
        found = list(parts(container, "environmentFiles", path))
        if len(found) > 10:  # noqa: PLR2004 - the sentence above says it
            yield Misfit((*path, "environmentFiles"), f"there are {len(found)} files, ECS allows at most 10", "Merge some of them.")
        for place, file in found:
            value = file.get("value")
            if isinstance(value, str) and not re.fullmatch(r"arn:[^:]+:s3:::[^/]+/.*\.env", value):
                yield Misfit((*place, "value"), "is not the ARN of a .env file in S3", "Write arn:aws:s3:::bucket/path/name.env.")


REFERENCE_RULES: Final = (
    variables,
    references,
    environment_files,
)
