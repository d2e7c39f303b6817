# What the state of a case is taken from: one of each, as it was before the change.

resource "aws_instance" "ledger" {
  ami                                  = "ami-0123456789abcdef0"
  instance_type                        = "m5.large"
  availability_zone                    = "af-south-1a"
  user_data                            = "echo canary-user-data"
  instance_initiated_shutdown_behavior = "stop"
  disable_api_termination              = true

  root_block_device {
    volume_size           = 50
    encrypted             = true
    delete_on_termination = true
  }

  tags = {
    Role        = "LedgerSpace"
    Environment = "production"
  }
}

resource "aws_instance" "kept" {
  ami               = "ami-0123456789abcdef0"
  instance_type     = "m5.large"
  availability_zone = "af-south-1a"

  root_block_device {
    volume_size           = 8
    delete_on_termination = false
  }
}

resource "aws_instance" "inline" {
  ami               = "ami-0123456789abcdef0"
  instance_type     = "m5.large"
  availability_zone = "af-south-1a"

  ebs_block_device {
    device_name           = "/dev/sdf"
    volume_size           = 100
    delete_on_termination = true
  }
}

resource "aws_instance" "copies" {
  count         = 3
  ami           = "ami-0123456789abcdef0"
  instance_type = "m5.large"

  tags = {
    Role        = "SearchSpace"
    Environment = "production"
  }
}

resource "aws_ebs_volume" "ledger" {
  availability_zone = "af-south-1a"
  size              = 100
  encrypted         = true
}

resource "aws_volume_attachment" "ledger" {
  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.ledger.id
  instance_id = aws_instance.ledger.id
}

resource "aws_ebs_snapshot" "ledger" {
  volume_id = aws_ebs_volume.ledger.id
}

resource "aws_ami" "neo4j" {
  name                = "neo4j-5.26.16"
  virtualization_type = "hvm"
  root_device_name    = "/dev/xvda"

  ebs_block_device {
    device_name = "/dev/xvda"
    snapshot_id = "snap-0123456789abcdef0"
  }
}

resource "aws_launch_template" "neo4j" {
  name = "neo4j"

  block_device_mappings {
    device_name = "/dev/sdf"
    ebs {
      volume_size           = 100
      delete_on_termination = "false"
    }
  }
}

resource "aws_s3_bucket" "backups" {
  bucket        = "credex-backups"
  force_destroy = false
}

resource "aws_s3_bucket_versioning" "backups" {
  bucket = "credex-backups"
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "backups" {
  bucket = "credex-backups"
  rule {
    id     = "old"
    status = "Enabled"
    filter {
      prefix = "daily/"
    }
    expiration {
      days = 90
    }
  }
}

resource "aws_kms_key" "data" {
  description = "data of the ledger"
  is_enabled  = true
}

resource "aws_backup_vault" "main" {
  name = "main"
}

resource "aws_backup_plan" "main" {
  name = "main"
  rule {
    rule_name         = "daily"
    target_vault_name = "main"
    schedule          = "cron(0 1 * * ? *)"
    lifecycle {
      delete_after = 35
    }
  }
}

resource "aws_backup_selection" "main" {
  name         = "databases"
  plan_id      = "11111111-2222-3333-4444-555555555555"
  iam_role_arn = "arn:aws:iam::123456789012:role/backup"
  resources    = ["arn:aws:ec2:af-south-1:123456789012:volume/*"]
}

resource "aws_efs_file_system" "shared" {
  encrypted = true
}

resource "aws_efs_mount_target" "shared" {
  file_system_id = "fs-0123456789abcdef0"
  subnet_id      = "subnet-0123456789abcdef0"
}

resource "aws_dynamodb_table" "locks" {
  name         = "locks"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "LockID"
  attribute {
    name = "LockID"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_db_instance" "reports" {
  identifier              = "reports"
  engine                  = "postgres"
  instance_class          = "db.t3.medium"
  allocated_storage       = 20
  username                = "reports"
  password                = "canary-database-password"
  backup_retention_period = 14
  deletion_protection     = true
  skip_final_snapshot     = true
}

resource "aws_rds_cluster" "ledger" {
  cluster_identifier      = "ledger"
  engine                  = "aurora-postgresql"
  master_username         = "ledger"
  master_password         = "canary-cluster-password"
  backup_retention_period = 14
  skip_final_snapshot     = true
}

resource "aws_secretsmanager_secret" "database" {
  name                    = "credex/production/ledger_space"
  recovery_window_in_days = 0
}

resource "aws_ssm_parameter" "bolt_url" {
  name  = "/credex/production/neo_4j_ledger_space_bolt_url"
  type  = "SecureString"
  value = "canary-parameter-value"
}

resource "aws_cloudwatch_log_group" "core" {
  name              = "/ecs/credex-core-production"
  retention_in_days = 90
}

resource "aws_ecr_repository" "core" {
  name         = "credex-core-production"
  force_delete = true
}

resource "aws_security_group" "core" {
  name = "core"
}

resource "aws_sqs_queue" "jobs" {
  name                      = "jobs"
  message_retention_seconds = 345600
}

resource "aws_kinesis_stream" "events" {
  name             = "events"
  shard_count      = 1
  retention_period = 168
}

resource "aws_amplify_app" "site" {
  name = "site"
}
