# The permissions that docs/reference/iam.md lists, for this service and nothing else where AWS can tell.

locals {
  # Those of the actions that run on a schedule are drawn from the suite's own table.
  drawn = {
    for name in ["rotate-secrets", "neo4j-backup", "neo4j-ami-rollout-plan", "neo4j-ami-rollout", "maintenance-report"] :
    name => templatefile("${path.module}/policies/${name}.json.tftpl", {
      partition   = data.aws_partition.current.partition
      region      = data.aws_region.current.name
      account     = data.aws_caller_identity.current.account_id
      environment = var.environment
    })
  }

  policies = merge(local.drawn, {
    deploy         = data.aws_iam_policy_document.deploy.json
    build          = data.aws_iam_policy_document.build.json
    plan           = data.aws_iam_policy_document.plan.json
    terraform-plan = data.aws_iam_policy_document.terraform_plan.json
  })
}

data "aws_iam_policy_document" "deploy" {
  statement {
    sid = "Service"
    actions = [
      "ecs:DescribeServices",
      "ecs:ListServiceDeployments",
      "ecs:UpdateService",
    ]
    resources = ["${replace(var.cluster_arn, ":cluster/", ":service/")}/${var.service_name}"]
  }

  statement {
    sid = "WithoutResources"
    actions = [
      "cloudwatch:DescribeAlarms",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets",
      "ecs:DeregisterTaskDefinition",
      "ecs:DescribeServiceDeployments",
      "ecs:DescribeServiceRevisions",
      "ecs:DescribeTaskDefinition",
      "ecs:DescribeTasks",
      "ecs:ListClusters",
      "ecs:ListServices",
      "ecs:ListTaskDefinitions",
      "ecs:ListTasks",
      "ecs:RegisterTaskDefinition",
      "ecs:TagResource",
      "elasticloadbalancing:DescribeTargetGroups",
      "logs:DescribeLogGroups",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "Log"
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents"]
    resources = ["arn:${data.aws_partition.current.partition}:logs:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:log-group:/ecs/credex-core-${var.environment}:*"]
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchGetImage"]
    resources = [var.ecr_repository_arn]
  }

  statement {
    sid       = "Roles"
    actions   = ["iam:GetRole"]
    resources = var.passed_role_arns
  }

  statement {
    sid       = "PassRoles"
    actions   = ["iam:PassRole"]
    resources = var.passed_role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "build" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [var.ecr_repository_arn]
  }
}

data "aws_iam_policy_document" "plan" {
  statement {
    actions   = ["ecs:DescribeTaskDefinition"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "terraform_plan" {
  # A plan draws a password that nothing keeps, and takes the state's lock.
  statement {
    actions   = ["secretsmanager:GetRandomPassword"]
    resources = ["*"]
  }

  statement {
    actions   = ["s3:PutObject", "s3:DeleteObject"]
    resources = ["arn:${data.aws_partition.current.partition}:s3:::${var.state_bucket}/credex-core/${var.environment}.tfstate.tflock"]
  }
}
