# Terraform, or OpenTofu, from 1.11: passwords are written without ever being in a plan or a state (write-only attributes).
terraform {
  required_version = ">= 1.11.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # -backend-config=environments/backend.hcl -backend-config=key=credex-core/ENVIRONMENT.tfstate
  backend "s3" {
    encrypt      = true
    use_lockfile = true
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
