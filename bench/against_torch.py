#!/usr/bin/env python3
"""Times a whole DCGAN training step of ganvas and of PyTorch in turn and prints the ratio.

Usage: against_torch.py [--bench build/bench/bench/bench_dcgan_step] [--threads N] [--rounds N] [--steps N]
Each round starts both programs afresh, ours first in one round and second in the next, so that a machine whose speed
drifts treats both alike. Peak memory is that of the whole process (PyTorch with its libraries).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command, env=None):
    """Standard output and the largest resident size in MB of a finished command."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.stdout.close()
    if status != 0:
        sys.exit(f"{' '.join(command)} failed")
    return out.decode(), usage.ru_maxrss / 1024


def ours(args):
    out, peak = run([args.bench, f"--benchmark_filter=^dcgan_step/threads:{args.threads}/", "--benchmark_format=json",
                     f"--benchmark_min_time={0.12 * args.steps}"])
    b = json.loads(out)["benchmarks"][0]
    return b["min_ms"], b["median_ms"], peak


def torchs(args):
    out, _ = run([args.python, os.path.join(HERE, "torch_step.py"), "--threads", str(args.threads), "--steps",
                  str(args.steps)])
    r = json.loads(out.strip().splitlines()[-1])
    return r["min_ms"], r["median_ms"], r["peak_mb"]


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--bench", default=os.path.join(HERE, "..", "build", "bench", "bench", "bench_dcgan_step"))
    p.add_argument("--python", default="python3", help="the Python that has torch (Debian: /usr/bin/python3)")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--steps", type=int, default=20)
    args = p.parse_args()
    if not os.access(args.bench, os.X_OK):
        sys.exit(f"{os.path.normpath(args.bench)} is not there: bench/run.sh --quick dcgan_step builds it.")
    if subprocess.run([args.python, "-c", "import torch"], capture_output=True).returncode != 0:
        sys.exit(f"{args.python} has no torch (Debian: python3-torch, and then --python /usr/bin/python3).")
    rows = []
    for i in range(args.rounds):
        pair = [None, None]
        for who in ((0, 1) if i % 2 == 0 else (1, 0)):
            pair[who] = (ours, torchs)[who](args)
        rows.append(pair)
        print(f"round {i + 1}: ganvas {pair[0][1]:.1f} ms, PyTorch {pair[1][1]:.1f} ms a step (medians), "
              f"ratio {pair[1][1] / pair[0][1]:.2f}", flush=True)
    best = [min(r[k][0] for r in rows) for k in (0, 1)]
    median = [statistics.median(r[k][1] for r in rows) for k in (0, 1)]
    peak = [max(r[k][2] for r in rows) for k in (0, 1)]
    print(f"threads {args.threads}          ganvas    PyTorch   PyTorch / ganvas")
    print(f"shortest step, ms  {best[0]:8.1f}  {best[1]:9.1f}  {best[1] / best[0]:8.2f}")
    print(f"median step, ms    {median[0]:8.1f}  {median[1]:9.1f}  {median[1] / median[0]:8.2f}")
    print(f"peak memory, MB    {peak[0]:8.0f}  {peak[1]:9.0f}  {peak[1] / peak[0]:8.2f}")


if __name__ == "__main__":
    main()
