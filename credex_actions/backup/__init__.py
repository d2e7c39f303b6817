"""Backups of the databases that neo4j.yml names: taken, restored on trial, listed, pruned."""
