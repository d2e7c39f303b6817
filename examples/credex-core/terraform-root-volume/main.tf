# How credex-core's databases were laid out at first, kept as the starting point of docs and tests. Do not copy it: the data is on the root volume, and the image is
# the newest one of a name, so that the plan after the next image replaces both instances, with all that is in them. ../terraform is the way to lay them out.

terraform {
  required_version = ">= 1.8.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "CredEx"
      Environment = var.environment
    }
  }
}

variable "region" {
  type    = string
  default = "af-south-1"
}

variable "environment" {
  type    = string
  default = "development"
}

variable "image_name" {
  description = "names of images, of which the newest is taken"
  type        = string
  default     = "neo4j-enterprise-*"
}

variable "instance_type" {
  type    = string
  default = "t3.medium"
}

variable "subnet_id" {
  type = string
}

# Name of the parameter that holds the first password. It exists already: rotation, or a person, has written it.
variable "password_parameters" {
  type = map(string)
  default = {
    LedgerSpace = "neo_4j_ledger_space_pass"
    SearchSpace = "neo_4j_search_space_pass"
  }
}

data "aws_ami" "neo4j" {
  most_recent = true
  owners      = ["self"]

  filter {
    name   = "name"
    values = [var.image_name]
  }
}

data "aws_subnet" "this" {
  id = var.subnet_id
}

resource "aws_security_group" "neo4j" {
  name   = "neo4j-${var.environment}"
  vpc_id = data.aws_subnet.this.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "neo4j" {
  for_each = toset(["7474", "7687"])

  security_group_id = aws_security_group.neo4j.id
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_instance" "neo4j" {
  for_each = var.password_parameters

  ami                    = data.aws_ami.neo4j.id
  instance_type          = var.instance_type
  subnet_id              = var.subnet_id
  vpc_security_group_ids = [aws_security_group.neo4j.id]

  user_data = <<-SCRIPT
    #!/bin/bash
    NEO4J_INITIAL_PASSWORD_PARAMETER=/credex/${var.environment}/${each.value}
  SCRIPT

  root_block_device {
    volume_size           = 50
    encrypted             = true
    delete_on_termination = true
  }

  tags = {
    Name = "Neo4j-${var.environment}-${each.key}"
    Role = each.key
  }
}

resource "aws_ssm_parameter" "url" {
  for_each = aws_instance.neo4j

  name  = "/credex/${var.environment}/${replace(var.password_parameters[each.key], "_pass", "_bolt_url")}"
  type  = "String"
  value = "bolt://${each.value.private_ip}:7687"
}

output "instances" {
  value = { for role, instance in aws_instance.neo4j : role => instance.id }
}
