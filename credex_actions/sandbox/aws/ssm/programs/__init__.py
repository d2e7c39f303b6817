"""Stand-ins for what is installed on an instance. They run in the sandbox's process; what a script starts only passes its words on."""
