"""What can be an image's name, by the grammar of Docker's references, and what is said of that which cannot."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credex_actions.ecs.definition.rules.image_names import doubt

DIGEST = f"sha256:{'0a' * 32}"
NAMES = [
    "web",
    "nginx:1",
    "team/app@" + DIGEST,
    "team/app:2@" + DIGEST,
    "public.ecr.aws/nginx/nginx:1.27-alpine",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:4f2a_b.c-d",
    "840364872350.dkr.ecr.us-west-2.amazonaws.com/aws-appmesh-envoy:v1.15.0.0-prod",
    "mcr.microsoft.com/windows/servercore/iis",
    "localhost:5000/a/b",
    "registry:443/a",
    "[2001:db8::1]:5000/a:1",
    "gcr.io/k8s__x/a-b_c--d.e",
    "REGISTRY/app:1",  # a host without a domain may be written so
]
NO_NAMES = {
    "": "is empty",
    " ": "is empty",
    "ghcr.io/Acme/Api:2": "upper-case",
    "Acme/Api": "upper-case",
    "registry.example.com/api: 2": "a space",
    "***.dkr.ecr.eu-west-1.amazonaws.com/api:2": "masked",
    "/web:2": "an empty part",
    "repo:": "an empty part",
    "a//b": "an empty part",
    "r.example.com/:2": "an empty part",
    "a:1@": "an empty part",
    "$REG/app:$SHA": "not replaced",
    "{{IMAGE}}": "not replaced",
    "<image>": "not replaced",
    "b:2\nb:edge": "more than one image",
    "b:2,b:edge": "more than one image",
    "'b:2'": "quotes",
    "http://r.example.com/b:2": "like a URL",
    "team/app@sha256:12ab": "an invalid digest",
    "team/app@" + DIGEST.upper(): "an invalid digest",
    "team/app:feature/x": "a slash in its tag",
    "a:b:c": "an invalid tag",
    "a:-b": "an invalid tag",
    "a:" + "x" * 129: "an invalid tag",
    "a..b/c": "not an image name",
    "-a/b": "not an image name",
    "r.example.com:port/b": "not an image name",
    "é.example.com/b": "not an image name",
}


@pytest.mark.parametrize("image", NAMES)
def test_what_a_registry_could_have_is_let_through(image: str) -> None:
    assert doubt(image) is None


@pytest.mark.parametrize(("image", "why"), NO_NAMES.items())
def test_what_no_registry_could_have_is_told(image: str, why: str) -> None:
    found = doubt(image)
    assert found
    assert why in found.what
    assert found.hint


@given(st.text())
def test_any_text_is_judged(image: str) -> None:
    found = doubt(image)
    assert found is None or found.what


@pytest.mark.parametrize("piece", ["a", "a-", "a.", "/a", ":", "_", "@", "A/"])
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    started = time.process_time()
    doubt(piece * 50_000 + "!")
    assert time.process_time() - started < 1
