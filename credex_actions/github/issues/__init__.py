"""One issue of a repository that says how something stands, and is kept up to date."""
