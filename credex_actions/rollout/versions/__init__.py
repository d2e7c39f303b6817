"""Which versions of Neo4j there are, by sources that agree, and which of them a database may be updated to."""
