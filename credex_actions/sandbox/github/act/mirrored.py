"""A folder of actions as act gets it: act copies all of it for each step that uses one of them, so what need not be a file of its own is behind a link.

On GitHub, too, all steps of a job have one copy: what they find beside an action, and the byte code of it, is the same for all.
"""

import os
import shutil
from collections.abc import Set as AbstractSet
from pathlib import Path


def mirror(folder: Path, own: Path, open_folders: AbstractSet[Path]) -> None:
    """Makes `own`, which looks like `folder`. `open_folders`, by their paths in it, are folders there too, in which a file may be put in place of another's link."""
    own.mkdir(parents=True)
    inside = {path.parts[0] for path in open_folders if path.parts}
    for entry in folder.iterdir():
        target = own / entry.name
        if entry.name in inside:
            mirror(entry, target, {path.relative_to(entry.name) for path in open_folders if path.parts[:1] == (entry.name,)})
        elif entry.is_dir():
            target.symlink_to(entry.resolve(), target_is_directory=True)
        else:
            _link(entry, target)


def _link(source: Path, target: Path) -> None:
    """A hard link: act takes no symbolic one for the file of an action or a workflow."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
