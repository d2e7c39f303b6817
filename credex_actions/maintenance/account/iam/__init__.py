"""Checks of who is allowed what: users, their passwords and keys, policies, roles."""
