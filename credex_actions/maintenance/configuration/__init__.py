"""maintenance.yml: where to look, how strict each check is, and what was accepted until when."""
