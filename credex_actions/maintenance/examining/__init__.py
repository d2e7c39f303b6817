"""The checks: planned by the configuration, run side by side, and what they returned brought together."""
