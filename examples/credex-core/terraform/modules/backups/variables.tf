variable "environment" { type = string }
variable "retention_days" { type = number }
variable "alarm_topic_arn" { type = string }
