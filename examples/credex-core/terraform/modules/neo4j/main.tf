locals {
  name = "Neo4j-${var.environment}-${var.role}"
  tags = {
    Name = local.name
    Role = var.role
  }
  password_parameter = "${var.parameter_prefix}_pass"
  device             = "/dev/sdf"

  user_data = join("\n", [
    "#!/bin/bash",
    "NEO4J_INITIAL_PASSWORD_PARAMETER=${local.password_parameter}",
    "NEO4J_DATA_DEVICE=${local.device}",
    "DATA_VOLUME=${aws_ebs_volume.data.id}",
    "LOG_GROUP=${aws_cloudwatch_log_group.this.name}",
    file("${path.module}/first-boot.sh"),
  ])
}

data "aws_subnet" "this" {
  id = var.subnet_id

  lifecycle {
    postcondition {
      condition     = !self.map_public_ip_on_launch
      error_message = "A database lies in a private subnet, and this one gives instances public addresses."
    }
  }
}

# The data outlives the instance: it lies on a volume of its own, which nothing here formats once it holds anything (first-boot.sh).
resource "aws_ebs_volume" "data" {
  availability_zone = data.aws_subnet.this.availability_zone
  size              = var.data_gib
  type              = "gp3"
  encrypted         = true
  tags              = merge(local.tags, { Data = "true" })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_instance" "this" {
  ami                     = var.ami
  instance_type           = var.instance_type
  subnet_id               = var.subnet_id
  vpc_security_group_ids  = [aws_security_group.this.id]
  iam_instance_profile    = aws_iam_instance_profile.this.name
  ebs_optimized           = true
  disable_api_termination = var.protected
  tags                    = local.tags

  user_data                   = local.user_data
  user_data_replace_on_change = false

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type           = "gp3"
    volume_size           = 20
    encrypted             = true
    delete_on_termination = true # it holds nothing that the image does not
    tags                  = merge(local.tags, { Data = "false" })
  }

  # What the first boot needs.
  depends_on = [
    aws_iam_role_policy.password,
    aws_iam_role_policy_attachment.managed,
    aws_vpc_security_group_egress_rule.https,
  ]

  lifecycle {
    ignore_changes = [user_data] # a root volume runs it on its first boot only: a roll-out brings it there (output user_data), and a change here would just stop the instance
  }
}

resource "aws_volume_attachment" "data" {
  device_name                    = local.device
  volume_id                      = aws_ebs_volume.data.id
  instance_id                    = aws_instance.this.id
  stop_instance_before_detaching = true # a volume that a running database writes to is not taken away
}

resource "aws_security_group" "this" {
  name        = "${local.name}-database"
  description = "Bolt for the application only; people and backups come through SSM"
  vpc_id      = var.vpc_id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "bolt" {
  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 7687
  to_port                      = 7687
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "AWS's services, and packages"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/neo4j/${var.environment}/${var.role}"
  retention_in_days = var.log_retention_days
}
