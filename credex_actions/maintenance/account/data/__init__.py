"""Checks of what is kept: buckets, secrets, parameters."""
