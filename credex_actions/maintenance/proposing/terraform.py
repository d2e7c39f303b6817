"""What a command of the AWS CLI would do, as a resource of Terraform. Pure.

The commands are those that our own checks give as a fix. One that is not understood to its last word is left to a person.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from credex_actions.maintenance.finding import Finding
from credex_actions.maintenance.proposing.proposal import Change
from credex_actions.maintenance.proposing.templates import may_be, templates

Resource: TypeAlias = Callable[[Mapping[str, str], str], tuple[str, str]]
"""Flags, and all Terraform so far in; the name by which it is found again, and its text out. Raises Unclear."""
ALARMS: Final = "aws_cloudwatch_metric_alarm"
LOG_GROUPS: Final = "aws_cloudwatch_log_group"
ALARM: Final[Mapping[str, str]] = {
    "alarm-name": "alarm_name",
    "namespace": "namespace",
    "metric-name": "metric_name",
    "statistic": "statistic",
    "period": "period",
    "evaluation-periods": "evaluation_periods",
    "threshold": "threshold",
    "comparison-operator": "comparison_operator",
    "treat-missing-data": "treat_missing_data",
}
"""Flags of put-metric-alarm, and arguments of aws_cloudwatch_metric_alarm."""
NUMBERS: Final = frozenset(("period", "evaluation-periods", "threshold", "retention-in-days"))
OF_AGENT: Final = "CWAgent"
"""A namespace whose metrics have further dimensions, which the agent's configuration decides."""


def alarms(topic: str, elsewhere: str) -> "Maker":
    """`elsewhere`: the text of all other Terraform of the repository, in which an alarm may be already."""
    return Maker(elsewhere, ALARMS, lambda flags, taken: _alarm(flags, topic, taken))


def retention(elsewhere: str) -> "Maker":
    return Maker(elsewhere, LOG_GROUPS, _retention)


class Unclear(Exception):
    """Why a command does not become a resource."""


class Maker:
    def __init__(self, elsewhere: str, kind: str, resource: Resource) -> None:
        self._elsewhere = elsewhere
        self._computed = frozenset(templates(elsewhere))
        self._kind = kind
        self._resource = resource

    def __call__(self, given: str, findings: Sequence[Finding]) -> Change:
        content, done, left = given.rstrip(), [], []
        known = self._computed | frozenset(templates(given))
        for finding in findings:
            try:
                name, text = self._resource(flags_of(finding.fix), f"{self._elsewhere}\n{content}")
            except Unclear as unclear:
                left.append(f"{finding.title}: {unclear}")
                continue
            if quoted(name) in given:
                left.append(f"{finding.title}: the file has it already; it has to be applied")
            elif quoted(name) in self._elsewhere:
                left.append(f"{finding.title}: Terraform of the repository names it elsewhere; correct it there")
            elif may_be(name, self._kind, known):
                left.append(f"{finding.title}: Terraform of the repository has a computed name that may be this one; correct it there")
            else:
                content += f"\n\n# {_comment(finding.title)}\n{text}" if content else f"# {_comment(finding.title)}\n{text}"
                done.append(finding)
        return Change(f"{content}\n" if content else given, tuple(done), tuple(left))


def flags_of(command: str) -> dict[str, str]:
    """`aws SERVICE OPERATION --name value …`, the operation under "". Raises Unclear."""
    try:
        words = shlex.split(command)
    except ValueError:
        raise Unclear("its command is not understood") from None
    if words[:1] != ["aws"] or len(words) < 3 or len(words) % 2 == 0:  # noqa: PLR2004 - aws, service, operation, then pairs
        raise Unclear("its command is not understood")
    flags = {"": words[2]}
    for name, value in zip(words[3::2], words[4::2], strict=True):
        if not name.startswith("--") or value.startswith("--") or name[2:] in flags:
            raise Unclear("its command is not understood")
        flags[name[2:]] = value
    return flags


def _alarm(flags: Mapping[str, str], topic: str, taken: str) -> tuple[str, str]:
    if flags[""] != "put-metric-alarm" or not flags.keys() - {"", "region", "dimensions", "alarm-actions"} <= ALARM.keys():
        raise Unclear("its command is not understood")
    pairs = _dimensions(flags.get("dimensions", ""))
    if not pairs or "alarm-name" not in flags:
        raise Unclear("its command is not understood")
    if flags.get("namespace") == OF_AGENT and pairs.keys() == {"InstanceId"}:
        raise Unclear("the CloudWatch agent does not measure its disk, or the dimensions of the metric could not be listed")
    arguments = {ALARM[name]: _value(name, value) for name, value in flags.items() if name in ALARM}
    dimensions = f"{{ {', '.join(f'{each} = {quoted(value)}' for each, value in pairs.items())} }}"
    name = flags["alarm-name"]
    return name, _resource(
        ALARMS, label(name, ALARMS, taken), {**arguments, "dimensions": dimensions, "alarm_actions": f"[{quoted(topic)}]"}
    )


def _dimensions(given: str) -> dict[str, str]:
    """By name, as one of `Name=…,Value=…` or as JSON; {} for what is neither."""
    if found := re.fullmatch(r"Name=([A-Za-z]+),Value=([A-Za-z0-9-]+)", given):
        return {found[1]: found[2]}
    try:
        pairs = {each["Name"]: each["Value"] for each in json.loads(given)}
    except (ValueError, TypeError, KeyError):
        return {}
    return pairs if all(isinstance(value, str) and re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) for name, value in pairs.items()) else {}


def _retention(flags: Mapping[str, str], taken: str) -> tuple[str, str]:
    """The log group exists, so Terraform has to take it over: an import block, which Terraform has since 1.5."""
    if flags[""] != "put-retention-policy" or flags.keys() != {"", "log-group-name", "retention-in-days", "region"}:
        raise Unclear("its command is not understood")
    name = flags["log-group-name"]
    own = label(name, LOG_GROUPS, taken)
    taking = f"import {{\n  to = {LOG_GROUPS}.{own}\n  id = {quoted(name)}\n}}\n\n"
    arguments = {"name": quoted(name), "retention_in_days": _value("retention-in-days", flags["retention-in-days"])}
    return name, taking + _resource(LOG_GROUPS, own, arguments)


def _resource(kind: str, own: str, arguments: Mapping[str, str]) -> str:
    """As `terraform fmt` writes it."""
    width = max(map(len, arguments))
    lines = [f"  {argument:<{width}} = {value}" for argument, value in arguments.items()]
    return "\n".join([f'resource "{kind}" "{own}" {{', *lines, "}"])


def _value(name: str, value: str) -> str:
    if name not in NUMBERS:
        return quoted(value)
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value, re.ASCII):
        raise Unclear("its command is not understood")
    return value


def label(name: str, kind: str, taken: str) -> str:
    """A name of a resource in Terraform: letters, digits, underscores; it begins with a letter. `taken`: the Terraform in which it has to be the only one."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower()
    own = words if re.match(r"[a-z]", words) else f"of_{words}"
    if not re.search(rf'^[ \t]*resource[ \t]+"{kind}"[ \t]+"{own}"', taken, re.MULTILINE):
        return own
    return f"{own}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def quoted(text: str) -> str:
    """A string of HCL, in which nothing is evaluated."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _comment(text: str) -> str:
    return " ".join(text.split())
