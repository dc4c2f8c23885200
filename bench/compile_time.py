#!/usr/bin/env python3
"""How long examples/mnist_dcgan.cpp takes to compile, with how much memory, and how large the program is.

Usage: compile_time.py [--compilers g++,clang++] [--repetitions N] [--json FILE]
Each compiler that is there builds it at -O2 in two forms: from headers alone, and against ganvas::compiled, whose
objects are listed by themselves since a project builds them once. CPU seconds and megabytes are those of the compiler
with all its processes, the shortest of the repetitions. The option parser (examples/command_line.cpp) is linked but not
counted.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def timed(command):
    """CPU seconds and the largest resident size in MB of a command with all its processes."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            log.seek(0)
            raise RuntimeError(" ".join(command) + " failed:\n" + log.read().decode(errors="replace")[-2000:])
    megabyte = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / megabyte


def eigen():
    """Where Eigen's headers are, as the compiler's option."""
    try:
        flags = subprocess.run(["pkg-config", "--cflags", "eigen3"], capture_output=True, text=True, check=True).stdout
        return flags.split()
    except (OSError, subprocess.CalledProcessError):
        return ["-I/usr/include/eigen3"]


def measure(compiler, repetitions, folder):
    """The rows of one compiler."""
    flags = ["-std=c++20", "-O2", "-fopenmp", "-I" + os.path.join(ROOT, "include"), *eigen()]
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    example = os.path.join(ROOT, "examples", "mnist_dcgan.cpp")
    options = os.path.join(folder, "options.o")
    timed([compiler, *flags, "-c", os.path.join(ROOT, "examples", "command_line.cpp"), "-o", options])
    rows = []

    def compile_one(what, source, extra):
        out = os.path.join(folder, what.replace(" ", "_").replace(":", "") + ".o")
        runs = [timed([compiler, *flags, *extra, "-c", source, "-o", out]) for _ in range(repetitions)]
        rows.append({"compiler": version, "what": what, "cpu_s": min(r[0] for r in runs),
                     "peak_mb": max(r[1] for r in runs)})
        row = rows[-1]
        print(f"{compiler}, {what}: {row['cpu_s']:.1f} s, {row['peak_mb']:.0f} MB", file=sys.stderr, flush=True)
        return out

    def link(row, objects):
        program = os.path.join(folder, "program")
        timed([compiler, "-fopenmp", *objects, options, "-lz", "-o", program])
        row["binary_mb"] = os.path.getsize(program) / 1e6
        if shutil.which("strip"):
            timed(["strip", program])
            row["stripped_mb"] = os.path.getsize(program) / 1e6

    headers = compile_one("mnist_dcgan.cpp, headers alone", example, [])
    link(rows[0], [headers])
    against = compile_one("mnist_dcgan.cpp, against ganvas::compiled", example, ["-DGANVAS_COMPILED"])
    library = [compile_one(f"{name}.cpp of ganvas::compiled", os.path.join(ROOT, "include", "ganvas", name + ".cpp"),
                           ["-DGANVAS_COMPILED"]) for name in ("compiled", "compiled_float")]
    link(rows[1], [against, *library])
    return rows


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--compilers", default="g++,clang++", help="names, with commas between them")
    p.add_argument("--repetitions", type=int, default=1)
    p.add_argument("--json", help="write the rows into this file")
    args = p.parse_args()
    if args.repetitions < 1:
        p.error("--repetitions must be at least 1.")
    result = {"rows": [], "absent": []}
    for compiler in args.compilers.split(","):
        if shutil.which(compiler) is None:
            result["absent"].append(f"{compiler} is not installed: its compile time was not measured.")
            continue
        try:
            with tempfile.TemporaryDirectory() as folder:
                result["rows"] += measure(compiler, args.repetitions, folder)
        except RuntimeError as e:
            print(e, file=sys.stderr)
            result["absent"].append(f"{compiler} could not build examples/mnist_dcgan.cpp: " + str(e).splitlines()[0])
    for text in result["absent"]:
        print(text, file=sys.stderr)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)
    for r in result["rows"]:
        size = f"{r['binary_mb']:.2f} MB program" if "binary_mb" in r else ""
        print(f"{r['compiler'][:32]:32} {r['what']:44} {r['cpu_s']:6.1f} s {r['peak_mb']:6.0f} MB  {size}")


if __name__ == "__main__":
    main()
