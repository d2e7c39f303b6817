# Whom each role trusts: docs/how-to/sign-in-to-aws.md. A job that names an environment is known by it, every other one by its branch or as a pull request.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  issuer   = "token.actions.githubusercontent.com"
  provider = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.issuer}"
  name     = "credex-core-${var.environment}"

  environment  = "repo:${var.repository}:environment:${var.environment}"
  branch       = "repo:${var.repository}:ref:refs/heads/${var.branch}"
  schedules    = "repo:${var.repository}:ref:refs/heads/${var.default_branch}"
  pull_request = "repo:${var.repository}:pull_request"

  subjects = {
    deploy          = [local.environment]
    build           = [local.branch]
    plan            = [local.branch]
    terraform-plan  = [local.branch, local.pull_request]
    terraform-apply = [local.environment]

    # What runs on a schedule runs on the default branch, and names no environment unless it changes databases.
    rotate-secrets         = [local.schedules]
    neo4j-backup           = [local.schedules]
    neo4j-ami-rollout-plan = [local.schedules]
    neo4j-ami-rollout      = [local.environment]
    maintenance-report     = [local.schedules]
  }
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_identity_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = each.value
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${local.name}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = each.key == "terraform-apply" ? 14400 : 3600
}

resource "aws_iam_role_policy" "this" {
  for_each = local.policies

  name   = "work"
  role   = aws_iam_role.this[each.key].id
  policy = each.value
}

# What an apply may do is what the configuration holds, IAM included; the approval of the environment, and the guard, are what stands before it.
resource "aws_iam_role_policy_attachment" "managed" {
  for_each = {
    terraform-plan  = "ReadOnlyAccess"
    terraform-apply = "AdministratorAccess"
  }

  role       = aws_iam_role.this[each.key].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/${each.value}"
}
