"""Which of AWS's services a release can call: botocore's descriptions of the others, 27 MB, stay behind."""

import gzip
import io
import json
import re
from pathlib import Path
from typing import Any, Final

CALLED: Final = (
    "cloudwatch",
    "codedeploy",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "events",
    "iam",
    "logs",
    "s3",
    "scheduler",
    "secretsmanager",
    "ssm",
    "sts",
)
"""What the commands ask that a release carries the packages of; the others install botocore as it is. tests/unit/test_release_services.py compares it with the source."""

BY_BOTOCORE: Final = ("signin", "sso", "sso-oidc")
"""What botocore itself asks for credentials, if a profile of a runner of your own says so."""

FILES: Final = ("service-2.json.gz", "endpoint-rule-set-1.json.gz", "paginators-1.json", "waiters-2.json")
"""And not the examples."""


def is_kept(path: str, newest: dict[str, str]) -> bool:
    """`path`: below botocore/data. `newest`: the version of each service that botocore takes by itself."""
    service, _, rest = path.partition("/")
    if not rest:
        return True  # partitions, endpoints, settings of retries
    version, _, file = rest.partition("/")
    return service in CALLED + BY_BOTOCORE and version == newest[service] and file in FILES


def newest_versions(data: Path) -> dict[str, str]:
    """Of each service in botocore/data."""
    return {
        folder.name: max(each.name for each in folder.iterdir() if re.fullmatch(r"\d{4}-\d{2}-\d{2}", each.name))
        for folder in data.iterdir()
        if folder.is_dir()
    }


def endpoints(data: Path) -> bytes:
    """What is left of endpoints.json, 1.3 MB, without the services that are not called: a service that is not in it gets the partition's own pattern."""
    newest = newest_versions(data)
    models = (json.loads(gzip.decompress((data / name / newest[name] / FILES[0]).read_bytes())) for name in CALLED + BY_BOTOCORE)
    prefixes = {model["metadata"]["endpointPrefix"] for model in models}
    document = json.loads((data / "endpoints.json").read_bytes())
    for partition in document["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in prefixes}
    return json.dumps(document, separators=(",", ":")).encode()


def without_documentation(model: bytes) -> bytes:
    """A service's description without the sentences for people, which are four fifths of it and make each client slower to create."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, buffer, mtime=0) as packed:
        packed.write(json.dumps(_undocumented(json.loads(gzip.decompress(model))), separators=(",", ":")).encode())
    return buffer.getvalue()


def _undocumented(node: Any) -> Any:
    """A member that is called documentation is no text, and stays."""
    if isinstance(node, dict):
        return {key: _undocumented(each) for key, each in node.items() if key != "documentation" or not isinstance(each, str)}
    return [_undocumented(each) for each in node] if isinstance(node, list) else node
