"""The report: what was found, what is new, solved or accepted; as JSON, Markdown, a page, SARIF and lines in a terminal."""
