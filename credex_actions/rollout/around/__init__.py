"""What happens around the swap of an instance: writes are stopped before, its address, its service and its health are seen to after it."""
