#!/usr/bin/env python3
"""Did anything become slower? Compares two result files, benchmark by benchmark, with a Mann-Whitney U test.

Usage: compare.py OLD.json NEW.json [--threshold PERCENT] [--alpha P] [--counter NAME] [--filter RE] [--all]
The files are bench/results.json of two runs, or any two of Google Benchmark's with repetitions. A benchmark is slower
if the median of its repetitions grew by more than the threshold and chance alone would do that with a probability below
alpha. Three against three can never show it: measure with bench/run.sh --repetitions 9.
Exit code: 0 nothing is slower, 1 something is or fails now, 2 the files can not be compared, 3 nothing is slower, but
some benchmarks of the old file could not be compared: they are missing in the new one, have no valid time or too few
repetitions.
"""
import argparse
import collections
import contextlib
import json
import math
import os
import re
import statistics
import sys

EXACT = 20  # up to so many values in both samples together, all orders are counted
LONGEST = 1e15  # ms; what is longer, or shorter than 1 / LONGEST, is no time
UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


class Unfit(Exception):
    """A file is not what it should be; the text says why."""


def read_json(path):
    """What a JSON file holds. Whole numbers of more than 15 digits become floating-point ones."""
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f, parse_int=lambda digits: int(digits) if len(digits) < 16 else float(digits))
    except OSError as e:
        raise Unfit(f"{path} can not be read: {e.strerror}.") from None
    except RecursionError:
        raise Unfit(f"{path} is nested too deeply to be a result.") from None
    except ValueError as e:
        raise Unfit(f"{path} is no JSON: {e}. Measure again, or give another file.") from None


def finish(main):
    """Ends the process with main's exit code; with 2 and a sentence if what is printed can not be written."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(errors="backslashreplace")  # names may hold what the terminal can not show
    try:
        code = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except OSError as e:
        with contextlib.suppress(OSError):
            print(f"The output could not be written: {e.strerror}.", file=sys.stderr, flush=True)
        os._exit(2)  # else Python tries to write again
    sys.exit(code)


def ranks(values):
    """Twice the rank of each value, whole numbers: equal values share the mean of their ranks."""
    order = sorted(values)
    first, last = {}, {}
    for place, v in enumerate(order, 1):
        first.setdefault(v, place)
        last[v] = place
    return [first[v] + last[v] for v in values]


def mann_whitney(a, b):
    """The two-sided p value of the hypothesis that a and b come from the same distribution [Mann and Whitney 1947].

    Exact for small samples, ties included: of all ways to choose len(a) of the ranks, the part whose sum is at least as
    far from its mean as that of a. Otherwise by the normal distribution, corrected for ties and for continuity.
    """
    n, m = len(a), len(b)
    if n == 0 or m == 0:
        raise ValueError("both samples need at least one value")
    doubled = ranks(list(a) + list(b))
    mean = n * (n + m + 1)  # of the doubled rank sum
    distance = abs(sum(doubled[:n]) - mean)
    if n + m <= EXACT:
        ways = [{0: 1}] + [{} for _ in range(n)]  # ways[k][s]: choices of k ranks with the sum s
        for r in doubled:
            for k in range(n, 0, -1):
                for s, count in ways[k - 1].items():
                    ways[k][s + r] = ways[k].get(s + r, 0) + count
        extreme = sum(count for s, count in ways[n].items() if abs(s - mean) >= distance)
        return extreme / math.comb(n + m, n)
    total = n + m
    ties = sum(c ** 3 - c for c in collections.Counter(doubled).values())
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0  # all values are equal
    z = max(0.0, distance / 2 - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def least_p(n, m):
    """The smallest p value that samples of these sizes can give."""
    return min(1.0, 2 / math.comb(n + m, n)) if min(n, m) <= 50 else 0.0  # in truth below 1e-28


def benchmarks(path):
    """All single runs in a file as (name, entry), whichever of the two forms it has."""
    data = read_json(path)
    parts = data.get("programs") if isinstance(data, dict) and "programs" in data else {"": data}
    runs = []
    for program, part in parts.items() if isinstance(parts, dict) else []:
        entries = part.get("benchmarks") if isinstance(part, dict) else None
        for e in entries if isinstance(entries, list) else []:
            if isinstance(e, dict) and isinstance(e.get("name"), str) and e.get("run_type", "iteration") == "iteration":
                name = e["run_name"] if isinstance(e.get("run_name"), str) else e["name"]
                runs.append(((program + ": " if program else "") + name, e))
    if not runs:
        raise Unfit(f"{path} holds no benchmarks. Give bench/results.json or a file of --benchmark_out.")
    return runs


def milliseconds(entry, counter):
    """The time of one repetition: a counter of ours if it is there, else Google Benchmark's mean; None if unusable."""
    value = entry[counter] if counter in entry else None
    if value is None:
        value, unit = entry.get("real_time"), entry.get("time_unit", "ns")
        factor = UNITS.get(unit) if isinstance(unit, str) else None
        value = value * factor if factor and isinstance(value, (int, float)) else None
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 1 / LONGEST <= value <= LONGEST
    return float(value) if good else None


def samples(path, counter, wanted):
    """name -> times in ms, name -> message of the benchmarks that failed, name -> how many invalid times it has."""
    times, failed, invalid = {}, {}, collections.Counter()
    for name, entry in benchmarks(path):
        if not wanted.search(name):
            continue
        value = milliseconds(entry, counter)
        if entry.get("error_occurred"):
            failed[name] = str(entry.get("error_message", "no message"))
        elif value is not None:
            times.setdefault(name, []).append(value)
        else:
            invalid[name] += 1
    return times, failed, invalid


