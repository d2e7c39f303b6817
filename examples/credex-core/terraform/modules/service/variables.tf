variable "environment" { type = string }
variable "network" {
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    public_subnet_ids  = list(string)
  })
}
variable "certificate_arn" { type = string }
variable "desired_count" { type = number }
variable "log_retention_days" { type = number }
variable "parameters" { type = string }
variable "alarm_topic_arn" { type = string }
