"""Parameter Store as rotations know it: moto's parameters, with tiers, types, labels, selectors and ciphertexts as in AWS."""

import base64
import hashlib
import re
import secrets
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ssm.exceptions import (
    ParameterNotFound,
    ParameterVersionLabelLimitExceeded,
    ParameterVersionNotFound,
    SSMException,
    ValidationException,
)
from moto.ssm.responses import SimpleSystemManagerResponse

from credex_actions.sandbox.aws.ecs.records import Document

STANDARD: Final = 4096
ADVANCED: Final = 8192
"""Bytes of a value by tier. Source: Systems Manager guide, "Managing parameter tiers"."""
LABELS: Final = 10
PAGE: Final = 10
RESERVED: Final = re.compile(r"\d|aws|ssm", re.IGNORECASE)
"""What a label does not begin with. Source: API reference, LabelParameterVersion."""

TOO_LARGE = (
    "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use "
    "the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)
FAR_TOO_LARGE = "The specified parameter value is too large. Advanced-tier parameters support a maximum parameter value of 8192 characters."
DOWNGRADE = (
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. "
    "If necessary, you can delete the advanced parameter and recreate it as a standard parameter."
)
NESTED = 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'
TYPE_CHANGED = "Parameter Store doesn't support changing a parameter type in a hierarchy. You must create a new, unique parameter."

_SALT: Final = secrets.token_bytes(32)


class Parameters(SimpleSystemManagerResponse):
    """moto makes one for each request."""

    def put_parameter(self) -> ActionResult:
        name, value = self._get_param("Name"), self._get_param("Value") or ""
        former = self.ssm_backend.get_parameter(name) if self._versions(name) else None
        pattern = self._get_param("AllowedPattern") or (former.allowed_pattern if former else None)
        if former is None or self._get_param("Overwrite", False):
            if former and self._get_param("Type") not in {None, former.parameter_type} and "/" in name.strip("/"):
                raise SSMException("HierarchyTypeMismatchException", TYPE_CHANGED)
            if re.search(r"\{\{.*\}\}", value, re.DOTALL):
                raise ValidationException(NESTED)
            if pattern and not re.search(pattern, value):
                what = f"Parameter value, cannot be validated against allowedPattern: {pattern}"
                raise SSMException("ParameterPatternMismatchException", what)
        tier = _tier(self._get_param("Tier") or (former and former.tier) or "Standard", value, former, bool(self._get_param("Policies")))
        super().put_parameter()
        made = self._versions(name)[-1]
        made.tier = tier
        if made.parameter_type != "SecureString":
            made.keyid = None
        return ActionResult({"Version": made.version, "Tier": tier})

    def _versions(self, name: str) -> list[Any]:
        """Oldest first. Looked up without leaving a trace of the name, as moto's own look-up does."""
        return list(self.ssm_backend._parameters[name]) if name in self.ssm_backend._parameters else []  # noqa: SLF001 - moto has no other way

    def describe_parameters(self) -> ActionResult:
        """A page is of what was looked through, not of what was found: it may be empty, and others follow. Source: API reference, DescribeParameters."""
        fit = {each.name for each in self.ssm_backend.describe_parameters(self._get_param("Filters"), self._get_param("ParameterFilters"))}
        looked_through = self.ssm_backend.describe_parameters([], [])
        start = int(str(self._get_param("NextToken") or "0").strip())
        end = start + (self._get_param("MaxResults") or PAGE)
        found = [each.describe_response_object(False) for each in looked_through[start:end] if each.name in fit]
        return ActionResult({"Parameters": found} | ({"NextToken": str(end)} if end < len(looked_through) else {}))

    def get_parameter(self) -> ActionResult:
        name = self._get_param("Name")
        bare, _, selector = self.ssm_backend._strip_parameter_arn(name).partition(":")  # noqa: SLF001 - as above
        versions = self._versions(bare)
        if not versions:
            raise ParameterNotFound(f"Parameter {name} not found.")
        if selector and not selector.isdigit() and not any(selector in each.labels for each in versions):
            raise ParameterVersionNotFound(f"Systems Manager could not find label {selector} of {bare}. Verify the label and try again.")
        document: Any = super().get_parameter().result
        found = versions[-1] if not selector else self.ssm_backend.get_parameter(name)
        return ActionResult({"Parameter": self._told(document["Parameter"], found) | ({"Selector": f":{selector}"} if selector else {})})

    def get_parameters(self) -> ActionResult:
        document: Any = super().get_parameters().result
        told = []
        for name in self._get_param("Names"):
            if name not in document["InvalidParameters"]:
                found: Any = self.ssm_backend.get_parameter(name)
                _, _, selector = self.ssm_backend._strip_parameter_arn(name).partition(":")  # noqa: SLF001 - as above
                answer = found.response_object(self._get_param("WithDecryption"), self.region)
                told.append(self._told(answer, found) | ({"Selector": f":{selector}"} if selector else {}))
        return ActionResult(document | {"Parameters": told})

    def get_parameters_by_path(self) -> ActionResult:
        document: Any = super().get_parameters_by_path().result
        told = [self._told(each, self._versions(each["Name"])[-1]) for each in document["Parameters"]]
        return ActionResult(document | {"Parameters": told})

    def get_parameter_history(self) -> ActionResult:
        versions = {each.version: each for each in self._versions(self._get_param("Name"))}
        if not versions:
            raise ParameterNotFound(f"Parameter {self._get_param('Name')} not found.")
        document: Any = super().get_parameter_history().result
        return ActionResult(document | {"Parameters": [self._told(each, versions[each["Version"]]) for each in document["Parameters"]]})

    def _told(self, document: Document, parameter: Any) -> Document:
        """Without WithDecryption, a SecureString's value is ciphertext: nothing that gives the value away."""
        if parameter.parameter_type != "SecureString" or self._get_param("WithDecryption"):
            return document
        return document | {"Value": ciphertext(parameter.name, parameter.version, parameter.value)}

    def label_parameter_version(self) -> ActionResult:
        name, labels = self._get_param("Name"), self._get_param("Labels")
        versions = self._versions(name)
        if not versions:
            raise ParameterNotFound(f"Parameter {name} not found.")
        wanted = self._get_param("ParameterVersion") or versions[-1].version
        fit = [label for label in labels if not RESERVED.match(label)]
        found = next((each for each in versions if each.version == wanted), None)
        if found and len({*found.labels, *fit}) > LABELS:
            what = "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again."
            raise ParameterVersionLabelLimitExceeded(what)
        invalid, version = self.ssm_backend.label_parameter_version(name, wanted, fit)
        return ActionResult({"InvalidLabels": [each for each in labels if each not in fit] + invalid, "ParameterVersion": version})

    def unlabel_parameter_version(self) -> ActionResult:
        if not self._versions(self._get_param("Name")):
            raise ParameterNotFound(f"Parameter {self._get_param('Name')} not found.")
        return super().unlabel_parameter_version()


def _tier(wanted: str, value: str, former: Any, policies: bool) -> str:
    """What a parameter becomes. Raises ValidationException for a value that its tier does not hold, and for a step back."""
    advanced = former is not None and former.tier == "Advanced"
    size = len(value.encode())
    if wanted == "Intelligent-Tiering":
        wanted = "Advanced" if advanced or policies or size > STANDARD else "Standard"
    if wanted == "Standard" and advanced:
        raise ValidationException(DOWNGRADE)
    if wanted == "Standard" and size > STANDARD:
        raise ValidationException(TOO_LARGE)
    if size > ADVANCED:
        raise ValidationException(FAR_TOO_LARGE)
    return wanted


def ciphertext(name: str, version: int, value: str) -> str:
    """Looks like KMS's; the same for the same version, and only in this process."""
    return base64.b64encode(b"\x01\x02\x02\x00x" + hashlib.sha512(_SALT + f"{name}:{version}:{value}".encode()).digest()).decode()
