"""The Neo4j databases that neo4j.yml names: found in AWS, logged in to, and reached."""
