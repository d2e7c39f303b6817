"""What a team would review by hand, as checks: of its accounts, databases, Terraform, repository, logs and deployments."""
