"""Put on the path of Python scripts that run on an instance of the sandbox."""
