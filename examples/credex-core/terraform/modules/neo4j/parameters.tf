resource "aws_ssm_parameter" "url" {
  name  = "${var.parameter_prefix}_bolt_url"
  type  = "String"
  value = "bolt://${aws_instance.this.private_ip}:7687"
}

resource "aws_ssm_parameter" "user" {
  name  = "${var.parameter_prefix}_user"
  type  = "String"
  value = "neo4j"

  lifecycle {
    ignore_changes = [value] # rotation alternates between two users
  }
}

# Drawn when it is written, and in no plan and no state. Rotation writes later ones (rotation.yml), which Terraform does not see.
ephemeral "aws_secretsmanager_random_password" "initial" {
  password_length     = 40
  exclude_punctuation = true
}

resource "aws_ssm_parameter" "password" {
  name             = local.password_parameter
  type             = "SecureString"
  value_wo         = ephemeral.aws_secretsmanager_random_password.initial.random_password
  value_wo_version = 1

  lifecycle {
    prevent_destroy = true
  }
}
