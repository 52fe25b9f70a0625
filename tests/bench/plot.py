# SPDX-License-Identifier: Apache-2.0
"""Bars of the ratios that channels.py has measured, with their spread, as SVG."""
from xml.sax.saxutils import escape

COLOURS = {"direct": "#1f5fa8", "direct batch 32": "#12355f", "direct lossy batch 32": "#6f9fd0", "trusting twin": "#8a8a8a",
           "trusting twin batch 32": "#5a5a5a", "ck_ring": "#b05a00", "boost spsc_queue": "#b3202a", "rte_ring": "#3a7d34",
           "rte_ring burst 32": "#1f4f1b", "pipe": "#9a7fb0", "AF_UNIX seqpacket": "#6a4f80"}
BAR, GAP, HEIGHT, LEFT, TOP = 9, 14, 220, 50, 40
MOST = {"trip": 8.0, "way": 2.0}              # higher bars are cut
HEADS = {"trip": "round trip / flag round trip (less is better)", "way": "throughput / bulk copy (more is better)"}


def bar(x, base, figure, most, colour, title):
    ratio = figure["ratio"]
    height = {k: min(ratio[k], most) / most * HEIGHT for k in ("median", "low", "high")}
    middle = x + BAR / 2
    low, high = (f"{base - height[k]:.1f}" for k in ("low", "high"))
    return (f'<rect x="{x}" y="{base - height["median"]:.1f}" width="{BAR - 1}" height="{height["median"]:.1f}" '
            f'fill="{colour}"><title>{escape(title)}: {ratio["median"]:.2f}</title></rect>'
            f'<line x1="{middle}" x2="{middle}" y1="{low}" y2="{high}" stroke="#000"/>')


def panel(figures, where, kind, top):
    """The panel's elements and its width."""
    base, most, x, out = top + HEIGHT, MOST[kind], LEFT, []
    out.append(f'<text x="{LEFT}" y="{top - 8}" font-weight="bold">{HEADS[kind]}, CPUs {where}</text>')
    for size in sorted({key[2] for key in figures if key[:2] == (where, kind)}):
        begin = x
        for name, colour in COLOURS.items():
            if (where, kind, size, name) in figures:
                out.append(bar(x, base, figures[where, kind, size, name], most, colour, f"{name}, {size} B"))
                x += BAR
        out.append(f'<text x="{(begin + x) / 2:.0f}" y="{base + 14}" text-anchor="middle">{size} B</text>')
        x += GAP
    for step in range(5):
        y = base - HEIGHT * step / 4
        out.append(f'<line x1="{LEFT - 4}" x2="{x}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc" stroke-width="0.5"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * step / 4:g}</text>')
    return out, x


def plot(figures, places):
    body, width, top = [], 0, TOP
    for where in places:
        for kind in ("trip", "way"):
            elements, right = panel(figures, where, kind, top)
            body += elements
            width, top = max(width, right), top + HEIGHT + 60
    for i, (name, colour) in enumerate(COLOURS.items()):
        body.append(f'<rect x="{width + 20}" y="{TOP + 18 * i}" width="12" height="12" fill="{colour}"/>'
                    f'<text x="{width + 38}" y="{TOP + 10 + 18 * i}">{escape(name)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 220}" height="{top}" font-family="sans-serif" '
            f'font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n")
