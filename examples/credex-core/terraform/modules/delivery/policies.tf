# The permissions that docs/how-to/sign-in-to-aws.md lists, for this service and nothing else where AWS can tell.

locals {
  policies = {
    deploy         = data.aws_iam_policy_document.deploy.json
    build          = data.aws_iam_policy_document.build.json
    plan           = data.aws_iam_policy_document.plan.json
    terraform-plan = data.aws_iam_policy_document.terraform_plan.json
  }
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
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchGetImage"]
    resources = [var.ecr_repository_arn]
  }

  statement {
    sid       = "Roles"
    actions   = ["iam:GetRole", "iam:PassRole"]
    resources = var.passed_role_arns
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
    actions   = ["ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"]
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
