# What credex-core has today, a database on the root volume of its instance, beside what it should have.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}

data "aws_ami" "neo4j" {
  most_recent = true
  owners      = ["self"]
  filter {
    name   = "name"
    values = ["neo4j-community-*"]
  }
}

resource "aws_instance" "on_root" {
  ami               = data.aws_ami.neo4j.id
  instance_type     = "t3.medium"
  availability_zone = "af-south-1a"
  user_data         = "#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/first\n"
  tags              = { Name = "LedgerSpace" }
  root_block_device {
    volume_size = 10
    volume_type = "gp3"
    encrypted   = true
  }
}

resource "aws_instance" "on_volume" {
  ami               = data.aws_ami.neo4j.id
  instance_type     = "t3.medium"
  availability_zone = "af-south-1a"
  user_data         = "#!/bin/sh\nNEO4J_INITIAL_PASSWORD_PARAMETER=/db/first\nNEO4J_DATA_DEVICE=/dev/sdf\n"
  tags              = { Name = "SearchSpace" }
}

resource "aws_ebs_volume" "data" {
  availability_zone = "af-south-1a"
  size              = 10
  type              = "gp3"
  encrypted         = true
}

resource "aws_volume_attachment" "data" {
  device_name                    = "/dev/sdf"
  volume_id                      = aws_ebs_volume.data.id
  instance_id                    = aws_instance.on_volume.id
  stop_instance_before_detaching = true
}
