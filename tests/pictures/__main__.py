"""python -m tests.pictures FOLDER    puts a picture of each sample, at each width, into FOLDER."""

import sys
from pathlib import Path

from tests.pictures.browser import looks
from tests.pictures.samples import SAMPLES
from tests.pictures.test_standing_pages import stands

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for look in looks({name: make() for name, make in SAMPLES.items()}, folder):
    print(f"{folder / look.name}-{look.width}.png  {look.head}")
for stand in stands(folder, folder):
    print(f"{folder / stand.name}-{stand.width}{'-dark' if stand.dark else ''}.png  {stand.head}")
