"""What a person is to do after something was done, as a value."""

from typing import NamedTuple


class Advice(NamedTuple):
    """`code`: what is to be written or run, "" without any."""

    says: str
    code: str = ""
    language: str = ""
