"""Takes a backup of one database."""
