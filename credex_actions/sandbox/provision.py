"""What an application of the shape of credex-core has in each environment, made through the public API as a user's Terraform would."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from credex_actions.sandbox.aws.identity import tokens

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """Names and ARNs of one environment. `url`: its load balancer on loopback. `task_definition`: the ARN of the first revision."""

    application: str
    environment: str
    region: str
    repository: str
    repository_uri: str
    image: str
    cluster: str
    service: str
    service_arn: str
    family: str
    container: str
    container_port: int
    task_definition: str
    execution_role_arn: str
    task_role_arn: str
    log_group: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    load_balancer_arn: str
    listener_arn: str
    target_group_arn: str
    alternate_target_group_arn: str
    url: str

    @property
    def network(self) -> dict[str, Any]:
        """networkConfiguration, as CreateService and RunTask take it."""
        return {
            "awsvpcConfiguration": {
                "subnets": list(self.subnets),
                "securityGroups": list(self.security_groups),
                "assignPublicIp": "ENABLED",
            }
        }

    def definition(self, image: str = "", **members: Any) -> dict[str, Any]:
        """RegisterTaskDefinition's input for a revision of this application."""
        return _definition(vars(self), image or self.image) | members


def _definition(names: dict[str, Any], image: str) -> dict[str, Any]:
    check = {
        "command": ["CMD-SHELL", f"curl -f http://localhost:{names['container_port']}/health || exit 1"],
        "interval": 30,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 60,
    }
    options = {"awslogs-group": names["log_group"], "awslogs-region": names["region"], "awslogs-stream-prefix": "ecs"}
    container = {
        "name": names["container"],
        "image": image,
        "essential": True,
        "portMappings": [{"containerPort": names["container_port"], "protocol": "tcp"}],
        "environment": [{"name": "NODE_ENV", "value": names["environment"]}],
        "healthCheck": check,
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    return {
        "family": names["family"],
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": names["execution_role_arn"],
        "taskRoleArn": names["task_role_arn"],
        "containerDefinitions": [container],
    }


class LocalAWS(Protocol):
    """What this asks of a sandbox."""

    account: str
    region: str

    def client(self, service: str) -> Any: ...

    def listener_url(self, listener_arn: str) -> str: ...

    def push_image(self, repository: str, tag: str) -> str: ...

    def until(self, happened: Callable[[], bool], what: str) -> None: ...


def provision(
    sandbox: LocalAWS,
    application: str = "credex-core",
    environment: str = "development",
    *,
    image: str = "",
    desired_count: int = 2,
    container_port: int = 5000,
    circuit_breaker: bool = True,
    rollback: bool = True,
    load_balancer: bool = True,
    controller: str = "ECS",
    deployment: dict[str, Any] | None = None,
    wait: bool = True,
) -> Provisioned:
    """`image`: the tag of the first image, "1.0.0" if not given (its name says how it behaves). `deployment`: further members of
    deploymentConfiguration. With `wait` it returns when the first deployment is COMPLETED. Raises TimeoutError where it does not get there.
    """
    prefix = application.removesuffix("-core") if application.endswith("-core") else application
    names: dict[str, Any] = {
        "application": application,
        "environment": environment,
        "region": sandbox.region,
        "repository": f"{application}-{environment}",
        "cluster": f"{prefix}-cluster-{environment}",
        "service": f"{application}-service-{environment}",
        "family": application,
        "container": application,
        "container_port": container_port,
        "log_group": f"/ecs/{application}-{environment}",
    }
    names["repository_uri"] = sandbox.client("ecr").create_repository(repositoryName=names["repository"])["repository"]["repositoryUri"]
    names["image"] = sandbox.push_image(names["repository"], image or "1.0.0")
    sandbox.client("logs").create_log_group(logGroupName=names["log_group"])
    for kind in ("execution", "task"):
        role = sandbox.client("iam").create_role(RoleName=f"{application}-{environment}-{kind}", AssumeRolePolicyDocument=TRUST)
        names[f"{kind}_role_arn"] = role["Role"]["Arn"]
    names |= _network(sandbox, names)
    ecs = sandbox.client("ecs")
    ecs.create_cluster(clusterName=names["cluster"])
    names["task_definition"] = ecs.register_task_definition(**_definition(names, names["image"]))["taskDefinition"]["taskDefinitionArn"]
    network = {
        "awsvpcConfiguration": {
            "subnets": list(names["subnets"]),
            "securityGroups": list(names["security_groups"]),
            "assignPublicIp": "ENABLED",
        }
    }
    balancers: list[dict[str, Any]] = [
        {"targetGroupArn": names["target_group_arn"], "containerName": names["container"], "containerPort": container_port}
    ]
    if (deployment or {}).get("strategy", "ROLLING") != "ROLLING":
        rule = sandbox.client("elbv2").describe_rules(ListenerArn=names["listener_arn"])["Rules"][0]["RuleArn"]
        advanced = {
            "alternateTargetGroupArn": names["alternate_target_group_arn"],
            "productionListenerRule": rule,
            "roleArn": names["execution_role_arn"],
        }
        balancers[0]["advancedConfiguration"] = advanced
    breaker = (
        {"deploymentCircuitBreaker": {"enable": circuit_breaker, "rollback": circuit_breaker and rollback}} if controller == "ECS" else {}
    )
    service = ecs.create_service(
        cluster=names["cluster"],
        serviceName=names["service"],
        taskDefinition=names["task_definition"],
        desiredCount=desired_count,
        launchType="FARGATE",
        deploymentController={"type": controller},
        deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 100, **breaker, **(deployment or {})},
        networkConfiguration=network,
        healthCheckGracePeriodSeconds=120 if load_balancer else 0,
        loadBalancers=balancers if load_balancer else [],
    )
    provisioned = Provisioned(**names, service_arn=service["service"]["serviceArn"], url=sandbox.listener_url(names["listener_arn"]))
    if wait:
        _settled(sandbox, provisioned)
    return provisioned


