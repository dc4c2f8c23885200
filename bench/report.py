#!/usr/bin/env python3
"""Makes one page of what bench/run.sh measured, and one JSON file; prints the table.

Usage: report.py RESULTS [--html FILE] [--json FILE]
RESULTS is the folder with the programs' JSON files, or a file of --json: then the page is made again.
In the folder: NAME.json of each bench_NAME (onednn_avx2.json: oneDNN's second run), output_NAME.txt of programs that
print text, torch.json of against_torch.py, compile_time.json of compile_time.py, and, with one sentence a line,
absent.txt (which peer is missing), left_out.txt (what a quick run skipped) and options.txt (how it was run).
"""
import argparse
import json
import math
import os
import platform
import statistics
import sys
import time

import report_page

OURS = {"threads", "min_ms", "median_ms", "GFLOP/s", "GB/s", "peak_%", "flop/B", "ratio", "median_ratio",
        "peer_min_ms", "peer_median_ms"}
GOOGLES = {"family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations",
           "real_time", "cpu_time"}


class Unfit(Exception):
    """There is nothing to report; the text says why."""


def number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x)


def read_json(path):
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except OSError as e:
        raise Unfit(f"{path} can not be read: {e.strerror}.") from None
    except ValueError as e:
        raise Unfit(f"{path} is no JSON: {e}.") from None


