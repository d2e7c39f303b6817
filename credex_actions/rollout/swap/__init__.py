"""One database moved to another AMI: its root volume is replaced, its instance, its address and its data volume stay."""
