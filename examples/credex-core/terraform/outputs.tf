output "instances" {
  description = "by role: the instance and its data volume"
  value       = { for role, database in module.neo4j : role => { instance = database.instance_id, volume = database.volume_id } }
}

output "user_data" {
  description = "by role: what a first boot is told. The file of databases.NAME.user-data in neo4j.yml"
  value       = { for role, database in module.neo4j : role => database.user_data }
}

output "service_url" {
  value = module.service.url
}

output "roles" {
  description = "for the repository's variables DEVELOPMENT_DEPLOY_ROLE, DEVELOPMENT_BUILD_ROLE, DEVELOPMENT_PLAN_ROLE …, ROTATION_ROLE, BACKUP_ROLE, NEO4J_PLAN_ROLE, NEO4J_ROLLOUT_ROLE, MAINTENANCE_ROLE, and for terraform.yml"
  value       = module.delivery.role_arns
}

output "backup_vault" {
  value = module.backups.vault_name
}
