"""An account that nobody has looked after for a year: what is to be found in it, and what looks like it and is well."""
