"""One GitHub issue that says what is to be decided, and is kept up to date."""
