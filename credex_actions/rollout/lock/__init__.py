"""The lock of an environment: one roll-out at a time. It is one SSM parameter, whose versions AWS numbers."""
