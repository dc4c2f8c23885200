"""The page of bench/report.py: one file, nothing is loaded from elsewhere, readable by light and by dark."""
import html
import math

import report_charts as charts
from report_charts import short

STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --paper: #fff; --line: #d9dde5; --soft: #667085;
        --fast: 59, 130, 196; --slow: 217, 92, 60; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ef; --paper: #14171d; --line: #333a46; --soft: #98a2b3; }
}
body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: var(--paper); color: var(--ink);
       font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; margin-bottom: 0; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 0.4rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 0.2rem; }
p { margin: 0.3rem 0 0.7rem; max-width: 46rem; }
.soft, footer { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 0.8rem; margin: 1rem 0; }
.tiles div { border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem 0.8rem; font-size: 0.85rem; }
.tiles strong { display: block; font-size: 1.3rem; }
figure { margin: 0.8rem 0; overflow-x: auto; }
figure > svg { display: block; width: 100%; min-width: 40rem; height: auto; font: 12px system-ui, sans-serif; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { font-weight: 600; color: var(--soft); }
details { margin: 0.4rem 0; } summary { cursor: pointer; }
svg .soft { fill: var(--soft); } svg .ink { fill: var(--ink); }
svg .grid { stroke: var(--line); } svg .roof { stroke: var(--ink); stroke-width: 1.5; }
svg .c0 { fill: #3b82c4; } svg .c1 { fill: #e08a1e; } svg .c2 { fill: #2a9d6f; } svg .c3 { fill: #c9518b; }
svg .c4 { fill: #8b6fd1; } svg .c5 { fill: #9a8700; }
svg circle { stroke: var(--paper); } svg circle.peer, svg rect.peer { fill: none; stroke: var(--soft); }
"""
PASSES = ("forward", "data", "weight")


def esc(x):
    return html.escape(str(x))


def head(title, words):
    return f"<h2>{esc(title)}</h2>\n<p>{esc(words)}</p>\n"


def plural(threads):
    return f"{threads} thread" + ("" if threads == 1 else "s")


def table(columns, rows):
    """columns: names, those that begin with "#" hold numbers. Cells are HTML, or (HTML, attributes)."""
    out = ['<div class="wide"><table><tr>']
    numeric = [c.startswith("#") for c in columns]
    out += [f'<th{" class=n" if n else ""}>{c.lstrip("#")}</th>' for c, n in zip(columns, numeric)]
    out.append("</tr>\n")
    for row in rows:
        out.append("<tr>")
        for cell, n in zip(row, numeric):
            content, attributes = cell if isinstance(cell, tuple) else (cell, "")
            out.append(f'<td{" class=n" if n else ""}{attributes}>{content}</td>')
        out.append("</tr>\n")
    return "".join(out) + "</table></div>\n"


def shaded(ratio, title):
    """A ratio on blue where ganvas is faster, on red where it is slower; full colour at 4 times."""
    strength = min(1.0, abs(math.log(ratio)) / math.log(4)) * 0.55
    colour = "--fast" if ratio >= 1 else "--slow"
    return f"{ratio:.2f}", f' style="background: rgba(var({colour}), {strength:.2f})" title="{esc(title)}"'


def machine_section(data, roofs):
    m = data.get("machine", {})
    contexts = [p["context"] for p in data["programs"].values()]
    rows = [("processor", f"{m.get('processor', 'unknown')}, {m.get('processors', '?')} processors"),
            ("memory", f"{m.get('memory_gb', '?')} GB"), ("system", m.get("system", "?"))]
    caches = next((c["caches"] for c in contexts if c.get("caches")), [])
    rows.append(("caches", ", ".join(f"L{c.get('level')} {c.get('type', '').lower()} {c.get('size', 0) / 1024:.0f} KiB"
                                     for c in caches) or "unknown"))
    for key in ("instruction set", "compiler", "flags"):
        rows.append((key, ", ".join(sorted({str(c[key]) for c in contexts if key in c})) or "unknown"))
    for threads, roof in sorted(roofs.items()):
        parts = [f"{short(roof[k])} {text}" for k, text in (
            ("peak", "GFLOP/s of multiply-adds from registers"),
            ("tile", "GFLOP/s of the register tile on packed operands"), ("copy", "GB/s of a copy")) if k in roof]
        rows.append((plural(threads), ", ".join(parts)))
    peers = sorted({str(c["peer"]) for c in contexts if "peer" in c} |
                   {r["who"] for r in data.get("torch", {}).get("rows", []) if r["who"] != "ganvas"})
    rows.append(("peers", "; ".join(peers) or "none"))
    if data.get("absent"):
        rows.append(("absent", " ".join(data["absent"])))
    if data.get("failed"):
        rows.append(("failed", " ".join(data["failed"])))
    if data.get("left_out"):
        rows.append(("left out", " ".join(data["left_out"])))
    if data.get("options"):
        rows.append(("run as", " ".join(data["options"])))
    return "<h2>Machine and versions</h2>\n" + table(["what", "found"], [(esc(a), esc(b)) for a, b in rows])


def peer_section(rows, peer):
    """Ratios to one peer: layers with their passes in columns, then everything else one a line."""
    those = [r for r in rows if peer in r["ratios"]]
    threads = sorted({r["threads"] for r in those})
    layers, others = {}, []
    for r in those:
        layer, _, kind = r["name"].rpartition("/")
        if kind in PASSES:
            layers.setdefault(layer, {})[kind, r["threads"]] = r
        else:
            others.append(r)

    def cell(r):
        if r is None:
            return "-"
        return shaded(r["ratios"][peer], f"ganvas {short(r['min_ms'])} ms, {peer} {short(r['peer_ms'][peer])} ms; "
                                         f"of the medians {r['median_ratios'][peer]:.2f}")

    out = [head(f"Against {peer}",
                "The peer's time over that of ganvas, of the shortest calls, in turn in one process; above 1 ganvas is "
                "faster. The milliseconds show when the pointer rests on a number.")]
    if layers:
        columns = ["layer"] + [f"#{p}, {t}t" for t in threads for p in PASSES]
        lines = [[esc(layer)] + [cell(found.get((p, t))) for t in threads for p in PASSES]
                 for layer, found in layers.items()]
        means = ["<strong>geometric mean</strong>"]
        for t in threads:
            for p in PASSES:
                ratios = [f[p, t]["ratios"][peer] for f in layers.values() if (p, t) in f]
                means.append(shaded(math.exp(sum(map(math.log, ratios)) / len(ratios)), "") if ratios else "-")
        out.append(table(columns, lines + [means]))
    if others:
        names = list(dict.fromkeys(r["name"] for r in others))
        found = {(r["name"], r["threads"]): r for r in others}
        out.append(table(["case"] + [f"#{plural(t)}" for t in threads],
                         [[esc(n)] + [cell(found.get((n, t))) for t in threads] for n in names]))
    return "".join(out)


def roofline_section(rows, roofs):
    out = [head("Roofline",
                "Work a byte that has to move at least (every tensor once) against the useful rate: taps inside the "
                "image only. The slanted roof is the bandwidth of a copy, the flat one the multiply-adds that the "
                "registers can do; both were measured in the same processes. Points above the flat roof are layers by "
                "Winograd's method, which needs fewer multiplications than it is credited with; points above the "
                "slanted one work from a cache.")]
    kinds = [("c0", "forward"), ("c1", "data"), ("c2", "weight"), ("c3", "matrix product"), ("c4", "other")]
    for threads, roof in sorted(roofs.items()):
        points = []
        for r in rows:
            if r["threads"] != threads or "flop/B" not in r or "GFLOP/s" not in r:
                continue
            end = r["name"].split("/")[-1]
            kind = ("c0", "c1", "c2")[PASSES.index(end)] if end in PASSES else (
                "c3" if r["name"].startswith("gemm") else "c4")
            points.append((r["flop/B"], r["GFLOP/s"], kind, f"{r['name']}: {short(r['GFLOP/s'])} GFLOP/s, "
                           f"{short(r['flop/B'])} flop/B, {short(r.get('peak_%', 0))} % of the peak"))
            if "oneDNN" in r["ratios"]:
                rate = r["GFLOP/s"] * r["min_ms"] / r["peer_ms"]["oneDNN"]
                points.append((r["flop/B"], rate, "peer", f"oneDNN, {r['name']}: {short(rate)} GFLOP/s"))
        if points and "peak" in roof and "copy" in roof:
            used = {p[2] for p in points}
            names = [k for k in kinds if k[0] in used] + ([("peer", "oneDNN")] if "peer" in used else [])
            out.append(f"<h3>{plural(threads)}</h3>\n<figure>" +
                       charts.roofline(points, roof["peak"], roof["copy"], names, threads) + "</figure>\n")
    return "".join(out) if len(out) > 1 else ""


def bandwidth_section(rows, roofs):
    out = [head("Kernels that only move memory",
                "Bytes that a call has to move against the rate at which it does. What fits a cache is faster than the "
                "copy of 64 MiB that the line shows.")]
    kinds = [("c0", "batch norm"), ("c1", "optimisers"), ("c2", "pointwise"), ("c3", "reductions"), ("c4", "other")]
    programs = {"batch_norm": "c0", "adam": "c1", "pointwise": "c2", "reduce": "c3"}
    for threads, roof in sorted(roofs.items()):
        points = [(1e6 * r["GB/s"] * r["min_ms"], r["GB/s"], programs.get(r["program"], "c4"),
                   f"{r['name']}: {short(r['GB/s'])} GB/s, {short(r['GB/s'] * r['min_ms'])} MB")
                  for r in rows if r["threads"] == threads and "GB/s" in r and "GFLOP/s" not in r]
        if points and "copy" in roof:
            names = [k for k in kinds if k[0] in {p[2] for p in points}]
            out.append(f"<h3>{plural(threads)}</h3>\n<figure>" +
                       charts.bandwidths(points, roof["copy"], names, threads) + "</figure>\n")
    return "".join(out) if len(out) > 1 else ""


def breakdown_section(steps):
    if not steps:
        return ""
    out = [head("A whole step by layer and pass",
                "The step of the trainer, cut into its operations, which compute the same networks (that is checked "
                "first). Each bar holds all calls of a step: D sees real and made-up images and then judges for G; G "
                "runs twice. \"data\" is the gradient by the input, \"weight\" that by the parameters; the loss counts "
                "as forward, the optimisers as weight.")]
    kinds = [("c0", "forward"), ("c1", "data"), ("c2", "weight")]
    for s in steps:
        layers, small = {}, {}
        for (layer, kind), ms in s["parts"].items():
            layers.setdefault(layer, {})[kind] = ms
        for layer in [k for k, v in layers.items() if sum(v.values()) < 0.01 * s["cut"]]:
            for kind, ms in layers.pop(layer).items():
                small[kind] = small.get(kind, 0) + ms
        lines = sorted(layers.items(), key=lambda item: -sum(item[1].values()))
        if small:
            lines.append(("all that take less than 1 %", small))
        parts = sum(s["parts"].values())
        out.append(f"<h3>{esc(s['name'])}, {plural(s['threads'])}: {short(s['whole'])} ms</h3>\n<p>The trainer's "
                   f"shortest step takes {short(s['whole'])} ms, the shortest cut one {short(s['cut'])} ms "
                   f"({100 * (s['cut'] / s['whole'] - 1):+.1f} %), of which {short(parts)} ms are in the parts "
                   "below.</p>\n")
        out.append("<figure>" + charts.bars([(name, [(c, found.get(p, 0)) for c, p in kinds]) for name, found in lines],
                                            kinds, "ms") + "</figure>\n")
        sums = {p: sum(v for (_, kind), v in s["parts"].items() if kind == p) for p in PASSES}
        shares = [f"{p}: {short(v)} ms, {100 * v / parts:.0f} %" for p, v in sums.items()]
        out.append(f"<p class=soft>{'; '.join(shares)}</p>\n")
    return "".join(out)


def torch_section(torch):
    if not torch:
        return ""
    out = [head("Whole steps against PyTorch, and memory",
                "Both programs are started afresh in turn. Memory is the largest resident size of the whole process.")]
    for model, threads in dict.fromkeys((r["model"], r.get("threads", "?")) for r in torch):
        those = [r for r in torch if (r["model"], r.get("threads", "?")) == (model, threads)]
        own = next((r for r in those if r["who"] == "ganvas"), None)
        lines = []
        for r in those:
            ratio = r["min_ms"] / own["min_ms"] if own else None
            memory = r.get("peak_mb")
            share = memory / own["peak_mb"] if own and memory and own.get("peak_mb") else None
            variant = r["variant"] if isinstance(r.get("variant"), dict) else {}
            who = ", ".join([str(r["who"])] + [f"{k} {v}" for k, v in variant.items()])
            lines.append([esc(who), short(r["min_ms"]), short(r["median_ms"]) if r.get("median_ms") else "-",
                          shaded(ratio, "of the shortest steps") if ratio and r is not own else "-",
                          f"{memory:.0f}" if memory else "-", f"{share:.2f}" if share and r is not own else "-"])
        out.append(f"<h3>{esc(model)}, {plural(threads)}</h3>\n" + table(
            ["who", "#shortest, ms", "#median, ms", "#time / ganvas", "#peak memory, MB", "#memory / ganvas"], lines))
        with_memory = [r for r in those if r.get("peak_mb")]
        if with_memory:
            bars = [(str(r["who"]), [("c0" if r is own else "c1", r["peak_mb"])]) for r in with_memory]
            out.append("<figure>" + charts.bars(bars, [], "MB") + "</figure>\n")
    return "".join(out)


def compile_section(data):
    rows = data.get("compile_time", {}).get("rows", [])
    if not rows:
        return ""
    lines = [[esc(r.get("compiler", "?")), esc(r.get("what", "?")), f"{r['cpu_s']:.1f}",
              f"{r['peak_mb']:.0f}" if "peak_mb" in r else "-", f"{r['binary_mb']:.2f}" if "binary_mb" in r else "-",
              f"{r['stripped_mb']:.2f}" if "stripped_mb" in r else "-"] for r in rows]
    return head("Compile time", "At -O2, CPU seconds of the compiler with all its processes.") + table(
        ["compiler", "what", "#CPU seconds", "#peak memory, MB", "#program, MB", "#stripped, MB"], lines)


def outputs_section(data):
    return "".join(f"<h2>{esc(name)}</h2>\n<div class=wide><pre>{esc(text)}</pre></div>\n"
                   for name, text in data.get("outputs", {}).items())


def all_section(rows, peers):
    out = [head("All benchmarks",
                "Of all repetitions: the shortest call, the median one, the rates of the shortest and its part of the "
                "measured peak; then the peers' times over that of ganvas.")]
    for program in dict.fromkeys(r["program"] for r in rows):
        those = [r for r in rows if r["program"] == program]
        lines = []
        for r in those:
            def cell(key, digits):
                return f"{r[key]:.{digits}f}" if key in r else "-"
            other = ", ".join(f"{k} {short(v)}" for k, v in r["other"].items())
            lines.append([esc(r["name"]), r["threads"], cell("min_ms", 3), cell("median_ms", 3), cell("GFLOP/s", 1),
                          cell("GB/s", 1), cell("peak_%", 0)] +
                         [f"{r['ratios'][p]:.2f}" if p in r["ratios"] else "-" for p in peers] +
                         [esc("; ".join([other] * bool(other) + r["errors"]))])
        out.append(f"<details><summary>{esc(program)}: {len(those)} rows</summary>\n" + table(
            ["benchmark", "#threads", "#shortest, ms", "#median, ms", "#GFLOP/s", "#GB/s", "#% of peak"] +
            [f"#x {esc(p)}" for p in peers] + ["besides"], lines) + "</details>\n")
    return "".join(out)


def page(data, rows, peers, lines, roofs, steps, torch):
    """The whole page. lines are the summary's; the rest is what the functions of report.py give."""
    m = data.get("machine", {})
    tiles = "".join(f"<div><strong>{esc(s['title'])}</strong>{esc(s['text'])}</div>\n" for s in lines)
    body = ["<h1>ganvas benchmarks</h1>\n"
            f"<p class=soft>{esc(m.get('processor', ''))}, {esc(data.get('date', ''))}</p>\n"]
    body.append(f"<p>How many times faster ganvas is:</p>\n<div class=tiles>\n{tiles}</div>\n" if tiles else
                "<p>No peer was measured.</p>\n")
    if data.get("absent"):
        body.append("<p><strong>Absent:</strong> " + esc(" ".join(data["absent"])) + "</p>\n")
    if data.get("failed"):
        body.append("<p><strong>Failed:</strong> " + esc(" ".join(data["failed"])) + "</p>\n")
    if data.get("left_out"):
        body.append("<p><strong>Left out:</strong> " + esc(" ".join(data["left_out"])) + "</p>\n")
    body.append(machine_section(data, roofs))
    body += [peer_section(rows, p) for p in peers]
    body += [torch_section(torch), roofline_section(rows, roofs), bandwidth_section(rows, roofs),
             breakdown_section(steps), compile_section(data), outputs_section(data),
             all_section(rows, peers) if rows else ""]
    return ('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>ganvas benchmarks</title>\n<style>{STYLE}</style>\n</head>\n<body>\n" + "".join(body) +
            "<footer>Made by bench/run.sh of ganvas; bench/README.md says how to read it.</footer>\n</body>\n</html>\n")
