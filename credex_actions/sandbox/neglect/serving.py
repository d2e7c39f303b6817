"""Load balancers, ECS services, container images."""

import hashlib
import json
from typing import Any, Final

from credex_actions.sandbox.neglect.place import OWNER, Place

TRAFFIC: Final = "AWS/ApplicationELB"
DEPLOYMENT_ALARM: Final = "errors-while-deploying"
"""Read by a deployment of the service api, and by nothing else."""


def seed(place: Place) -> None:
    subnets = _subnets(place)
    _balancers(place, subnets)
    _services(place, subnets)
    _scheduled(place, subnets)
    _images(place)


def _subnets(place: Place) -> list[str]:
    ec2 = place.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{number}.0/24", AvailabilityZone=f"{place.region}{zone}")["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]


def _balancer(place: Place, name: str, subnets: list[str], age: float) -> str:
    vpc = place.client("ec2").describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
    group = place.client("ec2").create_security_group(GroupName=f"{name}-lb", Description=name, VpcId=vpc)["GroupId"]
    answer = place.client("elbv2").create_load_balancer(Name=name, Subnets=subnets, SecurityGroups=[group], Tags=[OWNER])
    arn: str = answer["LoadBalancers"][0]["LoadBalancerArn"]
    place.records("elbv2").load_balancers[arn].created_time = f"{place.ago(age):%Y-%m-%dT%H:%M:%S}.000Z"
    return arn


def _forward(place: Place, balancer: str, name: str, subnets: list[str], targets: list[str]) -> str:
    elb = place.client("elbv2")
    vpc = place.client("ec2").describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
    group: str = elb.create_target_group(Name=name, Protocol="HTTP", Port=5000, VpcId=vpc, TargetType="ip")["TargetGroups"][0][
        "TargetGroupArn"
    ]
    if targets:
        elb.register_targets(TargetGroupArn=group, Targets=[{"Id": each, "Port": 5000} for each in targets])
    elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=0x1F90, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}]
    )
    return group


def _requests(place: Place, balancer: str, group: str | None, count: float) -> None:
    of = {"LoadBalancer": balancer.partition(":loadbalancer/")[2]}
    place.days(TRAFFIC, "RequestCount", of, count)
    if group:
        place.days(TRAFFIC, "RequestCount", {"TargetGroup": group.rpartition(":")[2], **of}, count)


def _balancers(place: Place, subnets: list[str]) -> None:
    empty = _balancer(place, "without-targets", subnets, age=90)
    _forward(place, empty, "without-targets", subnets, [])
    silent = _balancer(place, "without-requests", subnets, age=90)
    _forward(place, silent, "without-requests", subnets, ["10.8.0.20"])
    for each in (empty, silent):
        place.expect("load-balancer-idle", each)
    serving = _balancer(place, "serving", subnets, age=90)
    _requests(place, serving, _forward(place, serving, "serving", subnets, ["10.8.0.21"]), 12_000)
    redirecting = _balancer(place, "redirecting", subnets, age=90)  # without a target, and of use
    _requests(place, redirecting, None, 500)
    _balancer(place, "made-today", subnets, age=0)


def _services(place: Place, subnets: list[str]) -> None:
    ecs = place.client("ecs")
    ecs.create_cluster(clusterName="old-cluster")
    for role in ("old-execution", "old-task"):
        made = place.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=_trust())["Role"]
        place.records("iam").roles[made["RoleId"]].create_date = place.ago(400)  # tasks that run name them, though they use none
    place.client("logs").create_log_group(logGroupName="/ecs/old")
    place.client("logs").put_retention_policy(logGroupName="/ecs/old", retentionInDays=30)
    place.records("logs").groups["/ecs/old"].creation_time = place.ago(400)
    balancer = _balancer(place, "services", subnets, age=90)
    _requests(place, balancer, None, 900)
    silent = _forward(place, balancer, "silent", subnets, [])
    busy = place.client("elbv2").create_target_group(
        Name="busy",
        Protocol="HTTP",
        Port=5000,
        TargetType="ip",
        VpcId=place.client("ec2").describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"],
    )["TargetGroups"][0]["TargetGroupArn"]
    _second_listener(place, balancer, busy)
    _requests(place, balancer, busy, 40)
    place.expect("service-idle", _service(place, "campaign-2024", subnets, age=80, group=silent))
    alarms = {"alarmNames": [DEPLOYMENT_ALARM], "enable": True, "rollback": True}
    _service(place, "api", subnets, age=80, group=busy, deploymentConfiguration={"alarms": alarms})
    place.expect("service-idle", _service(place, "old-worker", subnets, age=80, cpu=0.2))
    _service(place, "worker", subnets, age=80, cpu=35)
    _service(place, "new-worker", subnets, age=2, cpu=0.1)
    _service(place, "scaled-to-zero", subnets, age=80, count=0)


