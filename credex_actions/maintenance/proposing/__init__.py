"""Pull requests for what a file of the repository can fix: small, one for each kind. What was refused once is not proposed again."""
