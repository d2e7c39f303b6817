"""The data of a database, moved from the root volume of its instance to a volume of its own."""