def _scheduled(place: Place, subnets: list[str]) -> None:
    """Tasks and builds of which nothing shows between two runs: their roles and groups are in use all the same."""
    vpc = place.client("ec2").describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
    cluster = place.arn("ecs", "cluster/old-cluster")
    for name, starter in (("nightly", "events"), ("weekly", "scheduler")):
        for role, service in ((name, "ecs-tasks"), (f"{name}-starter", starter)):
            made = place.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=_trust(service))["Role"]
            place.records("iam").roles[made["RoleId"]].create_date = place.ago(400)
        group = place.client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        definition = place.client("ecs").register_task_definition(
            family=name,
            taskRoleArn=f"arn:aws:iam::{place.account}:role/{name}",
            containerDefinitions=[
                {"name": name, "image": f"{place.account}.dkr.ecr.{place.region}.amazonaws.com/old-app:1.0.0", "memory": 128}
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        network = {"awsvpcConfiguration": {"Subnets": subnets, "SecurityGroups": [group]}}
        target = {
            "Arn": cluster,
            "RoleArn": f"arn:aws:iam::{place.account}:role/{name}-starter",
            "EcsParameters": {"TaskDefinitionArn": definition, "LaunchType": "FARGATE", "NetworkConfiguration": network},
        }
        if starter == "events":
            place.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
            place.client("events").put_targets(Rule=name, Targets=[{"Id": name, **target}])
        else:
            place.client("scheduler").create_schedule(
                Name=name, ScheduleExpression="rate(7 days)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
            )
    group = place.client("ec2").create_security_group(GroupName="builds", Description="builds", VpcId=vpc)["GroupId"]
    place.client("codebuild").create_project(
        name="images",
        source={"type": "GITHUB", "location": "https://github.com/acme/old-app.git"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=f"arn:aws:iam::{place.account}:role/ci",
        vpcConfig={"vpcId": vpc, "subnets": subnets, "securityGroupIds": [group]},
    )


def _trust(service: str = "ecs-tasks") -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _second_listener(place: Place, balancer: str, group: str) -> None:
    action = {"Type": "forward", "TargetGroupArn": group}
    place.client("elbv2").create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=0x1F91, DefaultActions=[action])


def _service(
    place: Place, name: str, subnets: list[str], age: float, group: str = "", cpu: float | None = None, count: int = 1, **members: Any
) -> str:
    ecs = place.client("ecs")
    arn = f"arn:aws:iam::{place.account}:role/"
    options = {"awslogs-group": "/ecs/old", "awslogs-region": place.region, "awslogs-stream-prefix": "ecs"}
    container: dict[str, Any] = {
        "name": name,
        "image": f"{place.account}.dkr.ecr.{place.region}.amazonaws.com/old-app:1.0.0",
        "essential": True,
        "portMappings": [{"containerPort": 5000}],
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }
    definition = ecs.register_task_definition(
        family=name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"{arn}old-execution",
        taskRoleArn=f"{arn}old-task",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    balancers = [{"targetGroupArn": group, "containerName": name, "containerPort": 5000}] if group else []
    service: str = ecs.create_service(
        cluster="old-cluster",
        serviceName=name,
        taskDefinition=definition,
        desiredCount=count,
        launchType="FARGATE",
        loadBalancers=balancers,
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
        tags=[{"key": "Owner", "value": "platform"}],
        **members,
    )["service"]["serviceArn"]
    place.age_service("old-cluster", name, age)
    if cpu is not None:
        place.days("AWS/ECS", "CPUUtilization", {"ClusterName": "old-cluster", "ServiceName": name}, cpu)
    return service


def _images(place: Place) -> None:
    """What push_image puts is an index of one image for each platform, which is not put by itself: here it is, without a tag, as ECR has it."""
    ecr = place.client("ecr")
    repository = ecr.create_repository(repositoryName="old-app")["repository"]["repositoryArn"]
    place.sandbox.push_image("old-app", "1.0.0")
    for number in range(3):
        _untagged(place, "old-app", f"build-{number}", age=100)
    _untagged(place, "old-app", "build-yesterday", age=1)
    place.expect("image-untagged", repository)
    _multi_platform(place)
    ecr.create_repository(repositoryName="with-a-policy")
    _untagged(place, "with-a-policy", "build", age=100)
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 120},
        "action": {"type": "expire"},
    }
    ecr.put_lifecycle_policy(repositoryName="with-a-policy", lifecyclePolicyText=json.dumps({"rules": [rule]}))


def _untagged(place: Place, repository: str, content: str, age: float) -> str:
    digest = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": digest},
        "layers": [{"digest": digest, "size": 1}],
    }
    pushed: str = place.client("ecr").put_image(repositoryName=repository, imageManifest=json.dumps(manifest))["image"]["imageId"][
        "imageDigest"
    ]
    for each in place.records("ecr").repositories[repository].images:
        if each.image_digest == pushed:
            each.image_pushed_at = int((place.now.timestamp()) - age * 86400)
    return pushed


def _multi_platform(place: Place) -> None:
    ecr = place.client("ecr")
    ecr.create_repository(repositoryName="multi-platform")
    parts = [_untagged(place, "multi-platform", platform, age=100) for platform in ("amd64", "arm64")]
    kind = "application/vnd.oci.image.index.v1+json"
    entries = [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1024, "digest": each} for each in parts]
    index = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": entries})
    ecr.put_image(repositoryName="multi-platform", imageTag="2.0.0", imageManifest=index, imageManifestMediaType=kind)
