"""IAM's and STS's answers that moto lacks, or that do not know the sandbox's callers."""

import re
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any, Final, cast

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam import urls as iam_urls
from moto.iam.exceptions import DeleteConflictException, InvalidInput
from moto.sts import urls as sts_urls
from moto.sts.responses import TokenResponse

from credex_actions.sandbox.aws.backends import backend
from credex_actions.sandbox.aws.identity import trust
from credex_actions.sandbox.aws.identity.last_accessed import LastAccessed
from credex_actions.sandbox.aws.protocols import xml
from credex_actions.sandbox.aws.refusals import Refusal
from credex_actions.sandbox.aws.world import CURRENT

ROLE: Final = re.compile(r"arn:aws:iam::(\d{12}):role/.+")
PRINCIPAL: Final = re.compile(r"arn:aws:iam::\d{12}:(user|role)/(?:.*/)?([^/]+)")


class Iam(LastAccessed):
    """moto makes one for each request."""

    def delete_user(self) -> ActionResult:
        if self.backend.get_user(self._get_param("UserName")).access_keys:
            raise DeleteConflictException("Cannot delete entity, must delete access keys first.")
        return super().delete_user()

    def create_service_specific_credential(self) -> ActionResult:
        """Kept, and good for nothing: no service of the sandbox takes one."""
        name, service = self._get_param("UserName"), self._get_param("ServiceName")
        user = self.backend.get_user(name)
        made = {
            "UserName": name,
            "ServiceName": service,
            "Status": "Active",
            "CreateDate": utcnow(),
            "ServiceUserName": f"{name}-at-{self.current_account}",
        }
        kept = user.__dict__.setdefault("service_specific_credentials", [])
        kept.append(made | {"ServiceSpecificCredentialId": f"ACCA{self.current_account}{len(kept):04d}"})
        return ActionResult({"ServiceSpecificCredential": kept[-1] | {"ServicePassword": token_urlsafe(32)}})

    def list_service_specific_credentials(self) -> ActionResult:
        user = self.backend.get_user(self._get_param("UserName"))
        service = self._get_param("ServiceName")
        kept = [each for each in getattr(user, "service_specific_credentials", []) if service in {None, each["ServiceName"]}]
        return ActionResult({"ServiceSpecificCredentials": kept})

    def simulate_principal_policy(self) -> ActionResult:
        """Of users and roles; by the sandbox's list of denials, which is what it goes by when they really call."""
        source = self._get_param("PolicySourceArn")
        found = PRINCIPAL.fullmatch(source or "")
        if found is None:
            raise InvalidInput(f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
        kind, name = found.groups()
        (self.backend.get_user if kind == "user" else self.backend.get_role)(name)
        permissions = CURRENT.get().callers.permissions
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "explicitDeny" if permissions.denied(name, action) else "allowed",
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in self._get_param("ActionNames", [])
            for resource in self._get_param("ResourceArns", None) or ["*"]
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})


class Sts(TokenResponse):
    """moto makes one for each request."""

    def call_action(self) -> Any:
        try:
            return super().call_action()
        except Refusal as refusal:
            return refusal.status, {"content-type": "text/xml"}, xml("query", refusal)

    def assume_role(self) -> ActionResult:
        return self._shortened(super().assume_role())

    def assume_role_with_web_identity(self) -> ActionResult:
        """A role that does not exist is refused in the same words as one that does not trust. Source: what STS answers."""
        found = ROLE.fullmatch(self._get_param("RoleArn"))
        if found is None:
            raise Refusal("ValidationError", f"{self._get_param('RoleArn')} is invalid")
        iam = backend("iam", found[1], "")
        role = next((each for each in iam.roles.values() if each.arn == self._get_param("RoleArn")), None)
        providers = [trust.Provider(each.arn, each.url, tuple(each.client_id_list)) for each in iam.open_id_providers.values()]
        claims = trust.admitted(self._get_param("WebIdentityToken"), role.assume_role_policy_document if role else "", providers)
        trust.duration(self._get_int_param("DurationSeconds", 3600), int((role and role.max_session_duration) or 3600))
        answer = self._shortened(super().assume_role_with_web_identity())
        told = {"SubjectFromWebIdentityToken": claims["sub"], "Audience": claims["aud"], "Provider": providers[0].arn}
        return ActionResult({**cast("dict[str, Any]", answer.result), **told})

    def _shortened(self, answer: ActionResult) -> ActionResult:
        """In the sandbox nobody waits for hours."""
        if seconds := CURRENT.get().callers.sessions_last:
            session = cast("dict[str, Any]", answer.result)["Credentials"]
            session.expiration = min(session.expiration, utcnow() + timedelta(seconds=seconds))
        return answer

    def get_caller_identity(self) -> ActionResult:
        """Keys that no user and no session has are the sandbox's own."""
        key = self.get_access_key()
        user, arn, account = self.backend.get_caller_identity(key, self.region)
        if arn.endswith(":user/moto"):
            user, arn = "AIDASANDBOX", f"arn:aws:iam::{account}:user/sandbox"
        return ActionResult({"UserId": user, "Account": account, "Arn": arn})


def install() -> None:
    """Moto looks its paths up when the first request of a service comes."""
    iam_urls.url_paths = dict.fromkeys(iam_urls.url_paths, Iam.dispatch)
    sts_urls.url_paths = dict.fromkeys(sts_urls.url_paths, Sts.dispatch)
