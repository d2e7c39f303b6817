"""What is neglected in a repository: its dependencies, its workflows, its documents."""
