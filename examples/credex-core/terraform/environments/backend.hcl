bucket = "credex-terraform-state"
region = "af-south-1"
