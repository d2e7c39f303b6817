"""Lists in pages: EC2's are, and moto sends all there is in one answer."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError

from credex_actions.sandbox.aws.ec2.image_keeping import ImageKeeping


class Paging(ImageKeeping):
    def describe_volumes(self) -> ActionResult:
        return self._page(super().describe_volumes(), "Volumes")

    def describe_snapshots(self) -> ActionResult:
        return self._page(super().describe_snapshots(), "Snapshots")

    def describe_security_groups(self) -> ActionResult:
        return self._page(super().describe_security_groups(), "SecurityGroups")

    def describe_network_interfaces(self) -> ActionResult:
        return self._page(super().describe_network_interfaces(), "NetworkInterfaces")

    def describe_images(self) -> ActionResult:
        return self._page(super().describe_images(), "Images")

    def _page(self, answer: ActionResult, member: str) -> ActionResult:
        """All where no number is asked for, as EC2 does for up to a thousand."""
        result: Any = answer.result
        most, begin = self._get_int_param("MaxResults"), _offset(self._get_param("NextToken"))
        if not most and not begin:
            return answer
        items = list(result[member])
        end = begin + (most or len(items))
        more = {"NextToken": urlsafe_b64encode(str(end).encode()).decode()} if end < len(items) else {}
        return ActionResult({**result, member: items[begin:end], **more})


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(urlsafe_b64decode(token))
    except ValueError:
        raise EC2ClientError("InvalidNextToken", f"The token '{token}' is invalid") from None
