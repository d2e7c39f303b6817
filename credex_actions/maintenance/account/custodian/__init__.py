"""Policies of Cloud Custodian that a team has written itself."""
