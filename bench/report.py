#!/usr/bin/env python3
"""Makes one page of what bench/run.sh measured, and one JSON file; prints the table.

Usage: report.py RESULTS [--html FILE] [--json FILE]
RESULTS is the folder with the programs' JSON files, or a file of --json: then the page is made again.
In the folder: NAME.json of each bench_NAME (onednn_avx2.json: oneDNN's second run), output_NAME.txt of programs that
print text, torch.json of against_torch.py, compile_time.json of compile_time.py, and, with one sentence a line,
absent.txt (which peer is missing), left_out.txt (what was skipped), failed.txt (what failed) and options.txt (how it
was run). An entry that is malformed is left out, and a sentence on stderr says so.
Exit code: 0 the page is made, 2 it is not: a file is none of these, there is nothing to report or no right to write.
"""
import argparse
import contextlib
import json
import math
import os
import platform
import re
import statistics
import sys
import time

import report_page
from compare import UNITS, Unfit, finish, read_json

OURS = {"threads", "min_ms", "median_ms", "GFLOP/s", "GB/s", "peak_%", "flop/B", "ratio", "median_ratio",
        "peer_min_ms", "peer_median_ms"}
GOOGLES = {"family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations",
           "real_time", "cpu_time"}


SENTENCES = ("options", "absent", "left_out", "failed")
ROOFS = {"peak GFLOP/s": "peak", "register tile GFLOP/s": "tile", "copy GB/s": "copy"}
DEEPEST = 8     # lists and objects within each other
LARGEST = 1e30  # no number that is measured is larger, or smaller than 1 / LARGEST


def number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool) and abs(x) <= LARGEST


def positive(x):
    return number(x) and x >= 1 / LARGEST


def printable(text):
    """The text without halves of characters ("\\ud800"), which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def clean(value, path, depth=0):
    """The value with printable texts. Throws Unfit if it is nested deeper than any result."""
    if depth > DEEPEST:
        raise Unfit(f"{path} is nested too deeply to be a result.")
    if isinstance(value, dict):
        return {printable(k): clean(v, path, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [clean(v, path, depth + 1) for v in value]
    return printable(value) if isinstance(value, str) else value


def sentences(path):
    if not os.path.exists(path):
        return []
    return [s.strip() for s in read_text(path).splitlines() if s.strip()]


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError as e:
        raise Unfit(f"{path} can not be read: {e.strerror}.") from None


def write(path, text):
    """Writes a file whole or not at all: what was there stays until the new one is complete."""
    special = os.path.exists(path) and not os.path.isfile(path)  # /dev/stdout
    goal = path if special else os.path.realpath(path)
    part = goal if special else f"{goal}.{os.getpid()}.tmp"
    try:
        try:
            with open(part, "w", encoding="utf-8") as f:
                f.write(text)
            if not special:
                os.replace(part, goal)
        finally:
            if not special:
                with contextlib.suppress(OSError):
                    os.remove(part)
    except OSError as e:
        raise Unfit(f"{path} can not be written: {e.strerror}.") from None


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
    for what in SENTENCES:
        data[what] = sentences(os.path.join(folder, what + ".txt"))
    try:
        files = sorted(os.listdir(folder))
    except OSError as e:
        raise Unfit(f"{folder} can not be read: {e.strerror}.") from None
    for file in files:
        path = os.path.join(folder, file)
        if file.startswith("output_") and file.endswith(".txt"):
            data["outputs"][printable(file[len("output_"):-len(".txt")])] = read_text(path)
        if not file.endswith(".json"):
            continue
        content = clean(read_json(path), path)
        name = printable(file[:-len(".json")])
        if name in ("torch", "compile_time"):
            data[name] = checked_rows(name, content, path)
            data["absent"] += data[name]["absent"]
        else:
            data["programs"][name] = checked_program(content, path)
    return data


def gathered(path):
    """What gather() gave, from a file of --json."""
    data = clean(read_json(path), path)
    if not isinstance(data, dict) or data.get("ganvas_results") != 1:
        raise Unfit(f"{path} was not written by report.py --json.")
    for what, kind in (("machine", dict), ("programs", dict), ("outputs", dict)):
        if not isinstance(data.setdefault(what, {}), kind):
            raise Unfit(f"{path} is not what report.py --json writes: \"{what}\" is no object.")
    for name, content in data["programs"].items():
        data["programs"][name] = checked_program(content, f"{path}, {name}")
    for name in ("torch", "compile_time"):
        if name in data:
            data[name] = checked_rows(name, data[name], f"{path}, {name}")
    for what in SENTENCES:
        data[what] = checked_sentences(data.get(what, []), f"{path}, {what}")
    skipped = Skipped(f"{path}, outputs")
    for name in [k for k, v in data["outputs"].items() if not isinstance(v, str)]:
        skipped.add(name, "it is no text")
        del data["outputs"][name]
    skipped.tell()
    return data


class Skipped:
    """Counts what is malformed in a file, and says it in one sentence."""

    def __init__(self, path):
        self.path, self.count, self.first = path, 0, ""

    def add(self, what, why):
        self.count += 1
        self.first = self.first or f"{str(what)[:60]}: {why}"

    def tell(self):
        if self.count:
            print(f"{self.path}: {self.count} malformed {'entry was' if self.count == 1 else 'entries were'} left out "
                  f"({self.first}).", file=sys.stderr)


def checked_sentences(content, path):
    skipped = Skipped(path)
    if not isinstance(content, list):
        skipped.add("all", "a list of sentences was expected")
        content = []
    for s in content:
        if not isinstance(s, str):
            skipped.add(s, "it is no text")
    skipped.tell()
    return [s for s in content if isinstance(s, str)]


def wrong_in_run(e):
    """What is malformed in one entry of Google Benchmark's list; None if nothing is."""
    if not isinstance(e, dict):
        return "it is no object"
    if not isinstance(e.get("name"), str) or not e["name"].strip():
        return "it has no name"
    for key in ("run_name", "run_type"):
        if not isinstance(e.get(key, ""), str):
            return f"its {key} is no text"
    if "time_unit" in e and (not isinstance(e["time_unit"], str) or e["time_unit"] not in UNITS):
        return "its time_unit is none of " + ", ".join(UNITS)
    if "family_index" in e and not number(e["family_index"]):
        return "its family_index is no number"
    if "threads" in e and not (number(e["threads"]) and 0 <= e["threads"] <= 1e6):
        return "its threads are no number"
    return None


