"""What log groups have to say: new patterns of errors, and what they cost."""
