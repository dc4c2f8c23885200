#!/usr/bin/env python3
"""Draws the pictures of docs/kernels.md as SVG files beside this script.

usage: python3 docs/figures/kernels.py
"""
import pathlib

FOLDER = pathlib.Path(__file__).parent
BLUE, ORANGE, GREEN, PURPLE, GREY = "#1565c0", "#e65100", "#2e7d32", "#6a1b9a", "#555"
LIGHT = {BLUE: "#e3f2fd", ORANGE: "#fff3e0", GREEN: "#e8f5e9", PURPLE: "#f3e5f5", GREY: "#eee"}
PHASES = [BLUE, ORANGE, GREEN, PURPLE]


class Picture:
    """A white page, so that it is readable on light and dark ones, with a title for those who cannot see it."""

    def __init__(self, name, height, title, width=760):
        self.name, self.width, self.height, self.title, self.parts, self.colors = name, width, height, title, [], set()

    def box(self, x, y, w, h, color=GREY, fill=None, line=1.2, dash=None, round_=0):
        fill = LIGHT[color] if fill is None else fill
        self.parts.append(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" fill="{fill}" stroke="{color}" '
                          f'stroke-width="{line:g}"' + (f' stroke-dasharray="{dash}"' if dash else "") +
                          (f' rx="{round_}"' if round_ else "") + "/>")

    def text(self, x, y, words, color="#222", size=14, anchor="start", bold=False):
        words = words.replace("&", "&amp;").replace("<", "&lt;")
        self.parts.append(f'<text x="{x:g}" y="{y:g}" fill="{color}" font-size="{size}"' +
                          (f' text-anchor="{anchor}"' if anchor != "start" else "") +
                          (' font-weight="bold"' if bold else "") + f">{words}</text>")

    def lines(self, x, y, words, color="#222"):
        """Lines of words, separated by |."""
        for n, line in enumerate(words.split("|")):
            self.text(x, y + 18 * n, line, color, 13)

    def middle(self, x, y, words, color="#222", size=14, bold=False):
        self.text(x, y, words, color, size, "middle", bold)

    def label(self, x, y, w, h, words, color=GREY, size=14):
        """A box with words in its middle."""
        self.box(x, y, w, h, color)
        self.middle(x + w / 2, y + h / 2 + 0.35 * size, words, color if color != GREY else "#222", size)

    def cells(self, x, y, rows, columns, side, color=GREY, fill=None, h=None, line=0.8):
        h = h or side
        self.box(x, y, columns * side, rows * h, color, fill, line)
        path = "".join(f"M{x + j * side:g} {y:g}v{rows * h:g}" for j in range(1, columns))
        path += "".join(f"M{x:g} {y + i * h:g}h{columns * side:g}" for i in range(1, rows))
        self.parts.append(f'<path d="{path}" stroke="{color}" stroke-width="{line:g}"/>')

    def line(self, x1, y1, x2, y2, color=GREY, width=1.5, arrow=False, dash=None):
        self.colors.add(color)
        self.parts.append(f'<path d="M{x1:g} {y1:g}L{x2:g} {y2:g}" stroke="{color}" stroke-width="{width:g}"' +
                          (f' stroke-dasharray="{dash}"' if dash else "") +
                          (f' marker-end="url(#a{color[1:]})"' if arrow else "") + "/>")

    def arrow(self, x1, y1, x2, y2, color=GREY):
        self.line(x1, y1, x2, y2, color, 1.5, True)

    def save(self):
        marks = "".join(f'<marker id="a{c[1:]}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
                        f'orient="auto"><path d="M0 0L8 4L0 8z" fill="{c}"/></marker>' for c in sorted(self.colors))
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="14">',
                 f"<title>{self.title}</title>", f"<defs>{marks}</defs>",
                 f'<rect width="{self.width}" height="{self.height}" rx="6" fill="#fff"/>', *self.parts, "</svg>"]
        (FOLDER / f"kernels-{self.name}.svg").write_text("\n".join(lines) + "\n")


