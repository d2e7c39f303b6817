locals {
  parameters = "/credex/${var.environment}"
  names = {
    LedgerSpace = "neo_4j_ledger_space"
    SearchSpace = "neo_4j_search_space"
  }
}

resource "aws_sns_topic" "alarms" {
  name              = "credex-core-${var.environment}-alarms"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_emails)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

module "service" {
  source = "./modules/service"

  environment        = var.environment
  network            = var.network
  certificate_arn    = var.certificate_arn
  desired_count      = var.desired_count
  log_retention_days = var.log_retention_days
  parameters         = local.parameters
  alarm_topic_arn    = aws_sns_topic.alarms.arn
}

module "neo4j" {
  source   = "./modules/neo4j"
  for_each = var.databases

  environment              = var.environment
  role                     = each.key
  ami                      = each.value.ami
  instance_type            = each.value.instance_type
  data_gib                 = each.value.data_gib
  vpc_id                   = var.network.vpc_id
  subnet_id                = var.network.private_subnet_ids[each.value.subnet]
  client_security_group_id = module.service.security_group_id
  parameter_prefix         = "${local.parameters}/${local.names[each.key]}"
  protected                = var.protect_instances
  log_retention_days       = var.log_retention_days
  alarm_topic_arn          = aws_sns_topic.alarms.arn
}

module "backups" {
  source = "./modules/backups"

  environment     = var.environment
  retention_days  = var.backup_retention_days
  alarm_topic_arn = aws_sns_topic.alarms.arn
}

module "delivery" {
  source = "./modules/delivery"

  environment              = var.environment
  repository               = var.repository
  branch                   = var.branch
  default_branch           = var.default_branch
  state_bucket             = var.state_bucket
  create_identity_provider = var.create_identity_provider
  ecr_repository_arn       = module.service.ecr_repository_arn
  cluster_arn              = module.service.cluster_arn
  service_name             = module.service.service_name
  passed_role_arns         = module.service.role_arns
}
