output "instance_id" {
  value = aws_instance.this.id
}

output "volume_id" {
  value = aws_ebs_volume.data.id
}

output "security_group_id" {
  value = aws_security_group.this.id
}

output "user_data" {
  value = local.user_data
}
