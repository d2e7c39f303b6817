environment = "staging"
branch      = "stage"

network = {
  vpc_id             = "vpc-0123456789abcdef0"
  private_subnet_ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  public_subnet_ids  = ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]
}

databases = {
  LedgerSpace = { ami = "ami-0123456789abcdef0", instance_type = "t3.large", data_gib = 50, subnet = 0 }
  SearchSpace = { ami = "ami-0123456789abcdef0", instance_type = "t3.large", data_gib = 50, subnet = 1 }
}

create_identity_provider = false # development has created it, if both are in one account
