"""Checks of what serves: ECS services, load balancers, container images; and what they name, so that it is in use."""
