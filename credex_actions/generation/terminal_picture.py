"""What a command printed, as a picture for the README: SVG, drawn by rich; nothing in it is loaded from elsewhere.

A picture in a README can neither be scrolled nor ask for a font: lines are wrapped, and the reader's own monospaced font is stretched to its width.
"""

import re
from html import escape
from io import StringIO
from typing import Final

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

COLUMNS: Final = 122
STYLES: Final = {
    r"^\$ .*": "bold",
    r"^ok ": "green",
    r"^error: rolled back": "bold red",
    r"^State:": "bold yellow",
    r"^\d\d?:\d\d(:\d\d)? ": "cyan",
    r"^ {14}Error: .*": "red",
}
FOLDED: Final = re.compile(r"(?:^ok .*\n)+", re.MULTILINE)
"""Checks that found nothing."""
FORMAT: Final = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>TITLE</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: {char_height}px }}
{styles}
</style>
<defs>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def drawn(printed: str, title: str) -> str:
    """`title`: what somebody hears who does not see it."""
    console = Console(width=COLUMNS, record=True, file=StringIO(), force_terminal=True, color_system="truecolor", legacy_windows=False)
    for line in FOLDED.sub("ok      …\n", printed).rstrip("\n").split("\n"):
        text = Text(line)
        for pattern, style in STYLES.items():
            text.highlight_regex(pattern, style)
        console.print(text, highlight=False)
    svg = console.export_svg(title="", theme=SVG_EXPORT_THEME, code_format=FORMAT, unique_id="terminal").replace("TITLE", escape(title))
    return re.sub(r"[ \t]+$", "", svg.replace("</text><", "</text>\n<"), flags=re.MULTILINE)