def checked_program(content, path):
    """A file of Google Benchmark, without what is malformed in it."""
    if not isinstance(content, dict):
        raise Unfit(f"{path} is not a result: expected an object.")
    if not isinstance(content.get("benchmarks"), list):
        raise Unfit(f"{path} is no file of Google Benchmark: it has no list \"benchmarks\".")
    skipped = Skipped(path)
    context = content.get("context", {})
    if not isinstance(context, dict):
        skipped.add("context", "it is no object")
        context = {}
    kept = {}
    for key, value in context.items():
        what, _, threads = key.partition(", threads ")
        if what in ROOFS and not (re.fullmatch("[0-9]{1,6}", threads) and positive(as_number(value))):
            skipped.add(key, "it is no positive number")
        elif key == "peer" and not (isinstance(value, str) and value.strip()):
            skipped.add(key, "it is no text")
        elif key == "caches" and not (isinstance(value, list) and all(
                isinstance(c, dict) and number(c.get("size", 0)) and isinstance(c.get("type", ""), str)
                for c in value)):
            skipped.add(key, "it is no list of caches")
        else:
            kept[key] = value
    runs = []
    for e in content["benchmarks"]:
        why = wrong_in_run(e)
        if why:
            skipped.add(e.get("name", "an entry") if isinstance(e, dict) else e, why)
        else:
            runs.append(e)
    skipped.tell()
    program = {**content, "context": kept, "benchmarks": runs}
    times = [e for _, found in repetitions(program) for e in found if not e.get("error_occurred")]
    if times and not any(values(with_times([e]), "min_ms") for e in times):
        print(f"{path}: none of its {len(times)} times is valid (NaN, zero, negative, too large or no number).",
              file=sys.stderr)
    return program


