"""CloudWatch Logs' filter patterns: what the service refuses is refused, what it matches is matched. moto takes any text, and most of them match all."""
