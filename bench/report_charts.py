"""The pictures of bench/report.html: SVG that takes its colours from the page's style sheet (classes c0, c1, ...)."""
import html
import math

WIDTH = 760


def short(x):
    """Three digits, no exponent: 0.0123, 1.23, 12.3, 1234."""
    if x == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(x))))
    return f"{x:.{digits}f}"


def text(x, y, words, anchor="start", kind="soft", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}"{extra}>{html.escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def svg(height, label, parts):
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{html.escape(label)}">\n' +
            "\n".join(parts) + "\n</svg>\n")


def legend(names, y=14, x=56):
    """One line of coloured squares with names; names is a list of (class, name)."""
    parts = []
    for kind, name in names:
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" rx="2" class="{kind}"/>')
        parts.append(text(x + 15, y, name))
        x += 34 + 7 * len(name)
    return parts


def byte_text(x):
    """1 kB, 100 MB"""
    for unit in ("B", "kB", "MB", "GB"):
        if x < 1000 or unit == "GB":
            return f"{x:g} {unit}"
        x /= 1000


class LogAxes:
    """Two logarithmic axes with whole decades, and the frame around them."""

    def __init__(self, xs, ys, height, x_label, y_label, x_text="{:g}".format):
        self.left, self.right, self.top, self.bottom = 56, WIDTH - 28, 30, height - 44
        self.x_range, self.y_range = self.decades(xs), self.decades(ys)
        self.parts = []
        for place, (low, high), at in ((0, self.x_range, self.x), (1, self.y_range, self.y)):
            for k in range(low, high + 1):
                if place == 0:
                    self.parts.append(line(at(10.0 ** k), self.top, at(10.0 ** k), self.bottom, "grid"))
                    self.parts.append(text(at(10.0 ** k), self.bottom + 16, x_text(10.0 ** k), "middle"))
                else:
                    self.parts.append(line(self.left, at(10.0 ** k), self.right, at(10.0 ** k), "grid"))
                    self.parts.append(text(self.left - 6, at(10.0 ** k) + 4, f"{10.0 ** k:g}", "end"))
        self.parts.append(text((self.left + self.right) / 2, self.bottom + 34, x_label, "middle"))
        middle = (self.top + self.bottom) / 2
        self.parts.append(text(14, middle, y_label, "middle", extra=f' transform="rotate(-90 14 {middle:.1f})"'))

    @staticmethod
    def decades(values):
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        return low, max(high, low + 1)

    def x(self, value):
        low, high = self.x_range
        return self.left + (math.log10(value) - low) / (high - low) * (self.right - self.left)

    def y(self, value):
        low, high = self.y_range
        return self.bottom - (math.log10(value) - low) / (high - low) * (self.bottom - self.top)

    def point(self, x, y, kind, title):
        return (f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{3 if kind == "peer" else 4.5}" '
                f'class="{kind}"><title>{html.escape(title)}</title></circle>')


def roofline(points, peak, bandwidth, names, threads):
    """points: (flop/B, GFLOP/s, class, title). The roofs are the peak and what the bandwidth allows."""
    axes = LogAxes([p[0] for p in points] + [peak / bandwidth], [p[1] for p in points] + [peak], 420,
                   "useful operations a byte that has to move (flop/B)", "useful GFLOP/s")
    first = 10.0 ** axes.x_range[0]
    last = 10.0 ** axes.x_range[1]
    lowest = max(first, 10.0 ** axes.y_range[0] / bandwidth)
    ridge = min(max(peak / bandwidth, lowest), last)
    parts = axes.parts + legend(names)
    parts.append(line(axes.x(lowest), axes.y(lowest * bandwidth), axes.x(ridge), axes.y(ridge * bandwidth), "roof"))
    parts.append(line(axes.x(ridge), axes.y(peak), axes.right, axes.y(peak), "roof"))
    roofs = f"roofs: copy {short(bandwidth)} GB/s, multiply-adds {short(peak)} GFLOP/s"
    parts.append(text(axes.right, 14, roofs, "end", "ink"))
    parts += [axes.point(*p) for p in sorted(points, key=lambda p: p[2] != "peer")]
    return svg(420, f"Roofline at {threads} threads", parts)


def bandwidths(points, copy, names, threads):
    """points: (bytes a call, GB/s, class, title), and the copy's bandwidth as a roof."""
    axes = LogAxes([p[0] for p in points], [p[1] for p in points] + [copy], 330, "what a call moves", "GB/s", byte_text)
    parts = axes.parts + legend(names)
    parts.append(line(axes.left, axes.y(copy), axes.right, axes.y(copy), "roof"))
    parts.append(text(axes.right, 14, f"line: copy {short(copy)} GB/s", "end", "ink"))
    parts += [axes.point(*p) for p in points]
    return svg(330, f"Bandwidth at {threads} threads", parts)


def bars(rows, names, unit):
    """Horizontal bars; rows: (label, [(class, value)]). The pieces of a bar stand one after the other."""
    longest = max(sum(v for _, v in pieces) for _, pieces in rows) or 1
    left = 14 + 6.6 * max(len(label) for label, _ in rows)
    scale = (WIDTH - left - 80) / longest
    y = 30 if names else 6
    parts = legend(names, x=left) if names else []
    for label, pieces in rows:
        parts.append(text(left - 8, y + 13, label, "end", "ink"))
        x = left
        for kind, value in pieces:
            title = next((n for k, n in names if k == kind), label)
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{max(value * scale, 0):.1f}" height="17" class="{kind}">'
                         f'<title>{html.escape(f"{title}: {short(value)} {unit}")}</title></rect>')
            x += value * scale
        parts.append(text(x + 6, y + 13, f"{short(sum(v for _, v in pieces))} {unit}"))
        y += 23
    return svg(y + 6, "bars", parts)
