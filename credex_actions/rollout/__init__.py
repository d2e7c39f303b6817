"""The AMI of the databases that neo4j.yml names: the newest version found, an image built and proven."""
