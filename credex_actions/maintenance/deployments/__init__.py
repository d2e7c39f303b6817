"""How often, how fast and how well is deployed, and what waits."""
