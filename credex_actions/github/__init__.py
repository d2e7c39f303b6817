"""What the suite knows about GitHub: who we are there, its REST API, dispatches, runs and their logs, promotion by pull request."""
