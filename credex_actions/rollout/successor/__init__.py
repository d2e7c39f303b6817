"""The second way to another AMI: a new instance takes the place of the old one, and gets its data volume."""