def compare(old, new, threshold, alpha):
    """Rows (name, old median, new median, p, verdict) of what both have; p is None where it can not be told."""
    rows = []
    for name in old:
        if name not in new:
            continue
        a, b = old[name], new[name]
        before, after = statistics.median(a), statistics.median(b)
        if least_p(len(a), len(b)) >= alpha:
            rows.append((name, before, after, None, "too few"))
            continue
        p = mann_whitney(a, b)
        changed = p < alpha and max(after / before, before / after) > 1 + threshold / 100
        rows.append((name, before, after, p, "same" if not changed else "SLOWER" if after > before else "faster"))
    return rows


def are(names, what):
    """A sentence about some benchmarks, with one of them as the example."""
    return f"{len(names)} {'is' if len(names) == 1 else 'are'} {what}, e.g. {min(names)}."


def without_valid_time(times, failed, invalid):
    """Names whose repetitions are all invalid."""
    return invalid.keys() - times.keys() - failed.keys()


def print_changes(rows):
    width = min(72, max(len(r[0]) for r in rows))
    print(f"{'benchmark':{width}} {'old ms':>10} {'new ms':>10} {'new/old':>8} {'p':>8}")
    for name, before, after, p, verdict in sorted(rows, key=lambda r: r[1] / r[2]):
        text = "-" if p is None else f"{p:.4f}"
        print(f"{name:{width}} {before:10.4g} {after:10.4g} {after / before:8.3f} {text:>8}  {verdict}")


def report(args):
    wanted = re.compile(args.filter)
    old, old_failed, old_invalid = samples(args.old, args.counter, wanted)
    new, new_failed, new_invalid = samples(args.new, args.counter, wanted)
    failed = {name: text for name, text in new_failed.items() if name in old}
    rows = compare(old, new, args.threshold, args.alpha)
    no_time = "without a valid time (NaN, zero, negative, too large or no number) in the"
    not_compared = [(names, what) for names, what in (
        (old_failed.keys() - old.keys(), "marked as failed in the old file"),
        (without_valid_time(old, old_failed, old_invalid), f"{no_time} old file"),
        (without_valid_time(new, new_failed, new_invalid) & old.keys(), f"{no_time} new file"),
        (old.keys() - new.keys() - new_failed.keys() - new_invalid.keys(), "only in the old file")) if names]
    if not rows and not failed:
        match = f" that matches {args.filter}" if args.filter != "." else ""
        if all(what == "only in the old file" for _, what in not_compared):
            raise Unfit(f"{args.old} and {args.new} have no benchmark in common{match}.")
        raise Unfit(f"{args.old} and {args.new} have no benchmark with valid times in common{match}: " +
                    " ".join(are(*each) for each in not_compared))
    tested = [r for r in rows if r[3] is not None]
    if not tested and not failed:
        name = rows[0][0]
        n, m = len(old[name]), len(new[name])
        need = next(k for k in range(1, 10000) if least_p(k, k) < args.alpha)
        raise Unfit(f"There are too few repetitions: {name} has {n} and {m}, which can not give p < {args.alpha:g}; "
                    f"take at least {need} in both (bench/run.sh --repetitions {need}).")
    shown = rows if args.all else [r for r in rows if r[4] in ("SLOWER", "faster")]
    if shown:
        print_changes(shown)
    for name, text in failed.items():
        print(f"{name} failed in {args.new}: {text}")
    count = {v: sum(r[4] == v for r in rows) for v in ("SLOWER", "faster", "same", "too few")}
    if tested:
        mean = math.exp(statistics.fmean(math.log(r[2] / r[1]) for r in tested))
        print(f"{len(tested)} benchmarks compared: {count['SLOWER']} slower, {count['faster']} faster by more than "
              f"{args.threshold:g} % (p < {args.alpha:g}); geometric mean of new/old {mean:.3f}.")
    if count["too few"]:
        few = [r[0] for r in rows if r[4] == "too few"]
        print(f"{len(few)} {'has' if len(few) == 1 else 'have'} too few repetitions to be told from chance, e.g. "
              f"{min(few)}.")
    for names, what in not_compared:
        print(are(names, what))
    for file, invalid, times in (("old", old_invalid, old), ("new", new_invalid, new)):
        some = {name: invalid[name] for name in invalid.keys() & times.keys()}
        if some:
            print(f"{sum(some.values())} invalid times of the {file} file were left out, e.g. of {min(some)}.")
    if new.keys() - old.keys() - old_failed.keys() - old_invalid.keys():
        print(are(new.keys() - old.keys() - old_failed.keys() - old_invalid.keys(), "only in the new file"))
    if count["SLOWER"] or failed:
        return 1
    if count["too few"] or not_compared:
        print("Nothing that was compared is slower, but not everything of the old file could be compared.")
        return 3
    return 0


def positive(text):
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value


def probability(text):
    value = float(text)
    if not 1e-9 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text} is no probability between 1e-9 and 1")
    return value


def pattern(text):
    try:
        re.compile(text)
    except re.error as e:
        raise argparse.ArgumentTypeError(f"{text} is no regular expression: {e}") from None
    return text


def main(arguments=None):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("old")
    p.add_argument("new")
    p.add_argument("--threshold", type=positive, default=5, help="percent that a median may grow (5)")
    p.add_argument("--alpha", type=probability, default=0.01, help="probability of chance below which it counts (0.01)")
    p.add_argument("--counter", default="median_ms", help="a repetition's time (median_ms); else real_time is taken")
    p.add_argument("--filter", type=pattern, default=".", help="only benchmarks whose name matches")
    p.add_argument("--all", action="store_true", help="print also what did not change")
    args = p.parse_args(arguments)
    try:
        return report(args)
    except Unfit as e:
        print(e, file=sys.stderr)
        return 2


if __name__ == "__main__":
    finish(main)
