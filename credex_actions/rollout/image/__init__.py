"""The AMI of a version: built once for each recipe, tested by starting it, kept and pruned."""
