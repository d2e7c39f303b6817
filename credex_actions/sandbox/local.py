"""Sandbox: the local cloud as a Python object. It starts in threads of this process and leaves nothing behind."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from werkzeug.wrappers import Request, Response

from credex_actions.sandbox.aws import backup_plans, managed_policies, quotas, schedules, target_health
from credex_actions.sandbox.aws.cloud import Cloud
from credex_actions.sandbox.aws.codedeploy import codedeploy
from credex_actions.sandbox.aws.ec2 import operations as ec2
from credex_actions.sandbox.aws.identity import answers as identity_answers
from credex_actions.sandbox.aws.logs import filtering as log_filtering
from credex_actions.sandbox.aws.secrets import secrets_manager
from credex_actions.sandbox.aws.server import AWSEndpoint
from credex_actions.sandbox.aws.ssm import answers as systems_manager
from credex_actions.sandbox.aws.ssm.managed import write_plugin
from credex_actions.sandbox.machines import Machines
from credex_actions.sandbox.neo4j import Neo4jServer
from credex_actions.sandbox.provision import Provisioned, github_role, provision
from credex_actions.sandbox.provision import push_image as push
from credex_actions.sandbox.serving import LocalService

HOME = "af-south-1"
PACE = 0.2
A_DAY = 86400


class Sandbox(Machines, LocalService):
    """`with Sandbox() as sandbox:` starts it; on the way out all of its ports are free again, whatever happened inside. `servers`: what the databases of its instances are."""

    def __init__(self, region: str = HOME, pace: float = PACE, port: int = 0, servers: type[Neo4jServer] = Neo4jServer) -> None:
        self.region = region
        self.account = _new_account()
        self._port = port
        self._cloud = Cloud(pace, servers)
        self._endpoint: AWSEndpoint = AWSEndpoint(self._cloud, self.account, region)
        self.url = ""
        self._tools: tempfile.TemporaryDirectory[str] | None = None
        self._plugin = Path()
        self._session = boto3.Session(aws_access_key_id=self._key, aws_secret_access_key="sandbox")  # noqa: S106 - nobody checks it
        self._clients: dict[tuple[str, str], Any] = {}

    def start(self) -> Self:
        os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        backup_plans.install()
        managed_policies.install()
        target_health.install()
        quotas.install()
        codedeploy.install()
        identity_answers.install()
        secrets_manager.install()
        systems_manager.install()
        log_filtering.install()
        schedules.install()
        ec2.install()
        self._cloud.start()
        self.url = self._endpoint.start(self._port)
        self._tools = tempfile.TemporaryDirectory(prefix="sandbox-tools-")
        self._plugin = write_plugin(Path(self._tools.name))
        return self

    def stop(self) -> None:
        self._endpoint.stop()
        self._cloud.stop()
        if self._tools is not None:
            self._tools.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """What points any AWS client at the sandbox, and the suite at the stand-in for AWS's plug-in for sessions."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self._key,
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SESSION_MANAGER_PLUGIN": str(self._plugin),
        }

    @property
    def _key(self) -> str:
        return f"AKIA{self.account}SBOX"

    @property
    def pace(self) -> float:
        """Seconds of a scheduler tick; what takes ECS a minute takes about five ticks."""
        return self._cloud.pace

    @pace.setter
    def pace(self, seconds: float) -> None:
        self._cloud.pace = seconds

    @property
    def _looks_every(self) -> float:
        return min(0.02, self.pace)

    def client(self, service: str, **settings: Any) -> Any:
        """A boto3 client on it; `settings` go to boto3."""
        key = (service, repr(sorted(settings.items())))
        if key not in self._clients:
            self._clients[key] = self._make_client(service, settings)
        return self._clients[key]

    def _make_client(self, service: str, settings: dict[str, Any]) -> Any:
        given = {
            "endpoint_url": self.url,
            "region_name": self.region,
            "config": Config(retries={"total_max_attempts": 1}, user_agent_extra="sandbox-test"),
        }
        return self._session.client(service, **(given | settings))  # type: ignore[call-overload]

    def provision(self, application: str = "credex-core", environment: str = "development", **settings: Any) -> Provisioned:
        return provision(self, application, environment, **settings)

    def listener_url(self, listener_arn: str) -> str:
        """The loopback URL of a load balancer's listener."""
        with self._cloud.lock:
            balancers = self._cloud.hosts(self.account, self.region).balancers
            balancers.reconcile()
            return balancers.url(listener_arn)

    def push_image(self, repository: str, tag: str, platform: str = "linux/amd64", behaviour: str = "") -> str:
        """Puts an image into ECR, as an index of one platform (several: separated by commas); gives its reference by tag.

        `behaviour`: words as they could are in its name, for images that are named otherwise, after a commit for example.
        """
        return push(self, repository, tag, platform, behaviour)

    def control(self, answer: Callable[[Request], Response]) -> None:
        """Who answers under /_sandbox/."""
        self._endpoint.control = answer

    def lag(self, seconds: float) -> None:
        """From now on reads of ECS answer as the world was so long ago, but not as it was before now. Writes see it as it is."""
        if not 0 <= seconds < float("inf"):
            raise ValueError("seconds count from 0")
        self._cloud.order_lag(seconds)

    def return_anew(self, where: Provisioned) -> None:
        """A deployment of this service that fails is taken back by a new deployment of the previous revision, not by the previous one itself."""
        with self._cloud.lock:
            self._cloud.region(self.account, self.region).service(where.cluster, where.service).returns_anew = True

    def age_service(self, cluster: str, service: str, days: float) -> None:
        """As if a service and its deployments had been made so many days earlier."""
        with self._cloud.lock:
            record = self._cloud.region(self.account, self.region).service(cluster, service)
            record.created -= days * A_DAY
            for each in record.deployments:
                each.created -= days * A_DAY
                each.updated -= days * A_DAY

    def converge(self, seconds: float) -> None:
        """An access key that is made, deactivated or deleted is known everywhere so much later; in between calls meet now the one, now the other."""
        if not 0 <= seconds < float("inf"):
            raise ValueError("seconds count from 0")
        self._cloud.callers.keys.seconds = seconds

    def sessions(self, seconds: float) -> None:
        """A role's session ends so much later, whatever was requested; 0: as asked."""
        if not 0 <= seconds < float("inf"):
            raise ValueError("seconds count from 0")
        self._cloud.callers.sessions_last = seconds

    def github_role(self, name: str, *subjects: str) -> str:
        """The ARN of a role that trusts GitHub's OIDC tokens for these subjects (`repo:OWNER/NAME:environment:production`, `*` for any part)."""
        return github_role(self, name, subjects)

    def deny(self, name: str, action: str) -> None:
        """A user or role may not do this any more: `ssm:PutParameter`, `secretsmanager:*`."""
        self._cloud.callers.permissions.deny(name, action)

    def allow(self, name: str, action: str) -> None:
        """Takes a denial back."""
        self._cloud.callers.permissions.allow(name, action)

    @property
    def misfits(self) -> list[str]:
        """Answers since the last renew() that botocore's models do not allow, and what the scheduler stumbled over: both are faults of the sandbox."""
        return [*self._endpoint.misfits, *self._cloud.troubles]

    def renew(self) -> None:
        """An empty account: the previous one's tasks end, and faults, latency and the call log are cleared."""
        self._cloud.forget(self.account)
        self.account = self._endpoint.account = _new_account()
        self._endpoint.faults.clear()
        self._endpoint.forget_calls()
        self._endpoint.misfits.clear()
        self._cloud.troubles.clear()
        self._endpoint.latency = 0.0
        self._cloud.order_lag(0)
        credentials = self._session.get_credentials()
        assert credentials
        credentials.access_key = self._key  # all clients share it, and making them anew takes longer than most tests


def _new_account() -> str:
    return str(secrets.randbelow(9 * 10**11) + 10**11)
