"""User data: what an instance's first boot is told, neo4j.conf included. From neo4j.yml onto the instance, and back."""
