variable "environment" {
  description = "development, staging or production: as in GitHub's environments, and in all names"
  type        = string

  validation {
    condition     = contains(["development", "staging", "production"], var.environment)
    error_message = "The environment is development, staging or production."
  }
}

variable "region" {
  type    = string
  default = "af-south-1"
}

variable "network" {
  description = "ids of the VPC and its subnets; private ones reach AWS's services through a NAT gateway or endpoints (ssm, ssmmessages, ec2messages, logs, monitoring)"
  type = object({
    vpc_id             = string
    private_subnet_ids = list(string)
    public_subnet_ids  = list(string)
  })
}

variable "databases" {
  description = "by role, as in neo4j.yml; the image is pinned, so that no newer one replaces an instance by itself"
  type = map(object({
    ami           = string
    instance_type = string
    data_gib      = number
    subnet        = number # which of the private subnets: a volume cannot leave its Availability Zone
  }))

  validation {
    condition     = alltrue([for role in keys(var.databases) : contains(["LedgerSpace", "SearchSpace"], role)])
    error_message = "The roles are LedgerSpace and SearchSpace."
  }
}

variable "protect_instances" {
  description = "no instance of a database can be terminated through the API until this is false"
  type        = bool
  default     = true
}

variable "certificate_arn" {
  description = "certificate of the load balancer; null serves plain HTTP, for a sandbox"
  type        = string
  default     = null
}

variable "desired_count" {
  description = "number of tasks when the service is created; afterwards it is the service's own"
  type        = number
  default     = 1
}

variable "log_retention_days" {
  type    = number
  default = 90
}

variable "backup_retention_days" {
  type    = number
  default = 35
}

variable "repository" {
  description = "OWNER/NAME of the repository whose workflows may assume the roles"
  type        = string
  default     = "Great-Sun-Group/credex-core"
}

variable "branch" {
  description = "branch that is deployed to this environment"
  type        = string
}

variable "default_branch" {
  description = "default branch of the repository, on which GitHub runs what is scheduled"
  type        = string
  default     = "dev"
}

variable "create_identity_provider" {
  description = "true in the one environment of an account that creates GitHub's identity provider"
  type        = bool
  default     = true
}

variable "state_bucket" {
  description = "bucket of the backend, for the role that plans"
  type        = string
  default     = "credex-terraform-state"
}

variable "alarm_emails" {
  description = "who is told of alarms"
  type        = list(string)
  default     = []
}
