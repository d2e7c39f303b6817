"""A run that several machines divide: what each of them has seen is a file, from which one makes the report."""
