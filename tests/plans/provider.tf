terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

# No call leaves this machine: nothing is refreshed, and the provider checks nothing.
provider "aws" {
  region                      = "af-south-1"
  access_key                  = "not-a-key"
  secret_key                  = "not-a-secret"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
}
