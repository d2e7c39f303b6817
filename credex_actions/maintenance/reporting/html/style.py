"""The page's style: light and dark, on a desk and on a telephone, on paper."""

from typing import Final

STYLE: Final = """\
:root{color-scheme:light dark;--back:#fff;--text:#1b1f24;--soft:#59636e;--line:#d1d9e0;--box:#f6f8fa;--high:#b3261e;--medium:#8a5a00;--low:#0b57a4;--good:#1a6b32;--bar:#3b6fb6}
@media(prefers-color-scheme:dark){:root{--back:#0f1419;--text:#e6e9ec;--soft:#9aa4af;--line:#333c46;--box:#182027;--high:#ff8a80;--medium:#f0b84b;--low:#79b8ff;--good:#6fce86;--bar:#6ea4ea}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:1.25rem;font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back);overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.2rem;margin:2.25rem 0 .75rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.25rem 0 .5rem}
p,ul{margin:.5rem 0}
ul{padding-left:1.25rem}
a{color:inherit}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;color:var(--soft)}
.soft{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:1rem 0}
.tile{padding:.75rem;border:1px solid var(--line);border-radius:.5rem;background:var(--box)}
.tile b{display:block;font-size:1.6rem;line-height:1.2}
details{border:1px solid var(--line);border-left:.3rem solid var(--low);border-radius:.4rem;margin:.4rem 0;padding:.5rem .75rem}
details.high{border-left-color:var(--high)}
details.medium{border-left-color:var(--medium)}
details.good{border-left-color:var(--good)}
summary{cursor:pointer}
summary .soft{display:block;font-size:.9rem}
h3.high{color:var(--high)}
h3.medium{color:var(--medium)}
h3.low{color:var(--low)}
.new{color:var(--good);font-weight:600}
dl{display:grid;grid-template-columns:6rem 1fr;gap:.25rem .75rem;margin:.5rem 0}
dt{color:var(--soft)}
dd{margin:0;white-space:pre-wrap}
code,pre{font:.875rem/1.45 ui-monospace,monospace}
pre{margin:0;padding:.5rem;background:var(--box);border-radius:.3rem;white-space:pre-wrap}
figure{margin:1rem 0;padding:.75rem;border:1px solid var(--line);border-radius:.5rem}
figcaption{font-weight:600;margin-bottom:.5rem}
.bars{display:grid;grid-template-columns:minmax(6rem,14rem) minmax(6rem,1fr) fit-content(10rem);gap:.3rem .75rem;align-items:center}
.bars svg{width:100%;height:.9rem;display:block}
.bars .value{text-align:right;font-variant-numeric:tabular-nums}
.plot{display:grid;grid-template-columns:fit-content(7rem) minmax(6rem,1fr);gap:.25rem .5rem}
.plot svg{width:100%;height:11rem;display:block;border-left:1px solid var(--line);border-bottom:1px solid var(--line)}
.axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.875rem}
.axis.up{flex-direction:column;text-align:right}
.axis.along{grid-column:2}
rect{fill:var(--bar)}
polyline{fill:none;stroke:var(--bar);stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}
@media(max-width:34rem){body{padding:.85rem}dl{grid-template-columns:1fr}dt{margin-top:.4rem}.bars{grid-template-columns:minmax(6rem,1fr) fit-content(9rem)}.bars .label{grid-column:1/-1;margin-top:.35rem}}
@media print{body{max-width:none}details{break-inside:avoid}}
"""
