"""What has to be true before a database is touched: each gate judges values that an edge has read, and says what it saw, why it is shut, and what to do."""
