"""Instances that live as long as the run that launches them: of drills, builds and rehearsals. Launched, looked at, leased, and removed until nothing is left."""
