"""Shapes of task definitions that ECS takes: none of them may be refused, and botocore has to send what is judged good."""

import json
from typing import Any

import botocore.session
import botocore.validate
import pytest

from credex_actions.core.documents.document import parse
from credex_actions.ecs.definition.registration import judge

EXEC = "arn:aws:iam::123456789012:role/service-role/ecsTaskExecutionRole"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
AWSLOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs"}}
FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512", "executionRoleArn": EXEC}


def web(**members: Any) -> dict[str, Any]:
    return {"name": "web", "image": f"{ECR}/web:1", "memory": 128, **members}


def task(*containers: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"family": "shop", "containerDefinitions": [*containers] or [web()], **members}


def side(name: str, **members: Any) -> dict[str, Any]:
    return {"name": name, "image": f"public.ecr.aws/{name}/{name}:latest", "memory": 64, "essential": False, **members}


ENVOY = {
    "name": "envoy",
    "image": "840364872350.dkr.ecr.eu-west-1.amazonaws.com/aws-appmesh-envoy:v1.29.12.1-prod",
    "essential": True,
    "memory": 128,
    "environment": [{"name": "APPMESH_RESOURCE_ARN", "value": "mesh/shop/virtualNode/web"}],
    "healthCheck": {
        "command": ["CMD-SHELL", "curl -s http://localhost:9901/server_info | grep state"],
        "startPeriod": 10,
        "interval": 5,
        "timeout": 2,
        "retries": 3,
    },
    "user": "1337",
    "ulimits": [{"name": "nofile", "softLimit": 15000, "hardLimit": 15000}],
}
MESH = {
    "type": "APPMESH",
    "containerName": "envoy",
    "properties": [
        {"name": "IgnoredUID", "value": "1337"},
        {"name": "IgnoredGID", "value": ""},
        {"name": "AppPorts", "value": "8080"},
        {"name": "ProxyIngressPort", "value": "15000"},
        {"name": "ProxyEgressPort", "value": "15001"},
        {"name": "EgressIgnoredIPs", "value": "169.254.170.2,169.254.169.254"},
    ],
}
ROUTER = side(
    "fluent-bit",
    essential=True,
    firelensConfiguration={
        "type": "fluentbit",
        "options": {"enable-ecs-log-metadata": "true", "config-file-type": "file", "config-file-value": "/fluent-bit/etc/x.conf"},
    },
    logConfiguration=AWSLOGS,
)
EFS = {
    "name": "data",
    "efsVolumeConfiguration": {
        "fileSystemId": "fs-0123456789abcdef0",
        "rootDirectory": "/",
        "transitEncryption": "ENABLED",
        "transitEncryptionPort": 2999,
        "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"},
    },
}
AGENT = side(
    "datadog",
    essential=True,
    memory=256,
    environment=[{"name": "DD_APM_NON_LOCAL_TRAFFIC", "value": "true"}],
    portMappings=[
        {"hostPort": 8126, "protocol": "tcp", "containerPort": 8126},
        {"hostPort": 8125, "protocol": "udp", "containerPort": 8125},
    ],
    mountPoints=[{"sourceVolume": "docker_sock", "containerPath": "/var/run/docker.sock", "readOnly": None}],
    healthCheck={"command": ["CMD-SHELL", "agent health"], "startPeriod": 15, "interval": 30, "timeout": 5, "retries": 3},
    linuxParameters={"capabilities": {"add": ["SYS_ADMIN", "NET_RAW"], "drop": []}},
)
SHAPES: dict[str, dict[str, Any]] = {
    "a sidecar that is waited for": task(
        web(dependsOn=[{"containerName": "agent", "condition": "HEALTHY"}]),
        side("agent", healthCheck={"command": ["CMD", "/agent", "health"], "interval": 10}),
    ),
    "a migration before the server": task(
        web(dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}]), side("migrate", startTimeout=300, command=["migrate", "up"])
    ),
    "EFS with an access point": task(
        web(mountPoints=[{"sourceVolume": "data", "containerPath": "/data", "readOnly": False}]), volumes=[EFS], **FARGATE
    ),
    "EFS and nothing more": task(volumes=[{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}], **FARGATE),
    "a GPU": task(web(resourceRequirements=[{"type": "GPU", "value": "1"}]), requiresCompatibilities=["EC2"]),
    "an accelerator by its device": task(
        web(linuxParameters={"devices": [{"hostPath": "/dev/neuron0", "containerPath": "/dev/neuron0", "permissions": ["read", "write"]}]}),
        placementConstraints=[{"type": "memberOf", "expression": "attribute:ecs.instance-type == inf1.xlarge"}],
        requiresCompatibilities=["EC2"],
    ),
    "App Mesh": task(
        web(dependsOn=[{"containerName": "envoy", "condition": "HEALTHY"}]),
        ENVOY,
        proxyConfiguration=MESH,
        **{**FARGATE, "cpu": "512", "memory": "1024"},
    ),
    "FireLens on Fargate": task(
        web(logConfiguration={"logDriver": "awsfirelens", "options": {"Name": "cloudwatch", "log_stream_prefix": ""}}), ROUTER, **FARGATE
    ),
    "FireLens with a secret option": task(
        web(
            logConfiguration={
                "logDriver": "awsfirelens",
                "options": {"Name": "datadog", "Host": "http-intake.logs.datadoghq.com"},
                "secretOptions": [{"name": "apikey", "valueFrom": "/shop/datadog"}],
            }
        ),
        ROUTER,
        executionRoleArn="exec",
    ),
    "Windows on Fargate": task(
        {
            "name": "iis",
            "image": "mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2022",
            "entryPoint": ["powershell", "-Command"],
            "command": ["C:\\ServiceMonitor.exe w3svc"],
        },
        runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"},
        **{**FARGATE, "cpu": "1024", "memory": "2048"},
    ),
    "Windows on EC2 with gMSA and FSx": task(
        web(
            credentialSpecs=["credentialspecdomainless:arn:aws:s3:::bucket/gmsa.json"],
            dockerSecurityOptions=["credentialspec:file://x.json"],
            mountPoints=[{"sourceVolume": "share", "containerPath": "C:\\data"}],
        ),
        volumes=[
            {
                "name": "share",
                "fsxWindowsFileServerVolumeConfiguration": {
                    "fileSystemId": "fs-0eeb5730b2EXAMPLE",
                    "rootDirectory": "share",
                    "authorizationConfig": {
                        "credentialsParameter": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf",
                        "domain": "example.com",
                    },
                },
            }
        ],
        runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"},
        requiresCompatibilities=["EC2"],
    ),
    "placement": task(
        placementConstraints=[{"type": "memberOf", "expression": "attribute:ecs.availability-zone in [eu-west-1a]"}], networkMode="host"
    ),
    "a Docker volume": task(
        web(mountPoints=[{"sourceVolume": "db", "containerPath": "/db"}]),
        volumes=[
            {
                "name": "db",
                "dockerVolumeConfiguration": {
                    "scope": "shared",
                    "autoprovision": True,
                    "driver": "rexray/ebs",
                    "driverOpts": {"size": "5", "tag": ""},
                    "labels": {"a": ""},
                },
            }
        ],
    ),
    "an EBS volume of the service": task(
        web(mountPoints=[{"sourceVolume": "db", "containerPath": "/db"}]), volumes=[{"name": "db", "configuredAtLaunch": True}], **FARGATE
    ),
    "a bind mount that Fargate empties": task(
        web(mountPoints=[{"sourceVolume": "tmp", "containerPath": "/scratch"}]),
        side("reader", volumesFrom=[{"sourceContainer": "web", "readOnly": True}]),
        volumes=[{"name": "tmp", "host": {}}],
        **FARGATE,
    ),
    "an agent on every host": task(
        AGENT,
        networkMode="host",
        pidMode="host",
        ipcMode="host",
        volumes=[
            {"name": "docker_sock", "host": {"sourcePath": "/var/run/docker.sock"}},
            {"name": "proc", "host": {"sourcePath": "/proc/"}},
        ],
    ),
    "ECS Anywhere": task(requiresCompatibilities=["EXTERNAL"], cpu="256", memory="512"),
    "Managed Instances": task(requiresCompatibilities=["MANAGED_INSTANCES"], networkMode="awsvpc", cpu="1 vCPU", memory="2 GB"),
    "EC2 and Fargate": task(**{**FARGATE, "requiresCompatibilities": ["EC2", "FARGATE"]}),
    "sizes in words": task(**{**FARGATE, "cpu": ".25 vCPU", "memory": "0.5 GB"}),
    "sizes in words without a blank": task(**{**FARGATE, "cpu": "1vcpu", "memory": "3GB"}),
    "the largest of Fargate on ARM": task(
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        ephemeralStorage={"sizeInGiB": 200},
        **{**FARGATE, "cpu": "16384", "memory": "122880"},
    ),
    "Service Connect": task(
        web(
            portMappings=[
                {"name": "http", "containerPort": 8080, "appProtocol": "http2"},
                {"name": "grpc", "containerPort": 9090, "hostPort": 9090, "appProtocol": "grpc"},
            ]
        ),
        **FARGATE,
    ),
    "the same port of two containers in awsvpc": task(
        web(portMappings=[{"containerPort": 80}]), side("proxy", portMappings=[{"containerPort": 80, "hostPort": 80}]), **FARGATE
    ),
    "a range of ports": task(web(portMappings=[{"containerPortRange": "30000-30100", "protocol": "udp"}])),
    "DNS by both protocols": task(
        web(
            portMappings=[
                {"containerPort": 53, "hostPort": 53, "protocol": "tcp"},
                {"containerPort": 53, "hostPort": 53, "protocol": "udp"},
            ]
        )
    ),
    "ports that ECS picks": task(
        web(portMappings=[{"containerPort": 80, "hostPort": 0}, {"containerPort": 81, "hostPort": 0}, {"containerPort": 80}])
    ),
    "a host's port of 0 on Fargate, as templates for both have it": task(
        web(portMappings=[{"containerPort": 80, "hostPort": 0}]), **FARGATE
    ),
    "links and names of bridge mode": task(
        web(
            links=["db:database"],
            hostname="web",
            extraHosts=[{"hostname": "a", "ipAddress": "10.0.0.1"}],
            dnsServers=["10.0.0.2"],
            dnsSearchDomains=["example.com"],
        ),
        side("db"),
    ),
    "a registry with a password": task(
        {
            **web(),
            "image": "registry.example.com:5000/a/web@sha256:" + "ab" * 32,
            "repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:r-AbCdEf"},
        },
        executionRoleArn=EXEC,
    ),
    "Splunk": task(
        web(
            logConfiguration={
                "logDriver": "splunk",
                "options": {"splunk-url": "https://s:8088"},
                "secretOptions": [{"name": "splunk-token", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/splunk"}],
            }
        ),
        **FARGATE,
    ),
    "secrets in all their forms": task(
        web(
            secrets=[
                {"name": "A", "valueFrom": "/shop/a"},
                {"name": "B", "valueFrom": "shop_b"},
                {"name": "C", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:c"},
                {"name": "D", "valueFrom": "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:path/d-AbCdEf:key::"},
                {
                    "name": "E",
                    "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:e-AbCdEf:::9d4cb84b-ad69-40c0-a0ab-cead3EXAMPLE",
                },
            ]
        ),
        executionRoleArn=EXEC,
    ),
    "environment files": task(
        web(
            environmentFiles=[
                {"type": "s3", "value": "arn:aws:s3:::bucket/.env"},
                {"type": "s3", "value": "arn:aws:s3:::bucket/path/.stage.env"},
            ]
        ),
        executionRoleArn=EXEC,
    ),
    "limits of the kernel": task(
        web(
            ulimits=[{"name": "memlock", "softLimit": -1, "hardLimit": -1}, {"name": "nofile", "softLimit": 65536, "hardLimit": 65536}],
            systemControls=[{"namespace": "net.core.somaxconn", "value": "1024"}],
            linuxParameters={
                "initProcessEnabled": True,
                "sharedMemorySize": 512,
                "maxSwap": 0,
                "swappiness": 10,
                "tmpfs": [{"containerPath": "/run", "size": 64, "mountOptions": ["noexec"]}],
            },
        )
    ),
    "a shell for exec": task(
        web(
            linuxParameters={"initProcessEnabled": True},
            interactive=True,
            pseudoTerminal=True,
            readonlyRootFilesystem=True,
            user="1000:1000",
            workingDirectory="/app",
        ),
        pidMode="task",
        taskRoleArn="arn:aws:iam::123456789012:role/shop/web",
        **FARGATE,
    ),
    "a restart policy": task(
        web(
            restartPolicy={"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 180},
            versionConsistency="disabled",
            stopTimeout=120,
        ),
        enableFaultInjection=True,
        **FARGATE,
    ),
    "memory that is only reserved": task({"name": "web", "image": "web", "memoryReservation": 64, "cpu": 10}),
    "a stop that takes its time on EC2": task(web(stopTimeout=900, startTimeout=600)),
    "X-Ray next to it": task(
        web(), side("xray", portMappings=[{"containerPort": 2000, "hostPort": 2000, "protocol": "udp"}], cpu=32), networkMode="awsvpc"
    ),
    "no network": task(web(disableNetworking=True), networkMode="none"),
    "names as long as they may be": task(web(name="w" * 255), family="F-_" * 85),
    "tags, one without a value": task(tags=[{"key": "team", "value": ""}, {"key": "cost centre", "value": "a+b=c:/@"}, {"key": "owner"}]),
}


@pytest.mark.parametrize("definition", SHAPES.values(), ids=SHAPES)
def test_what_ecs_takes_is_not_refused_and_can_be_sent(definition: dict[str, Any]) -> None:
    judged = judge(parse(json.dumps(definition), "td.json"))
    assert [str(fault) for fault in [*judged.faults, *judged.warnings]] == []
    shape: Any = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
    report = botocore.validate.ParamValidator().validate(judged.parameters, shape)
    assert report.generate_report() == ""
