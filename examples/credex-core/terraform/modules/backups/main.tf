data "aws_partition" "current" {}

resource "aws_backup_vault" "this" {
  name = "credex-${var.environment}"

  lifecycle {
    prevent_destroy = true
  }
}

# Below the backups that neo4j-backup takes and proves: a copy of each data volume every night, whatever happens to the workflows.
resource "aws_backup_plan" "this" {
  name = "credex-${var.environment}"

  rule {
    rule_name         = "nightly"
    target_vault_name = aws_backup_vault.this.name
    schedule          = "cron(0 1 * * ? *)"
    start_window      = 60
    completion_window = 240

    lifecycle {
      delete_after = var.retention_days
    }
  }
}

resource "aws_backup_selection" "data" {
  name         = "data-volumes"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.this.arn
  resources    = ["arn:${data.aws_partition.current.partition}:ec2:*:*:volume/*"]

  condition {
    string_equals {
      key   = "aws:ResourceTag/Data"
      value = "true"
    }

    string_equals {
      key   = "aws:ResourceTag/Environment"
      value = var.environment
    }
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "credex-${var.environment}-backup"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])

  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/${each.key}"
}

# The age of the newest backup: a day in which none completed.
resource "aws_cloudwatch_metric_alarm" "age" {
  alarm_name          = "credex-${var.environment}-backup-age"
  namespace           = "AWS/Backup"
  metric_name         = "NumberOfBackupJobsCompleted"
  dimensions          = { BackupVaultName = aws_backup_vault.this.name }
  statistic           = "Sum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 86400
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [var.alarm_topic_arn]
}
