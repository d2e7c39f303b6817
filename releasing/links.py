"""Links of a release's pages: what they name that is not part of the release, such as the documentation, is at the commit that it was built from."""

import posixpath
import re
from collections.abc import Collection
from typing import Final

LINK: Final = re.compile(r"(?<=\]\()(?![a-z]+:|#|/)([^)#\s]+)(#[^)\s]*)?(?=\))")


def at_source(text: str, page: str, present: Collection[str], source: str) -> str:
    """`page`: its path. `present`: the files of the release. `source`: the address of the commit's files."""

    def moved(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), link[1]))
        inside = path in present or any(each.startswith(f"{path}/") for each in present)
        return link[0] if inside else f"{source}/{path}{link[2] or ''}"

    return LINK.sub(moved, text)
