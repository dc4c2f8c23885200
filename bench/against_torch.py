#!/usr/bin/env python3
"""Times whole training steps of ganvas and of PyTorch in turn and prints the ratios.

  against_torch.py [--model mnist_dcgan|dcgan64|wgan_gp|all] [--threads N ...] [--rounds N] [--steps N]
                   [--python PYTHON ...] [--bench build/bench/bench/bench_dcgan_step] [--json FILE]

--python may be given several times: /usr/bin/python3 for Debian's PyTorch, one of a virtual environment for a current
one. For each model and number of threads, the fastest variant of each PyTorch is looked for first (torch_step.py
--choose). Then each round starts all programs afresh, in one order in one round and in the other in the next, so that
a machine whose speed drifts treats all alike. Both sides must have the same numbers of parameters. Peak memory is that
of the whole process, PyTorch with its libraries ("after import" says how much of it these are).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TORCH_STEP = os.path.join(HERE, "torch_step.py")
MODELS = ["mnist_dcgan", "dcgan64", "wgan_gp"]


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", choices=MODELS + ["all"], default="all")
    p.add_argument("--threads", type=int, nargs="+", default=sorted({1, os.cpu_count()}))
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--steps", type=int, default=20, help="of each program in a round")
    p.add_argument("--choose-steps", type=int, default=5, help="of each variant while the fastest is looked for")
    p.add_argument("--python", action="append", help="a Python that has torch (python3)")
    p.add_argument("--bench", default=os.path.join(HERE, "..", "build", "bench", "bench", "bench_dcgan_step"))
    p.add_argument("--json", help="write rows and absent peers to this file")
    return p.parse_args()


def run(command):
    """The lines of JSON that a command prints, or a sentence why there are none."""
    try:
        process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    except OSError as error:
        return f"{command[0]} can not be started: {error.strerror}."
    if process.returncode != 0:
        message = process.stderr.strip().splitlines() or ["no message"]
        return f"{' '.join(command)} failed: {message[-1]}"
    return [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]


def size(name, value):
    return ["--" + name, str(value)]


def version_of(python, absent):
    """"PyTorch 2.1.0", or None and a sentence in absent."""
    try:
        probe = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, universal_newlines=True)
        if probe.returncode == 0:
            return "PyTorch " + probe.stdout.strip().splitlines()[-1]
        absent.append(f"{python} has no PyTorch, so it is not compared (Debian: python3-torch for /usr/bin/python3; "
                      "any other: pip install torch in a virtual environment).")
    except OSError as error:
        absent.append(f"{python} can not be started ({error.strerror}), so its PyTorch is not compared.")
    return None


def chosen(python, who, model, threads, args, absent):
    """The fastest variant of a PyTorch."""
    lines = run([python, TORCH_STEP, "--choose"] + size("model", model) + size("threads", threads) +
                size("steps", args.choose_steps))
    if isinstance(lines, str):
        absent.append(f"{who} on {model}, threads {threads}: {lines}")
        return None
    for line in lines[:-1]:
        name = ", ".join(f"{key} {value}" for key, value in line["variant"].items())
        print(f"  {who} {model} threads {threads}: {name}: " +
              (f"failed, {line['failed']}" if "failed" in line else f"{line['min_ms']:.1f} ms"), flush=True)
    return lines[-1]["variant"]


def interleaved(players, rounds):
    """Results of every player in every round, in turn forwards and backwards."""
    results = {who: [] for who in players}
    for i in range(rounds):
        for who in list(players) if i % 2 == 0 else list(players)[::-1]:
            lines = run(players[who])
            if isinstance(lines, str):
                sys.exit(lines)
            results[who].append(lines[-1])
    return results


def row(who, results):
    first = results[0]
    one = {"model": first["model"], "threads": first["threads"], "who": who,
           "min_ms": min(r["min_ms"] for r in results), "median_ms": statistics.median(r["median_ms"] for r in results),
           "peak_mb": max(r["peak_mb"] for r in results), "parameters_g": first["parameters_g"],
           "parameters_d": first["parameters_d"]}
    for key in ("variant", "import_mb", "instruction_set", "blas"):
        if key in first:
            one[key] = first[key]
    return one


def print_table(rows):
    print(f"{'model':<12} {'threads':>7} {'who':<22} {'min ms':>9} {'median ms':>10} {'peak MB':>8}   "
          f"{'slower than ganvas: min':>23} {'median':>7} {'memory':>7}")
    ours = None
    for r in rows:
        line = f"{r['model']:<12} {r['threads']:>7} {r['who']:<22} {r['min_ms']:>9.1f} {r['median_ms']:>10.1f} " \
               f"{r['peak_mb']:>8.0f}"
        if r["who"] == "ganvas":
            ours = r
        else:
            line += f"   {r['min_ms'] / ours['min_ms']:>23.2f} {r['median_ms'] / ours['median_ms']:>7.2f} " \
                    f"{r['peak_mb'] / ours['peak_mb']:>7.2f}   " \
                    f"(after import {r['import_mb']:.0f} MB; {', '.join(f'{k} {v}' for k, v in r['variant'].items())})"
        print(line)
    print("parameters (G, D), the same on all sides: " +
          ", ".join(sorted({f"{r['model']} {r['parameters_g']} {r['parameters_d']}" for r in rows})))


def speed_up(rows):
    """From 1 thread to more, for every model and program."""
    for r in rows:
        one = [s for s in rows if s["threads"] == 1 and (s["model"], s["who"]) == (r["model"], r["who"])]
        if r["threads"] > 1 and one:
            print(f"{r['model']}, {r['who']}: {one[0]['min_ms'] / r['min_ms']:.2f} times faster with {r['threads']} "
                  "threads than with 1 (shortest steps)")


def main():
    args = arguments()
    if not os.access(args.bench, os.X_OK):
        sys.exit(f"{os.path.normpath(args.bench)} is not there: bench/run.sh --quick dcgan_step builds it.")
    absent, rows = [], []
    pythons = {}
    for python in args.python or ["python3"]:
        version = version_of(python, absent)
        if version and version in pythons:
            absent.append(f"{python} has {version} as well as {pythons[version]}; it is compared once.")
        elif version:
            pythons[version] = python
    for model in MODELS if args.model == "all" else [args.model]:
        for threads in args.threads:
            common = size("model", model) + size("threads", threads) + size("steps", args.steps)
            players = {"ganvas": [args.bench] + common}
            for who, python in pythons.items():
                variant = chosen(python, who, model, threads, args, absent)
                if variant:
                    players[who] = [python, TORCH_STEP, "--variant", json.dumps(variant)] + common
            results = interleaved(players, args.rounds)
            rows += [row(who, r) for who, r in results.items()]
            counts = {(r["parameters_g"], r["parameters_d"]) for r in rows if r["model"] == model}
            if len(counts) != 1:
                sys.exit(f"{model} is not the same network on all sides: (G, D) have {sorted(counts)} parameters.")
            if args.json:  # after each, for a run takes long
                with open(args.json, "w") as f:
                    json.dump({"rows": rows, "absent": absent}, f, indent=1)
    print_table(rows)
    speed_up(rows)
    for sentence in absent:
        print("absent: " + sentence)


if __name__ == "__main__":
    main()
