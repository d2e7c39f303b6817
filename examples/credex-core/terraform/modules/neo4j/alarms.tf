locals {
  # What the agent on the instance measures is in CredEx/Neo4j (first-boot.sh). Missing data is an alarm: the instance, or its agent, is not running. Only
  # Enterprise Edition measures its page cache. AWS measures the processor every five minutes, everything else comes each minute.
  alarms = {
    cpu = {
      namespace = "AWS/EC2"
      metric    = "CPUUtilization"
      statistic = "Average"
      above     = true
      threshold = 85
      period    = 300
      periods   = 3
      missing   = "breaching"
    }
    status-checks = {
      namespace = "AWS/EC2"
      metric    = "StatusCheckFailed"
      statistic = "Maximum"
      above     = true
      threshold = 0
      period    = 60
      periods   = 3
      missing   = "breaching"
    }
    memory = {
      namespace = "CredEx/Neo4j"
      metric    = "mem_used_percent"
      statistic = "Average"
      above     = true
      threshold = 90
      period    = 60
      periods   = 15
      missing   = "breaching"
    }
    data-disk = {
      namespace = "CredEx/Neo4j"
      metric    = "disk_used_percent"
      statistic = "Maximum"
      above     = true
      threshold = 80
      period    = 60
      periods   = 5
      missing   = "breaching"
    }
    page-cache = {
      namespace = "CredEx/Neo4j"
      metric    = "page_cache_hit_percent"
      statistic = "Average"
      above     = false
      threshold = 95
      period    = 60
      periods   = 30
      missing   = "missing"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = { InstanceId = aws_instance.this.id }
  statistic           = each.value.statistic
  comparison_operator = each.value.above ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
