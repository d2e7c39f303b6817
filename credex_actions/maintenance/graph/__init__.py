"""What is neglected in a database: backups, space, memory, versions, slow queries."""
