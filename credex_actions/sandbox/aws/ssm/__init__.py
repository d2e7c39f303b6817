"""Systems Manager's ways to an instance: commands that run in its folder, and sessions that forward a port."""
