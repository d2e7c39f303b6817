"""Which checks there are: their names, what each looks for, and what can be set about it."""
