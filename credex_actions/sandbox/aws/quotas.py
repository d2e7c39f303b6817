"""The quotas of EC2 and EBS that a roll-out asks for, in an account that was granted some: moto knows those of VPC alone. Nothing is refused for them."""

from typing import Any, Final

from moto.servicequotas.models import ServiceQuotasBackend

GRANTED: Final[dict[tuple[str, str], tuple[str, float]]] = {
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 1152.0),
    ("ebs", "L-D18FCD1D"): ("Storage for General Purpose SSD (gp2) volumes, in TiB", 50.0),
    ("ebs", "L-7A658B76"): ("Storage for General Purpose SSD (gp3) volumes, in TiB", 50.0),
    ("ebs", "L-309BACF6"): ("Snapshots per Region", 100000.0),
}
_original = ServiceQuotasBackend.get_service_quota


def get_service_quota(self: Any, service_code: str, quota_code: str) -> dict[str, Any]:
    granted = GRANTED.get((service_code, quota_code))
    if granted is None:
        return _original(self, service_code, quota_code)
    name, value = granted
    return {
        "ServiceCode": service_code,
        "QuotaArn": f"arn:aws:servicequotas:{self.region_name}:{self.account_id}:{service_code}/{quota_code}",
        "QuotaCode": quota_code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def install() -> None:
    ServiceQuotasBackend.get_service_quota = get_service_quota  # type: ignore[method-assign]
