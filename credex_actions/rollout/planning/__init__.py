"""The plan of a roll-out: what it would change, in which order, and what it rests on."""
