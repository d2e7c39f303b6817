"""Checks of what EC2 has: instances, volumes and their snapshots, images, addresses, security groups."""
