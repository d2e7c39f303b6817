"""How long an image is there: deprecated from a date on, and protected from being deregistered. moto has neither."""

from typing import Any

from moto.core.responses import ActionResult

from credex_actions.sandbox.aws.ec2 import refusing
from credex_actions.sandbox.aws.ec2.root_volumes import RootVolumes

PROTECTED = {False: "enabled-without-cooldown", True: "enabled-with-cooldown"}


class ImageKeeping(RootVolumes):
    def _own(self) -> Any:
        """The image that the request names. Raises EC2ClientError for one that does not exist, or is not usable yet."""
        self.error_on_dryrun()
        return self._image(self._get_param("ImageId"))

    def enable_image_deprecation(self) -> ActionResult:
        self._own().deprecation_time = self._get_param("DeprecateAt")
        return ActionResult({"Return": True})

    def disable_image_deprecation(self) -> ActionResult:
        self._own().deprecation_time = None
        return ActionResult({"Return": True})

    def enable_image_deregistration_protection(self) -> ActionResult:
        self._own().deregistration_protection = PROTECTED[bool(self._get_param("WithCooldown"))]
        return ActionResult({"Return": "true"})

    def disable_image_deregistration_protection(self) -> ActionResult:
        """A cooldown of 24 hours is not waited for: the image stays protected."""
        image = self._own()
        if getattr(image, "deregistration_protection", "") == PROTECTED[True]:
            return ActionResult({"Return": "enabled-with-cooldown"})
        image.deregistration_protection = "disabled"
        return ActionResult({"Return": "true"})

    def deregister_image(self) -> ActionResult:
        image = self.ec2_backend.amis.get(self._get_param("ImageId"))
        if image is not None and getattr(image, "deregistration_protection", "disabled") != "disabled":
            raise refusing.refusal("OperationNotPermitted", f"The image {image.id} is protected from deregistration.")
        return super().deregister_image()
