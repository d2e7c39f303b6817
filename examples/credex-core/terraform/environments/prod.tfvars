environment   = "production"
branch        = "prod"
desired_count = 2

network = {
  vpc_id             = "vpc-0123456789abcdef0"
  private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  public_subnet_ids  = ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]
}

databases = {
  LedgerSpace = { ami = "ami-0123456789abcdef0", instance_type = "m5.large", data_gib = 100, subnet = 0 }
  SearchSpace = { ami = "ami-0123456789abcdef0", instance_type = "m5.large", data_gib = 100, subnet = 1 }
}

certificate_arn          = "arn:aws:acm:af-south-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
log_retention_days       = 365
create_identity_provider = false