def blocks():
    p = Picture("blocks", 350, "A block of C is computed from some rows of A and one panel of B, tile by tile")
    p.box(330, 30, 250, 100, GREY)  # B
    p.box(420, 30, 50, 100, GREEN)
    p.box(190, 140, 100, 180, GREY)  # A, as wide as B is high
    p.box(190, 200, 100, 60, ORANGE)
    p.box(330, 140, 250, 180, GREY)  # C
    for i in range(1, 3):
        p.line(330, 140 + 60 * i, 580, 140 + 60 * i, "#bbb", 0.8)
    p.box(420, 200, 50, 60, BLUE)
    p.box(420, 218, 50, 9, BLUE, BLUE)
    p.box(190, 218, 100, 9, ORANGE, ORANGE)
    p.middle(455 - 10, 80, "panel", GREEN, 13)
    p.text(310, 80, "B", anchor="end")
    p.text(180, 300, "A", anchor="end")
    p.text(592, 315, "C = A B")
    p.text(180, 252, "192 rows", ORANGE, 13, anchor="end")
    p.middle(445, 248, "block", BLUE, 13)
    p.text(592, 60, "64 columns of B, packed:", GREEN, 13)
    p.text(592, 78, "256 KiB, second-level", GREEN, 13)
    p.text(592, 96, "cache", GREEN, 13)
    p.text(592, 212, "tile, 6 × 64:", BLUE, 13)
    p.text(592, 230, "24 registers", BLUE, 13)
    p.line(588, 224, 474, 223, BLUE, 1)
    p.text(70, 100, "6 rows of A for one tile:", ORANGE, 13)
    p.text(70, 118, "24 KiB, first-level cache", ORANGE, 13)
    p.line(180, 124, 215, 216, ORANGE, 1)
    p.text(70, 342, "Sizes with AVX-512 and 1024 rows of B. A longer sum is cut into pieces of at most 1024.", GREY, 13)
    p.save()


def tile():
    p = Picture("tile", 330, "One step of a register tile: one row of B times six numbers of A")
    p.text(300, 28, "row l of the panel of B: 4 vectors of 16 numbers", GREEN, 13)
    for v in range(4):
        p.cells(300 + 104 * v, 38, 1, 16, 6, GREEN, h=26)
        p.box(300 + 104 * v, 38, 96, 26, GREEN, "none", 1.5)
        for i in range(6):
            p.cells(300 + 104 * v, 100 + 30 * i, 1, 16, 6, BLUE, h=24, line=0.5)
            p.box(300 + 104 * v, 100 + 30 * i, 96, 24, BLUE, "none", 1.5)
        p.arrow(348 + 104 * v, 66, 348 + 104 * v, 96, GREEN)
    p.text(30, 84, "six rows of A", ORANGE, 13)
    for i in range(6):
        p.cells(30, 100 + 30 * i, 1, 12, 14, ORANGE, h=24)
        p.box(30 + 5 * 14, 100 + 30 * i, 14, 24, ORANGE, ORANGE)
        p.arrow(206, 112 + 30 * i, 292, 112 + 30 * i, ORANGE)
    p.middle(107, 294, "number l", ORANGE, 13)
    p.line(107, 282, 107, 276, ORANGE, 1)
    p.middle(249, 90, "spread over", ORANGE, 12)
    p.middle(249, 104, "a vector", ORANGE, 12)
    p.text(300, 302, "24 sums in 24 registers. One step: 4 loads and 6 spread numbers", BLUE, 13)
    p.text(300, 319, "feed 24 instructions of 16 multiply-adds each.", BLUE, 13)
    p.save()


