# SPDX-License-Identifier: Apache-2.0
"""Bars with their spread, in groups, in panels one below the other, as SVG."""
from xml.sax.saxutils import escape

BAR, GAP, HEIGHT, LEFT, TOP = 9, 14, 220, 50, 40


def bar(x, base, figure, most, colour, title):
    height = {k: min(figure[k], most) / most * HEIGHT for k in ("median", "low", "high")}
    middle = x + BAR / 2
    low, high = (f"{base - height[k]:.1f}" for k in ("low", "high"))
    return (f'<rect x="{x}" y="{base - height["median"]:.1f}" width="{BAR - 1}" height="{height["median"]:.1f}" '
            f'fill="{colour}"><title>{escape(title)}: {figure["median"]:.2f}</title></rect>'
            f'<line x1="{middle}" x2="{middle}" y1="{low}" y2="{high}" stroke="#000"/>')


def panel(head, most, groups, colours, top):
    """The panel's elements and its width."""
    base, x, out = top + HEIGHT, LEFT, []
    out.append(f'<text x="{LEFT}" y="{top - 8}" font-weight="bold">{escape(head)}</text>')
    for label, figures in groups:
        begin = x
        for name, colour in colours.items():
            if name in figures:
                out.append(bar(x, base, figures[name], most, colour, f"{name}, {label}"))
                x += BAR
        out.append(f'<text x="{(begin + x) / 2:.0f}" y="{base + 14}" text-anchor="middle">{escape(label)}</text>')
        x += GAP
    for step in range(5):
        y = base - HEIGHT * step / 4
        out.append(f'<line x1="{LEFT - 4}" x2="{x}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc" stroke-width="0.5"/>'
                   f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{most * step / 4:g}</text>')
    return out, x


def plot(panels, colours):
    """`panels`: (head, most, groups); higher bars than `most` are cut. A group is its label and {name: {median, low, high}},
    with the names of `colours`."""
    body, width, top = [], 0, TOP
    for head, most, groups in panels:
        elements, right = panel(head, most, groups, colours, top)
        body += elements
        width, top = max(width, right), top + HEIGHT + 60
    for i, (name, colour) in enumerate(colours.items()):
        body.append(f'<rect x="{width + 20}" y="{TOP + 18 * i}" width="12" height="12" fill="{colour}"/>'
                    f'<text x="{width + 38}" y="{TOP + 10 + 18 * i}">{escape(name)}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 220}" height="{top}" font-family="sans-serif" '
            f'font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n")
