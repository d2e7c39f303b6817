"""EC2 instances, and the ways of Systems Manager (SSM) to them: commands, and sessions that forward a port."""
