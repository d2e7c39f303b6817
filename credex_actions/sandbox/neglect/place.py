"""Where neglect is made: clients of the sandbox, and its records, which are made older than any client could make them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from credex_actions.sandbox.aws.backends import backend

if TYPE_CHECKING:
    from credex_actions.sandbox.local import Sandbox

OWNER: Final = {"Key": "Owner", "Value": "platform"}


@dataclass(frozen=True, order=True)
class Neglected:
    """What has to be found: `resource` and `key` as the finding has them."""

    check: str
    resource: str
    key: str = ""


@dataclass
class Place:
    sandbox: "Sandbox"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    found: list[Neglected] = field(default_factory=list)

    @property
    def region(self) -> str:
        return self.sandbox.region

    @property
    def account(self) -> str:
        return self.sandbox.account

    def client(self, service: str) -> Any:
        return self.sandbox.client(service)

    def records(self, service: str) -> Any:
        """Moto's."""
        return backend(service, self.account, self.region)

    def arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account}:{rest}"

    def expect(self, check: str, resource: str, key: str = "") -> None:
        self.found.append(Neglected(check, resource, key))

    def ago(self, days: float) -> datetime:
        """Without its zone, as moto keeps times."""
        return (self.now - timedelta(days=days)).replace(tzinfo=None)

    def age_service(self, cluster: str, name: str, days: float) -> None:
        self.sandbox.age_service(cluster, name, days)

    def days(self, namespace: str, name: str, dimensions: dict[str, str], value: float, count: int = 21) -> None:
        """A value for each of the last days."""
        pairs = [{"Name": key, "Value": each} for key, each in dimensions.items()]
        data = [
            {"MetricName": name, "Dimensions": pairs, "Value": value, "Timestamp": self.now - timedelta(days=day, hours=1)}
            for day in range(count)
        ]
        self.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)
