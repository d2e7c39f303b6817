output "security_group_id" {
  value = aws_security_group.service.id
}

output "ecr_repository_arn" {
  value = aws_ecr_repository.this.arn
}

output "cluster_arn" {
  value = aws_ecs_cluster.this.arn
}

output "service_name" {
  value = aws_ecs_service.this.name
}

output "role_arns" {
  description = "what a task runs as: whoever deploys has to pass them"
  value       = [for role in aws_iam_role.this : role.arn]
}

output "url" {
  value = "${lower(aws_lb_listener.this.protocol)}://${aws_lb.this.dns_name}"
}