def packing():
    p = Picture("packing", 280, "Packing writes the rows of a panel behind each other")
    p.text(30, 28, "B as it lies in memory: row after row", GREY, 13)
    colors = [GREEN, PURPLE, ORANGE]
    for i in range(3):
        for j in range(10):
            p.label(30 + 34 * j, 38 + 30 * i, 34, 30, f"{i},{j}", colors[j // 4], 12)
    for k in range(3):
        p.middle([98, 234, 336][k], 146, f"panel {k}", colors[k], 13)
    p.lines(456, 62, "a tile reads rows of 4 columns:|in B they lie far apart, one|"
            "cache line and often one page|for each step")
    p.text(30, 184, "packed: panel after panel, in each of them row after row", GREY, 13)
    at = 30
    for k in range(3):
        for i in range(3):
            for j in range(4):
                column = 4 * k + j
                p.label(at, 194, 19.4, 30, f"{i},{column}" if column < 10 else "·", colors[k], 10)
                at += 19.4
            p.line(at, 194, at, 224, "#333", 2)
    p.arrow(30, 244, 725, 244, GREY)
    p.lines(30, 266, "A tile reads its panel from one end to the other. "
            "The last columns are filled up to whole vectors (· is 0).")
    p.save()


def gather():
    p = Picture("gather", 400, "What one output pixel needs are a few runs of x; border pixels share shorter lists")
    p.text(30, 28, "x: pixels of some channels each", GREY, 13)
    p.cells(30, 38, 6, 8, 26, GREY, "#fff")
    for i in range(4):
        p.box(30 + 26 * 2, 38 + 26 * (1 + i), 104, 26, PHASES[i])
    p.text(248, 70, "window of one result,", "#222", 13)
    p.text(248, 88, "kernel 4 × 4", "#222", 13)
    p.text(30, 222, "the same x in memory, row after row", GREY, 13)
    for r in range(6):
        p.box(30 + 118 * r, 244, 118, 26, GREY, "#fff")
        p.middle(30 + 118 * r + 59, 240, f"row {r}", GREY, 11)
        if 0 < r < 5:
            p.box(30 + 118 * r + 29.5, 244, 59, 26, PHASES[r - 1])
    for i in range(4):
        p.line(207 + 118 * i, 271, 75 + 90 * i, 323, PHASES[i], 1.2)
    p.text(30, 316, "row of A", GREY, 13)
    for i in range(4):
        p.label(30 + 90 * i, 324, 90, 28, f"run {i}", PHASES[i], 13)
    p.text(400, 336, "4 runs of 4 pixels with all their channels.", "#222", 13)
    p.text(400, 353, "A is not written: the tile jumps from run to run.", "#222", 13)
    p.lines(30, 384, "The list of runs is relative to the window's first pixel, "
            "so one list serves all pixels of a class.", GREY)
    p.text(470, 28, "y: nine classes (padding 1, stride 1)", GREY, 13)
    shade = [["#ffe0b2", "#e3f2fd", "#ffe0b2"], ["#e3f2fd", "#ffffff", "#e3f2fd"], ["#ffe0b2", "#e3f2fd", "#ffe0b2"]]
    for i in range(5):
        for j in range(7):
            a, b = (0 if i == 0 else 2 if i == 4 else 1), (0 if j == 0 else 2 if j == 6 else 1)
            p.box(470 + 24 * j, 38 + 26 * i, 24, 26, GREY, shade[a][b], 0.8)
    p.text(640, 62, "3 × 3 taps", ORANGE, 13)
    p.line(636, 58, 616, 52, ORANGE, 1)
    p.text(640, 118, "4 × 4 taps", "#222", 13)
    p.line(636, 114, 570, 114, GREY, 1)
    p.text(640, 92, "4 × 3 taps", BLUE, 13)
    p.line(636, 88, 616, 88, BLUE, 1)
    p.text(560, 196, "3 × 4 taps", BLUE, 13)
    p.line(556, 190, 545, 160, BLUE, 1)
    p.text(640, 178, "corners: each", ORANGE, 13)
    p.text(640, 194, "misses others", ORANGE, 13)
    p.save()


def trio():
    p = Picture("trio", 424, "Three operations, one product: rows gathered from a picture times another matrix")

    def row(y, name, a, b, c, note, heights, widths):
        p.text(24, y - 44, name, "#222", 15, bold=True)
        x = 24
        for k, (words, color, dash) in enumerate((a, b, c)):
            p.box(x, y - heights[k] / 2, widths[k], heights[k], color, None, 1.4, dash)
            for n, line in enumerate(words.split("|")):
                p.middle(x + widths[k] / 2, y + 4 + 16 * (n - (len(words.split("|")) - 1) / 2), line, color, 13)
            x += widths[k]
            if k < 2:
                p.middle(x + 15, y + 5, "×="[k], "#222", 18)
                x += 30
        for n, line in enumerate(note.split("|")):
            p.text(548, y - 10 + 17 * n, line, "#222", 13)

    row(90, "conv", ("rows gathered from x|pixels × (taps, I)", ORANGE, "5 3"),
        ("w, packed|(taps, I) × O", GREEN, None), ("y|pixels × O", BLUE, None),
        "runs from a list,|the same for a whole class", (74, 74, 74), (200, 120, 110))
    row(230, "conv_transpose: one product for each phase", ("rows gathered from y|pixels × (taps, O)", ORANGE, "5 3"),
        ("w of a phase|(taps, O) × I", GREEN, None), ("x of a phase|pixels × I", BLUE, None),
        "the same kernel; every|s-th tap, every s-th pixel", (74, 60, 74), (160, 120, 120))
    row(370, "conv_weight", ("y, read down|O × pixels", GREEN, None),
        ("rows gathered from x|pixels × (taps, I)", ORANGE, "5 3"), ("w|O × (taps, I)", BLUE, None),
        "a sum over all pixels: outer|products, added in registers", (60, 74, 60), (150, 170, 110))
    p.box(548, 24, 24, 14, ORANGE, None, 1.4, "5 3")
    p.text(580, 36, "never written as a whole", ORANGE, 13)
    p.save()


def fold():
    p = Picture("fold", 350, "A layer to three channels: all taps of a pixel fill vectors, then they are added up", 810)
    p.text(24, 28, "1. phases: one tap has I = 3 columns, a vector of 16 stays empty but for them", GREY, 13)
    p.cells(24, 38, 1, 3, 22, ORANGE, h=24)
    p.cells(90, 38, 1, 13, 22, "#bbb", "#fff", h=24)
    p.text(390, 55, "3 of 16 numbers are useful", "#222", 13)
    p.text(24, 96, "2. folding: all 4 × 4 taps of one pixel of y are one row of 48 columns, three full vectors, by "
           "squares of 2 × 2 taps", GREY, 13)
    for v in range(3):
        for j in range(16):
            tap = (16 * v + j) // 3
            p.box(24 + 14.6 * (16 * v + j), 106, 14.6, 24, PHASES[tap // 4], None, 0.7)
        p.box(24 + 14.6 * 16 * v, 106, 14.6 * 16, 24, "#222", "none", 2)
    for square in range(4):
        rh, rw = divmod(square, 2)
        p.middle(24 + 14.6 * (12 * square + 6), 147, f"kh = {2 * rh}, {2 * rh + 1}   kw = {2 * rw}, {2 * rw + 1}",
                 PHASES[square], 12)
    p.text(24, 186, "3. x in cells of 2 × 2 pixels: cell (R, S) gets one square of each of four pixels of y", GREY, 13)
    for square in range(4):
        rh, rw = divmod(square, 2)
        x, y = 60 + 130 * (1 - rw), 204 + 66 * (1 - rh)
        p.box(x, y, 122, 58, PHASES[square], None, 0.9)
        p.middle(x + 61, y + 26, f"y(R{' − 1' if rh else ''}, S{' − 1' if rw else ''})", PHASES[square], 13)
        p.middle(x + 61, y + 45, "sends 12 numbers", "#222", 11)
    p.arrow(330, 266, 430, 266)
    p.middle(380, 256, "added up", GREY, 12)
    for row in range(3):
        p.line(450, 206 + 60 * row, 570, 206 + 60 * row, "#222", 1 if row == 1 else 2)
        p.line(450 + 60 * row, 206, 450 + 60 * row, 326, "#222", 1 if row == 1 else 2)
    p.middle(510, 345, "cell (R, S) of x: 4 pixels, 12 numbers", "#222", 12)
    p.save()


def phases():
    p = Picture("phases", 330, "A convolution of stride 2 is a sum of four of stride 1, one for each phase")
    p.text(24, 28, "x", GREY, 14)
    for i in range(8):
        for j in range(8):
            p.box(24 + 18 * j, 38 + 18 * i, 18, 18, PHASES[2 * (i % 2) + j % 2], None, 0.8)
    p.middle(96, 204, "8 × 8, stride 2", GREY, 12)
    p.text(200, 28, "w", GREY, 14)
    for i in range(4):
        for j in range(4):
            p.box(200 + 18 * j, 74 + 18 * i, 18, 18, PHASES[2 * (i % 2) + j % 2], None, 0.8)
    p.middle(236, 166, "4 × 4 taps", GREY, 12)
    p.middle(184, 116, "*", "#222", 20)
    p.middle(300, 115, "=", "#222", 20)
    for k, color in enumerate(PHASES):
        x, y = 336 + 216 * (k % 2), 38 + 100 * (k // 2)
        for i in range(4):
            for j in range(4):
                p.box(x + 18 * j, y + 18 * i, 18, 18, color, None, 0.8)
        p.middle(x + 86, y + 40, "*", "#222", 18)
        for i in range(2):
            for j in range(2):
                p.box(x + 100 + 18 * j, y + 18 + 18 * i, 18, 18, color, None, 0.8)
        if k < 3:
            p.middle(x + 160, y + 42, "+", "#222", 18)
    p.lines(24, 252, "Pixels and taps whose indices leave the same remainder modulo 2 only meet each other: each "
            "colour is an|ordinary convolution of stride 1 with 2 × 2 taps on a picture of half the size.")
    p.lines(24, 296, "conv adds four phases of its input. conv_transpose has four phases in its result and "
            "adds nothing.|"
            "No phase is copied: it is x in steps of two pixels. (No padding here; it would move the colours.)")
    p.save()


def winograd():
    p = Picture("winograd", 400, "Winograd's method: transform tiles, multiply 25 matrices, transform back")
    p.text(20, 28, "tiles of 5 × 5 inputs", BLUE, 13)
    for t in range(2):
        p.cells(24 + 62 * t, 40 + 14 * t, 5, 5, 14, BLUE)
    p.text(20, 146, "for each channel", BLUE, 12)
    p.arrow(164, 82, 232, 82, BLUE)
    p.middle(198, 72, "Bᵀ d B", BLUE, 13)
    p.text(20, 216, "filters of 2 × 2 taps", GREEN, 13)
    p.cells(60, 228, 2, 2, 14, GREEN)
    p.text(20, 278, "once a call", GREEN, 12)
    p.arrow(164, 244, 232, 244, GREEN)
    p.middle(198, 234, "G g Gᵀ", GREEN, 13)
    for k in range(5):
        p.box(240 + 9 * k, 60 - 5 * k + 10, 80, 74, BLUE)
        p.box(240 + 9 * k, 230 - 5 * k + 10, 80, 54, GREEN)
        p.box(440 + 9 * k, 146 - 5 * k + 10, 70, 74, ORANGE)
    p.text(246 + 36, 100, "V", BLUE, 16)
    p.text(246 + 36, 254, "U", GREEN, 16)
    p.middle(511, 178, "M = V U", ORANGE, 13)
    p.text(240, 164, "25 matrices", BLUE, 12)
    p.text(240, 178, "tiles × channels", BLUE, 12)
    p.text(240, 312, "25 matrices", GREEN, 12)
    p.text(240, 326, "channels × O", GREEN, 12)
    p.text(440, 250, "25 products", ORANGE, 12)
    p.text(440, 264, "tiles × O", ORANGE, 12)
    p.arrow(370, 110, 434, 160, GREY)
    p.arrow(370, 246, 434, 206, GREY)
    p.arrow(560, 186, 640, 186, ORANGE)
    p.middle(598, 176, "Aᵀ M A", ORANGE, 13)
    p.text(642, 132, "4 × 4 results", PURPLE, 13)
    for t in range(2):
        p.cells(646 + 26 * t, 144 + 16 * t, 4, 4, 14, PURPLE)
    p.lines(20, 358, "Number (i, j) of every transformed tile goes to matrix (i, j). The transforms are additions "
            "and few|"
            "multiplications, vector by vector over channels. The products need 25 multiplications where 64 were.")
    p.save()


def cuts():
    p = Picture("cuts", 360, "Axes are cut into tiles of four and three; work is cut by tiles or by columns")
    p.text(24, 28, "an axis is cut into tiles of 4 results, then of 3", GREY, 13)
    for row, (n, tiles) in enumerate(((16, (4, 4, 4, 4)), (14, (4, 4, 3, 3)), (7, (4, 3)), (5, (3, 3)))):
        y = 42 + 34 * row
        p.text(60, y + 17, str(n), anchor="end")
        x = 72
        for m in tiles:
            p.cells(x, y, 1, m, 15, BLUE if m == 4 else ORANGE, h=22)
            x += 15 * m + 6
        if sum(tiles) > n:
            p.box(x - 6 - 15, y, 15, 22, "#bbb", "#fff", 0.8, "3 3")
            p.text(x + 6, y + 16, "one result over the edge is not stored", GREY, 12)
    p.text(24, 206, "by tiles: a thread takes up to 96 tiles", "#222", 14, bold=True)
    p.text(24, 224, "through everything", "#222", 14, bold=True)
    p.text(404, 206, "by columns: few tiles, large filters;", "#222", 14, bold=True)
    p.text(404, 224, "a thread takes some output channels", "#222", 14, bold=True)
    for k in range(4):
        p.box(24, 240 + 22 * k, 90, 20, BLUE if k % 2 == 0 else ORANGE)
    p.text(24, 345, "V, by blocks of tiles", GREY, 12)
    p.middle(132, 288, "×", "#222", 18)
    p.box(150, 240, 110, 86, GREEN)
    p.middle(205, 288, "U, all of it", GREEN, 13)
    p.middle(278, 288, "=", "#222", 18)
    for k in range(4):
        p.box(296, 240 + 22 * k, 76, 20, BLUE if k % 2 == 0 else ORANGE)
    p.box(404, 270, 90, 28, GREEN)
    p.middle(449, 345, "V, all of it", GREY, 12)
    p.middle(512, 288, "×", "#222", 18)
    for k in range(4):
        p.box(530 + 28 * k, 240, 26, 86, BLUE if k % 2 == 0 else ORANGE)
    p.middle(586, 345, "U, made when needed", GREY, 12)
    p.middle(658, 288, "=", "#222", 18)
    for k in range(4):
        p.box(676 + 17 * k, 270, 15, 28, BLUE if k % 2 == 0 else ORANGE)
    p.save()


def determinism():
    p = Picture("determinism", 370, "Work is cut by the shape; threads only choose when an item is done, never how")
    p.text(24, 28, "the work, cut by the shape alone: every item owns its results", GREY, 13)
    for k in range(8):
        p.label(24 + 60 * k, 38, 56, 24, str(k), BLUE, 13)
    runs = (("1 thread", ((0, 1, 2, 3, 4, 5, 6, 7),)), ("2 threads", ((0, 2, 3, 6), (1, 4, 5, 7))),
            ("3 threads", ((0, 4, 6), (1, 3, 7), (2, 5))))
    y = 84
    for name, threads in runs:
        for t, items in enumerate(threads):
            if t == 0:
                p.text(24, y + 15, name, "#222", 13)
            for n, k in enumerate(items):
                p.label(110 + 44 * n, y, 42, 20, str(k), PHASES[t + 1], 12)
            y += 22
        y += 8
    p.lines(500, 110, "which thread does an item,|and when, changes from run|to run; what is computed in|it does not")
    p.text(24, 258, "a sum that spans items: one part each, added as a fixed tree", GREY, 13)
    for k in range(8):
        p.label(24 + 60 * k, 268, 50, 22, f"part {k}", BLUE, 11)
    for level, (count, step) in enumerate(((4, 120), (2, 240), (1, 480))):
        for k in range(count):
            x, y = 24 + step * k, 300 + 22 * level
            p.line(x + 25, y - 10, x + 25, y, BLUE, 1.2)
            p.line(x + step / 2 + 25, y - 10, x + step / 2 + 25, y + 8, BLUE, 1.2)
            p.line(x + step / 2 + 25, y + 8, x + 38, y + 8, BLUE, 1.2, True)
            p.middle(x + 26, y + 13, "+", BLUE, 15)
    p.text(520, 300, "((0+1)+(2+3)) + ((4+5)+(6+7)),", "#222", 13)
    p.text(520, 318, "whoever made the parts", "#222", 13)
    p.save()


if __name__ == "__main__":
    for draw in (blocks, tile, packing, gather, trio, fold, phases, winograd, cuts, determinism):
        draw()
