"""How a person hears that a running sandbox could not do something."""


class RefusedError(Exception):
    """The sandbox could not do what was asked; the message says why."""
