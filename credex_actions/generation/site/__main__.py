"""python -m credex_actions.generation.site FOLDER: writes pages and configuration of the site into a new folder, for `zensical build`."""

import shutil
import sys
from pathlib import Path

from credex_actions.generation.site.navigation import as_toml, navigation
from credex_actions.generation.site.pages import texts

ROOT = Path(__file__).resolve().parents[3]


def main(folder: Path) -> None:
    pages = texts(ROOT)
    shutil.copytree(ROOT / "docs", folder / "pages", ignore=shutil.ignore_patterns("*.md", "*.toml"))
    for path, text in pages.items():
        target = folder / "pages" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    configuration = (ROOT / "docs" / "zensical.toml").read_text()
    (folder / "zensical.toml").write_text(configuration.replace("[project]\n", f"[project]\nnav = {as_toml(navigation(pages))}\n", 1))


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except ValueError as error:
        sys.exit(str(error))