def as_number(value):
    """A number, also one that is written as text; None if it is neither."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return None


ROW_TEXTS = {"torch": ("model", "who"), "compile_time": ()}
ROW_NUMBERS = {"torch": ("min_ms",), "compile_time": ("cpu_s",)}
MORE_NUMBERS = ("threads", "median_ms", "peak_mb", "binary_mb", "stripped_mb")


def wrong_in_row(name, row):
    """What is malformed in a row of torch.json or compile_time.json; None if nothing is."""
    if not isinstance(row, dict):
        return "it is no object"
    for key in ROW_TEXTS[name]:
        if not isinstance(row.get(key), str):
            return f"its {key} is no text"
    for key in ROW_NUMBERS[name]:
        if not positive(row.get(key)):
            return f"its {key} is no positive number"
    for key in MORE_NUMBERS:
        if row.get(key) is not None and not positive(row[key]):
            return f"its {key} is no positive number"
    return None


def checked_rows(name, content, path):
    """torch.json or compile_time.json, without what is malformed in it."""
    if not isinstance(content, dict):
        raise Unfit(f"{path} is not a result: expected an object.")
    if not isinstance(content.get("rows"), list):
        raise Unfit(f"{path} is not a result: it has no list \"rows\".")
    skipped, rows = Skipped(path), []
    for row in content["rows"]:
        why = wrong_in_row(name, row)
        if why:
            skipped.add(row, why)
        else:
            rows.append({k: v for k, v in row.items() if v is not None})
    skipped.tell()
    return {**content, "rows": rows, "absent": checked_sentences(content.get("absent", []), f"{path}, absent")}


def split_name(run_name):
    """"conv/forward/threads:2/manual_time" -> ("conv/forward", 2)"""
    parts = [p for p in run_name.split("/") if p not in ("manual_time", "real_time", "process_time")]
    threads = next((int(p[8:]) for p in parts if re.fullmatch("threads:[0-9]{1,6}", p)), None)
    return "/".join(p for p in parts if not p.startswith("threads:")), threads


def repetitions(program):
    """name -> its single runs, in the order in which the program lists them."""
    runs = {}
    for e in program["benchmarks"]:
        if e.get("run_type", "iteration") == "iteration":
            runs.setdefault(e.get("run_name", e["name"]), []).append(e)
    return sorted(runs.items(), key=lambda item: item[1][0].get("family_index", 0))


def values(runs, key):
    return [e[key] for e in runs if positive(e.get(key))]


def with_times(runs):
    """The runs with min_ms and median_ms, also those of programs that do not use measure.hpp."""
    found = []
    for e in runs:
        if "min_ms" not in e and number(e.get("real_time")):
            time_ms = e["real_time"] * UNITS[e.get("time_unit", "ns")]
            e = {**e, "min_ms": time_ms, "median_ms": time_ms}
        found.append(e)
    return found


def peer_of(program):
    """The peer's name, "oneDNN", from "oneDNN 2.6.3, instruction set up to any"; None for a program without one."""
    about = program["context"].get("peer")
    return about.split()[0] if about else None


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
            valid = [e for e in with_times(runs) if positive(e.get("min_ms"))]
            if runs and not valid:
                row["errors"].append(f"{program_name}: it has no valid time")
            runs = valid
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
    for program in data["programs"].values():
        for text, value in program["context"].items():
            what, _, threads = text.partition(", threads ")
            if what in ROOFS:
                roof = best.setdefault(int(threads), {})
                roof[ROOFS[what]] = max(roof.get(ROOFS[what], 0.0), float(value))
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
        good = [e for e in runs if positive(e.get("cut")) and positive(e.get("whole"))]
        if not good:
            if not any(e.get("error_occurred") for e in runs):
                print(f"step_breakdown: {full} has no positive \"cut\" and \"whole\" and is left out.", file=sys.stderr)
            continue
        name, threads = split_name(full)
        best = min(good, key=lambda e: e["cut"])
        parts = {tuple(key[len("part "):].rsplit("|", 1)): v for key, v in best.items()
                 if key.startswith("part ") and "|" in key and positive(v)}
        if not parts:
            print(f"step_breakdown: {full} has no part that took any time and is left out.", file=sys.stderr)
            continue
        found.append({"name": name.split("/")[-1], "threads": threads, "cut": best["cut"], "parts": parts,
                      "whole": min(e["whole"] for e in good)})
    return found


def text_table(rows, peers):
    """The table for a terminal."""
    def cell(value, width, digits):
        return f"{value:{width}.{digits}f}" if value is not None else f"{'-':>{width}}"

    gains = any("gain" in r["other"] for r in rows)  # of the ladder: over the rung below
    lines = [f"{'benchmark':<54} {'min ms':>10} {'median ms':>10} {'GFLOP/s':>9} {'GB/s':>8} {'% peak':>7}" +
             "".join(f" {'x ' + p:>9}" for p in peers) + (f" {'gain':>6}" if gains else "")]
    for r in rows:
        name = f"{r['name']}/threads:{r['threads']}"
        if "min_ms" in r:
            lines.append(f"{name:<54} {r['min_ms']:10.3f} {cell(r.get('median_ms'), 10, 3)} "
                         f"{cell(r.get('GFLOP/s'), 9, 1)} "
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
    for model, threads in sorted({(r["model"], r.get("threads", "?")) for r in torch}, key=str):
        those = [r for r in torch if (r["model"], r.get("threads", "?")) == (model, threads)]
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
        return make(args)
    except Unfit as e:
        print(e, file=sys.stderr)
        return 2


def make(args):
    data = gather(args.results) if os.path.isdir(args.results) else gathered(args.results)
    if not any(data.get(k) for k in ("programs", "outputs", "torch", "compile_time")):
        raise Unfit(f"{args.results} holds no results; bench/run.sh makes them.")
    if args.json:
        write(args.json, json.dumps(data, indent=1))
    rows = measurements(data)
    peers = sorted({p for r in rows for p in r["ratios"]}, key=lambda p: p != "oneDNN")
    torch = data.get("torch", {}).get("rows", [])
    lines = summary(rows, peers, torch)
    if args.html:
        write(args.html, report_page.page(data, rows, peers, lines, roofs(data), breakdowns(data), torch))
    if rows:
        print(text_table(rows, peers))
    for s in lines:
        print(f"{s['title']}: {s['text']}")
    for s in data["absent"] + data["failed"]:
        print(s)
    return 0


if __name__ == "__main__":
    finish(main)
