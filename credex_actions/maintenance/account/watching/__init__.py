"""Checks of what watches: alarms and log groups."""
