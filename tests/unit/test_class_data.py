"""The archive of Neo4j's classes: made once for each Java, and never in the way of a start."""

from pathlib import Path

import pytest

from credex_actions.sandbox.neo4j.class_data import options


class Training:
    def __init__(self, error: BaseException | None = None, content: bytes = b"classes") -> None:
        self.error = error
        self.content = content
        self.asked: list[str] = []

    def __call__(self, option: str) -> None:
        self.asked.append(option)
        name, _, path = option.partition("=")
        assert name == "-XX:ArchiveClassesAtExit"
        if self.content:
            Path(path).write_bytes(self.content)
        if self.error:
            raise self.error


def test_it_is_made_once_for_each_java(tmp_path: Path) -> None:
    training = Training()
    first = options(tmp_path, "17", training)
    assert first == (f"-XX:SharedArchiveFile={tmp_path / '17.jsa'}", "-Xlog:disable")
    assert options(tmp_path, "17", training) == first
    assert options(tmp_path, "25", training) != first
    assert len(training.asked) == 2
    assert (tmp_path / "17.jsa").read_bytes() == b"classes"


@pytest.mark.parametrize("training", [Training(OSError("no space left")), Training(content=b"")], ids=["it fails", "it makes nothing"])
def test_what_cannot_be_made_is_not_tried_again(tmp_path: Path, training: Training) -> None:
    assert options(tmp_path, "17", training) == ()
    assert options(tmp_path, "17", training) == ()
    assert len(training.asked) == 1


def test_an_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        options(tmp_path, "17", Training(KeyboardInterrupt()))
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".jsa"] == []
    assert options(tmp_path, "17", Training())
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".making")] == []
