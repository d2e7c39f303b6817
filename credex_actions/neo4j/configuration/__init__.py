"""neo4j.yml: which databases there are, where each runs and keeps its data, and how they are backed up and rolled."""