def sentences(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return [s.strip() for s in f if s.strip()]


def machine():
    """Name of the processor, how many, memory, system."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            name = next((s.split(":", 1)[1].strip() for s in f if s.startswith("model name")), name)
    except OSError:
        pass
    found = {"processor": name, "processors": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"}
    try:
        found["memory_gb"] = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (OSError, ValueError):
        pass
    return found


def gather(folder):
    """The files of a folder as one value, which is also what --json writes."""
    data = {"ganvas_results": 1, "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "machine": machine(),
            "programs": {}, "outputs": {}}
    for what in ("options", "absent", "left_out"):
        data[what] = sentences(os.path.join(folder, what + ".txt"))
    for file in sorted(os.listdir(folder)):
        if file.startswith("output_") and file.endswith(".txt"):
            with open(os.path.join(folder, file), encoding="utf-8", errors="replace") as f:
                data["outputs"][file[len("output_"):-len(".txt")]] = f.read()
        if not file.endswith(".json"):
            continue
        content = read_json(os.path.join(folder, file))
        if not isinstance(content, dict):
            raise Unfit(f"{os.path.join(folder, file)} is not a result: expected an object.")
        name = file[:-len(".json")]
        if name in ("torch", "compile_time"):
            data[name] = content
            data["absent"] += [str(s) for s in content.get("absent", [])]
        elif isinstance(content.get("benchmarks"), list):
            data["programs"][name] = content
        else:
            raise Unfit(f"{os.path.join(folder, file)} is no file of Google Benchmark: it has no list \"benchmarks\".")
    if not any(data.get(k) for k in ("programs", "outputs", "torch", "compile_time")):
        raise Unfit(f"{folder} holds no results; bench/run.sh makes them.")
    return data


def split_name(run_name):
    """"conv/forward/threads:2/manual_time" -> ("conv/forward", 2)"""
    parts = [p for p in run_name.split("/") if p not in ("manual_time", "real_time", "process_time")]
    threads = next((int(p[8:]) for p in parts if p.startswith("threads:") and p[8:].isdigit()), None)
    return "/".join(p for p in parts if not p.startswith("threads:")), threads


def repetitions(program):
    """name -> its single runs, in the order in which the program lists them."""
    runs = {}
    for e in program["benchmarks"]:
        if isinstance(e, dict) and "name" in e and e.get("run_type", "iteration") == "iteration":
            runs.setdefault(str(e.get("run_name", e["name"])), []).append(e)
    return sorted(runs.items(), key=lambda item: item[1][0].get("family_index", 0))


def values(runs, key):
    return [e[key] for e in runs if number(e.get(key)) and e[key] > 0]


def peer_of(program):
    """The peer's name, "oneDNN", from "oneDNN 2.6.3, instruction set up to any"; None for a program without one."""
    about = program.get("context", {}).get("peer")
    return str(about).split()[0] if about else None


def measurements(data):
    """One row a benchmark and number of threads: the best of what all programs and repetitions measured of it.

    A row's ratio to a peer is taken within one program, of the shortest calls of all repetitions; of a peer's two
    programs (oneDNN with all it has and with AVX2) the one that is better for the peer counts.
    """
    rows = {}
    for program_name, program in data["programs"].items():
        peer = peer_of(program)
        for full, runs in repetitions(program):
            name, threads = split_name(full)
            threads = threads or int((values(runs, "threads") or [1])[0])
            row = rows.setdefault((name, threads), {"name": name, "threads": threads, "program": program_name,
                                                    "ratios": {}, "peer_ms": {}, "median_ratios": {}, "other": {},
                                                    "errors": []})
            row["errors"] += [f"{program_name}: {e.get('error_message', 'failed')}" for e in runs
                              if e.get("error_occurred")]
            runs = [e for e in runs if not e.get("error_occurred")]
            scale = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
            for e in runs:  # programs that do not use measure.hpp
                if "min_ms" not in e and number(e.get("real_time")):
                    e["min_ms"] = e["median_ms"] = e["real_time"] * scale.get(e.get("time_unit"), 1e-6)
            for key, best in (("min_ms", min), ("GFLOP/s", max), ("GB/s", max), ("peak_%", max), ("flop/B", max)):
                found = values(runs, key) + ([row[key]] if key in row else [])
                if found:
                    row[key] = best(found)
            if values(runs, "median_ms"):
                row["median_ms"] = min(statistics.median(values(runs, "median_ms")), row.get("median_ms", math.inf))
            for key in sorted({k for e in runs for k in e} - OURS - GOOGLES):
                found = values(runs, key)
                if found and not key.startswith("part "):
                    row["other"][key] = statistics.median(found)
            own, theirs = values(runs, "min_ms"), values(runs, "peer_min_ms")
            if peer and own and theirs:
                ratio = min(theirs) / min(own)
                if peer not in row["ratios"] or ratio < row["ratios"][peer]:
                    row["ratios"][peer] = ratio
                    row["peer_ms"][peer] = min(theirs)
                    row["median_ratios"][peer] = (statistics.median(values(runs, "peer_median_ms") or theirs) /
                                                  statistics.median(values(runs, "median_ms") or own))
    return list(rows.values())


def roofs(data):
    """threads -> {"peak": GFLOP/s, "tile": GFLOP/s, "copy": GB/s}: the best that any of the programs measured."""
    best = {}
    keys = {"peak GFLOP/s": "peak", "register tile GFLOP/s": "tile", "copy GB/s": "copy"}
    for program in data["programs"].values():
        for text, value in program.get("context", {}).items():
            what, _, threads = str(text).partition(", threads ")
            if what in keys and threads.isdigit():
                roof = best.setdefault(int(threads), {})
                roof[keys[what]] = max(roof.get(keys[what], 0.0), float(value))
        for _, runs in repetitions(program):  # the peak is measured again before each benchmark
            for e in runs:
                if values([e], "peak_%") and values([e], "GFLOP/s") and values([e], "threads"):
                    roof = best.setdefault(int(e["threads"]), {})
                    roof["peak"] = max(roof.get("peak", 0.0), 100 * e["GFLOP/s"] / e["peak_%"])
    return best


def breakdowns(data):
    """The steps of step_breakdown.cpp: name, threads, whole, cut, and of the shortest cut one {(layer, pass): ms}."""
    found = []
    for full, runs in repetitions(data["programs"].get("step_breakdown", {"benchmarks": []})):
        runs = [e for e in runs if number(e.get("cut")) and number(e.get("whole"))]
        if not runs:
            continue
        name, threads = split_name(full)
        best = min(runs, key=lambda e: e["cut"])
        parts = {tuple(key[len("part "):].rsplit("|", 1)): v for key, v in best.items()
                 if key.startswith("part ") and "|" in key and number(v)}
        found.append({"name": name.split("/")[-1], "threads": threads, "cut": best["cut"], "parts": parts,
                      "whole": min(e["whole"] for e in runs)})
    return found


def torch_rows(data):
    """The whole steps of against_torch.py that have what the report needs."""
    rows = data.get("torch", {}).get("rows", [])
    return [r for r in rows if isinstance(r, dict) and "model" in r and "who" in r and number(r.get("min_ms"))]


def text_table(rows, peers):
    """The table for a terminal."""
    def cell(value, width, digits):
        return f"{value:{width}.{digits}f}" if value is not None else f"{'-':>{width}}"

    gains = any("gain" in r["other"] for r in rows)  # of the ladder: over the rung below
    lines = [f"{'benchmark':<54} {'min ms':>10} {'median ms':>10} {'GFLOP/s':>9} {'GB/s':>8} {'% peak':>7}" +
             "".join(f" {'x ' + p:>9}" for p in peers) + (f" {'gain':>6}" if gains else "")]
    for r in rows:
        name = f"{r['name']}/threads:{r['threads']}"
        if "min_ms" in r and "median_ms" in r:
            lines.append(f"{name:<54} {r['min_ms']:10.3f} {r['median_ms']:10.3f} {cell(r.get('GFLOP/s'), 9, 1)} "
                         f"{cell(r.get('GB/s'), 8, 1)} {cell(r.get('peak_%'), 7, 0)}" +
                         "".join(f" {cell(r['ratios'].get(p), 9, 2)}" for p in peers) +
                         (f" {cell(r['other'].get('gain'), 6, 2)}" if gains else ""))
        for error in r["errors"]:
            lines.append(f"{name:<54} {error}")
    return "\n".join(lines)


def geometric_mean(list_of_ratios):
    return math.exp(statistics.fmean(math.log(r) for r in list_of_ratios))


def summary(rows, peers, torch):
    """Sentences: the geometric mean and the worst case against each peer, and the whole steps."""
    found = []
    for peer in peers:
        for threads in sorted({r["threads"] for r in rows}):
            those = [r for r in rows if r["threads"] == threads and peer in r["ratios"]]
            if those:
                worst = min(those, key=lambda r: r["ratios"][peer])
                found.append({"title": f"{geometric_mean([r['ratios'][peer] for r in those]):.2f} x {peer}",
                              "text": f"{threads} thread{'s' if threads > 1 else ''}: geometric mean of {len(those)} "
                                      f"cases; the worst is {worst['ratios'][peer]:.2f}, {worst['name']}"})
    for model, threads in sorted({(r["model"], r.get("threads")) for r in torch}, key=str):
        those = [r for r in torch if (r["model"], r.get("threads")) == (model, threads)]
        own = [r for r in those if r["who"] == "ganvas"]
        others = [r for r in those if r["who"] != "ganvas"]
        if own and others:
            best = min(others, key=lambda r: r["min_ms"])
            memory = ""
            if number(own[0].get("peak_mb")) and number(best.get("peak_mb")):
                memory = f", {own[0]['peak_mb']:.0f} against {best['peak_mb']:.0f} MB"
            found.append({"title": f"{best['min_ms'] / own[0]['min_ms']:.2f} x {best['who']}",
                          "text": f"the whole {model} step at {threads} thread{'s' if threads != 1 else ''}: "
                                  f"{own[0]['min_ms']:.1f} against {best['min_ms']:.1f} ms{memory}"})
    return found


def main(arguments=None):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("results")
    p.add_argument("--html", help="write the page here")
    p.add_argument("--json", help="write everything that was read here, as one file")
    args = p.parse_args(arguments)
    try:
        data = gather(args.results) if os.path.isdir(args.results) else read_json(args.results)
        if not isinstance(data, dict) or data.get("ganvas_results") != 1:
            raise Unfit(f"{args.results} was not written by report.py --json.")
    except Unfit as e:
        print(e, file=sys.stderr)
        return 2
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(data, f, indent=1)
    rows = measurements(data)
    peers = sorted({p for r in rows for p in r["ratios"]}, key=lambda p: p != "oneDNN")
    torch = torch_rows(data)
    lines = summary(rows, peers, torch)
    if args.html:
        page = report_page.page(data, rows, peers, lines, roofs(data), breakdowns(data), torch)
        with open(args.html, "w", encoding="utf-8") as f:
            f.write(page)
    if rows:
        print(text_table(rows, peers))
    for s in lines:
        print(f"{s['title']}: {s['text']}")
    for s in data.get("absent", []):
        print(s)
    return 0


if __name__ == "__main__":
    sys.exit(main())
