"""The sandbox for the tests of other repositories: a plug-in of pytest (`plugin`), and a repository's own pipeline in the sandbox (`pipeline`)."""
