"""What all answers of EC2 have in common: first happens what is due, and a client token makes a request that is sent twice happen once."""

import time
from functools import cached_property
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from credex_actions.sandbox.aws.ec2.site import CURRENT, Site

MISMATCH: Final = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."


class Answering(EC2Response):
    """moto makes one for each request."""

    @cached_property
    def site(self) -> Site:
        """Kept: what a request leads to later happens in another thread."""
        return CURRENT.get()(self.current_account, self.region)

    def site_of(self, region: str) -> Site:
        return CURRENT.get()(self.current_account, region)

    @property
    def now(self) -> float:
        return time.time()

    def call_action(self) -> Any:
        self.site.settle()
        answer = super().call_action()
        self.site.sweep()
        return answer

    def once(self, answer: ActionResult) -> ActionResult:
        """Remembers the answer for the request's token."""
        operation, token = self._get_action(), self._get_param("ClientToken")
        if token:
            self.site.answered[operation, token] = (self.params, answer)
        return answer

    def before(self) -> ActionResult | None:
        """The answer that was given for this token. Raises EC2ClientError if it was given for something else."""
        token = self._get_param("ClientToken")
        asked, answer = self.site.answered.get((self._get_action(), token), (None, None)) if token else (None, None)
        if answer is not None and asked != self.params:
            raise EC2ClientError("IdempotentParameterMismatch", MISMATCH)
        return answer
