"""Rehearses a roll-out: the new AMI on a clone of the newest backup, before the database in use is touched."""
