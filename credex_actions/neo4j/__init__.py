"""Neo4j databases: what identifies one, what is in it, and how they are configured."""
