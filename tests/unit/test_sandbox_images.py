"""An image's name says how its containers behave."""

import pytest

from credex_actions.sandbox.aws.ecs.images import Behaviour, behaviour_of

REPOSITORY = "123456789012.dkr.ecr.af-south-1.amazonaws.com/team/app"

NAMES: dict[str, tuple[str, Behaviour]] = {
    "an ordinary image listens and stays": ("1.0.0", Behaviour()),
    "crash exits 1 with a trace": ("crash-2", Behaviour(exits=1, trace=True)),
    "fails-after waits first": ("v2-fails-after-60s", Behaviour(exits=1, exits_after=60, trace=True)),
    "exit gives the code": ("exit-3", Behaviour(exits=3)),
    "exit may wait": ("exit-3-after-0.5s", Behaviour(exits=3, exits_after=0.5)),
    "a job ends well and does not listen": ("job-2s", Behaviour(exits=0, exits_after=2, listens=False)),
    "unhealthy never gets well": ("unhealthy", Behaviour(healthy=False)),
    "unhealthy-after is well at first": ("unhealthy-after-2s", Behaviour(unhealthy_after=2)),
    "slow-start takes its time": ("slow-start-5s", Behaviour(healthy_after=5)),
    "not-listening does not listen": ("not-listening", Behaviour(listens=False)),
    "ignores-sigterm is killed": ("ignores-sigterm", Behaviour(stopped_code=137)),
    "words may be combined": ("slow-start-5s-crash", Behaviour(healthy_after=5, exits=1, trace=True)),
    "a word inside another word is none": ("crashed-exit-code-jobs-roomy", Behaviour()),
}


@pytest.mark.parametrize(("tag", "behaviour"), NAMES.values(), ids=NAMES)
def test_names(tag: str, behaviour: Behaviour) -> None:
    assert behaviour_of(f"{REPOSITORY}:{tag}") == behaviour


def test_the_name_of_the_repository_counts_but_not_its_folders() -> None:
    assert behaviour_of("registry/crash/app:1").exits is None
    assert behaviour_of("registry/app-crash:1").exits == 1


def test_extra_words_replace_those_of_the_image() -> None:
    assert behaviour_of(f"{REPOSITORY}:crash", "exit-4") == Behaviour(exits=4)


def test_a_digest_says_nothing() -> None:
    assert behaviour_of(f"{REPOSITORY}@sha256:{'0' * 64}") == Behaviour()


def test_health_changes_with_age() -> None:
    behaviour = Behaviour(healthy_after=1, unhealthy_after=3)
    assert [behaviour.is_well(age) for age in (0.5, 1, 2.9, 3)] == [False, True, True, False]
