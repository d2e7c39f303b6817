output "instances" {
  description = "by role: the instance and its data volume"
  value       = { for role, database in module.neo4j : role => { instance = database.instance_id, volume = database.volume_id } }
}

output "service_url" {
  value = module.service.url
}

output "roles" {
  description = "for the repository's variables DEVELOPMENT_DEPLOY_ROLE …, BUILD_ROLE, PLAN_ROLE, and for terraform.yml"
  value       = module.delivery.role_arns
}

output "backup_vault" {
  value = module.backups.vault_name
}