def _network(sandbox: LocalAWS, names: dict[str, Any]) -> dict[str, Any]:
    ec2, elb = sandbox.client("ec2"), sandbox.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [(f"10.0.{index}.0/24", f"{sandbox.region}{zone}") for index, zone in enumerate("ab")]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"] for block, zone in zones]
    group = ec2.create_security_group(GroupName=f"{names['service']}-tasks", Description="tasks", VpcId=vpc)["GroupId"]
    short = f"{names['application']}-{names['environment']}"[:24]
    balancer = elb.create_load_balancer(Name=f"{short}-alb", Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]["LoadBalancerArn"]
    groups = [
        elb.create_target_group(
            Name=f"{short}-{suffix}", Protocol="HTTP", Port=names["container_port"], VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
        )["TargetGroups"][0]["TargetGroupArn"]
        for suffix in ("blue", "green")
    ]
    action = {"Type": "forward", "TargetGroupArn": groups[0]}
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=8080, DefaultActions=[action])["Listeners"][0][
        "ListenerArn"
    ]
    return {
        "subnets": tuple(subnets),
        "security_groups": (group,),
        "load_balancer_arn": balancer,
        "listener_arn": listener,
        "target_group_arn": groups[0],
        "alternate_target_group_arn": groups[1],
    }


def _settled(sandbox: LocalAWS, provisioned: Provisioned) -> None:
    ecs = sandbox.client("ecs")

    def settled() -> bool:
        service = ecs.describe_services(cluster=provisioned.cluster, services=[provisioned.service])["services"][0]
        deployed = all(each["rolloutState"] == "COMPLETED" for each in service["deployments"])
        return deployed and all(each["stabilityStatus"] == "STEADY_STATE" for each in service.get("taskSets", ()))

    sandbox.until(settled, f"the first deployment of {provisioned.service}")


def push_image(sandbox: LocalAWS, repository: str, tag: str, platform: str, behaviour: str = "") -> str:
    ecr = sandbox.client("ecr")
    manifests = [_entry(repository, tag, each.strip()) for each in platform.split(",")]
    document = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": manifests,
        **({"annotations": {"sandbox": behaviour}} if behaviour else {}),
    }
    uri = ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]["repositoryUri"]
    ecr.put_image(repositoryName=repository, imageTag=tag, imageManifest=json.dumps(document), imageManifestMediaType=INDEX)
    return f"{uri}:{tag}"


def _entry(repository: str, tag: str, platform: str) -> dict[str, Any]:
    system, _, architecture = platform.partition("/")
    digest = hashlib.sha256(f"{repository}:{tag}:{platform}".encode()).hexdigest()
    return {"mediaType": MANIFEST, "size": 1024, "digest": f"sha256:{digest}", "platform": {"os": system, "architecture": architecture}}


def github_role(sandbox: LocalAWS, name: str, subjects: Sequence[str]) -> str:
    """The ARN of a role that lets jobs in that GitHub knows by one of `subjects`; the account gets GitHub's identity provider on the way."""
    iam = sandbox.client("iam")
    provider = f"arn:aws:iam::{sandbox.account}:oidc-provider/{tokens.HOST}"
    if provider not in {each["Arn"] for each in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]}:
        iam.create_open_id_connect_provider(Url=tokens.ISSUER, ClientIDList=["sts.amazonaws.com"])
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{tokens.HOST}:aud": "sts.amazonaws.com"}, "StringLike": {f"{tokens.HOST}:sub": list(subjects)}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
