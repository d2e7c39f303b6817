"""Restores a backup to a scratch instance, proves what it holds, and removes the instance."""
