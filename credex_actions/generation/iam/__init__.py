"""What each action may do: `grant` is a line of the table, `of_*` the table, `page` draws it. The tests hold it against the calls that the sandbox recorded."""
