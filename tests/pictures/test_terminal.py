"""The picture of a terminal in the README: what it shows is what is printed today."""

import pytest

from credex_actions.sandbox import Sandbox
from tests.pictures.terminal import STORED, lasting, transcript

pytestmark = [pytest.mark.slow]


def test_the_picture_shows_what_is_printed() -> None:
    """If not: python -m tests.pictures.terminal, then script/generate."""
    with Sandbox() as sandbox:
        assert lasting(transcript(sandbox)) == lasting(STORED.read_text())
