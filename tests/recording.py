"""Which command called what of AWS, in every sandbox that a test uses: held against the published policies (credex_actions/generation/iam).

The command is in the user agent, as CloudTrail shows it. `--record-calls` adds what was seen to recorded_calls.txt, which the unit tests read.
"""

import fcntl
import re
from itertools import chain
from pathlib import Path
from typing import Final

from credex_actions.sandbox.call_log import Call

RECORD: Final = Path(__file__).with_name("recorded_calls.txt")
COMMAND: Final = re.compile(r"\bapp/credex-(?P<command>[a-z0-9-]+)")

OURS: Final = "credex-actions/"
TESTS: Final = "sandbox-test"
"""The clients with which tests look for themselves (credex_actions/sandbox/local.py)."""
IN_PROCESS: Final = "-"
"""In place of a command, where a test calls what several commands share."""
S3: Final = {"HEAD": "HeadObject", "GET": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject", "POST": "PutObject"}
"""Of an object, by the method; the log of calls has no names for S3."""

S3_CONTROL: Final = "/v20180820/configuration/publicAccessBlock"
"""Of the account, not of an object."""


BUCKET: Final = {
    "acl": "GetBucketAcl",
    "encryption": "GetBucketEncryption",
    "location": "GetBucketLocation",
    "policy": "GetBucketPolicy",
    "policyStatus": "GetBucketPolicyStatus",
    "publicAccessBlock": "GetPublicAccessBlock",
    "tagging": "GetBucketTagging",
}
"""Of a bucket, by what is asked for of it; reading is all that a command does there."""
OTHERS: Final = {("batch", "POST"): "DescribeComputeEnvironments", ("lambda", "GET"): "ListFunctions"}
"""Of services whose operations are addresses, which the log of calls has no names for either."""


def operation_of(call: Call) -> str:
    if named := OTHERS.get((call.service, call.operation.partition(" ")[0])):
        return named
    method, path, of_object = call.operation.partition(" ")[0], call.operation.partition(" ")[2], call.operation.count("/") > 1
    if call.service != "s3" or not path:
        return call.operation
    if path.startswith(S3_CONTROL):
        return "GetAccountPublicAccessBlock"
    if of_object:
        return f"{S3[method]}{'Tagging' if path.endswith('?tagging') else ''}"
    bucket, _, part = path.partition("?")
    return "ListBuckets" if bucket == "/" else BUCKET.get(part, "ListObjectsV2")


PROBES: Final = {("rotate-secrets", "ecs", "DescribeClusters")}
"""What a manifest of these tests names as `verify.probe`: a call of the credential that is rotated, not of the role."""


class Recording:
    """`seen`: command, service and operation of each call."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str, str]] = set()
        self._told: set[tuple[str, str, str]] = set()

    def hear(self, call: Call) -> None:
        if TESTS in call.who:
            return
        if found := COMMAND.search(call.who):
            self.seen.add((found["command"], call.service, operation_of(call)))
        elif OURS in call.who:
            self.seen.add((IN_PROCESS, call.service, operation_of(call)))

    def not_allowed(self) -> list[str]:
        """What was called and no policy allows; each is told once."""
        fresh = self.seen - self._told
        self._told |= fresh
        return sorted(
            f"{command}: {service}:{operation}" for command, service, operation in fresh if not allowed(command, service, operation)
        )

    def keep(self) -> None:
        """Adds what was seen to the record; other processes may do the same."""
        with RECORD.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            lines = sorted({*file.read().splitlines(), *(f"{command} {service}:{operation}" for command, service, operation in self.seen)})
            file.seek(0)
            file.truncate()
            file.write("".join(f"{line}\n" for line in lines))


def allowed(command: str, service: str, operation: str) -> bool:
    """By the published policy of the command. Of Terraform's own calls nothing is published."""
    from credex_actions.generation.iam.grant import action_of
    from credex_actions.generation.iam.policies import AS_CONFIGURED, POLICIES

    if (service, operation) == ("sts", "AssumeRole"):
        return True  # of `role-to-assume`: it is for the credentials at hand to be allowed, not for the role; of others the trust policies decide
    action = action_of(service, operation)
    grants = chain.from_iterable(POLICIES.values()) if command == IN_PROCESS else POLICIES.get(command, ())
    return (
        not action
        or command in AS_CONFIGURED
        or (command, service, operation) in PROBES
        or any(action in grant.actions for grant in grants)
    )
