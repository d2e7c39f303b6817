"""Who calls: access keys that have to be right, that take their time to work everywhere, and callers who may not do everything."""
