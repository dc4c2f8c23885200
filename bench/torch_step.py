#!/usr/bin/env python3
"""One training step of the MNIST DCGAN in PyTorch, to be timed in turn with ganvas' bench program.

  G 100 -> 256@7x7 -> 128@14x14 -> 1@28x28 (ConvTranspose k7s1, k4s2p1, k4s2p1; BN, ReLU, tanh)
  D 1 -> 64@14x14 -> 128@7x7 -> 1 (Conv k4s2p1, k4s2p1, k7; LeakyReLU 0.2, BN on the second); Adam 2e-4 (0.5, 0.999)
A step: D on a real batch and on fakes made without a graph, Adam on D; then G with fresh noise, D's parameters frozen so
that their gradients are not computed, Adam on G.

PyTorch at its best on a CPU: no spinning at barriers, denormals flushed; contiguous and channels_last, one thread and all
threads inside BLAS are tried, each in a process of its own, and the fastest is reported:
  python3 bench/torch_step.py --threads 2 --steps 20
prints one line of JSON: times of a step in milliseconds, peak memory in MB, and which BLAS was loaded. Debian's PyTorch
takes whatever libblas.so.3 is: install libopenblas0-pthread, for with the reference BLAS it is ten times slower and a
comparison would say nothing.
"""
import argparse
import json
import os
import subprocess
import sys
import time


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=20)
    p.add_argument("--warmup", type=int, default=3)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--blas-threads", type=int, default=0, help="0: the faster of 1 and --threads")
    p.add_argument("--layout", choices=["best", "contiguous", "channels_last"], default="best")
    return p.parse_args()


def loaded_blas():
    """File name of the BLAS in this process; the symbolic link's target, which tells reference from OpenBLAS."""
    try:
        with open("/proc/self/maps") as f:
            files = {line.split()[-1] for line in f if "blas" in line}
        return ", ".join(sorted("/".join(f.split("/")[-2:]) for f in files)) or "built in"
    except OSError:
        return "unknown"


def peak_mb():
    """Largest resident size so far: VmHWM, which unlike ru_maxrss does not start at the parent's."""
    try:
        with open("/proc/self/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) / 1024
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # bytes on macOS


def measure(args):
    os.environ.update(OPENBLAS_NUM_THREADS=str(args.blas_threads or 1), GOMP_SPINCOUNT="0", OMP_NUM_THREADS=str(args.threads))
    import torch  # reads the environment
    from torch import nn
    from torch.nn.functional import softplus

    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    layout = torch.channels_last if args.layout == "channels_last" else torch.contiguous_format
    g = nn.Sequential(nn.ConvTranspose2d(100, 256, 7, bias=False), nn.BatchNorm2d(256), nn.ReLU(True),
                      nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU(True),
                      nn.ConvTranspose2d(128, 1, 4, 2, 1), nn.Tanh())
    d = nn.Sequential(nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2, True),
                      nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2, True),
                      nn.Conv2d(128, 1, 7))
    for net in (g, d):
        for m in net.modules():
            if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(m.weight, 0, 0.02)
        net.to(memory_format=layout)
    adam_g = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    real = (torch.rand(args.batch, 1, 28, 28) * 2 - 1).to(memory_format=layout)

    def noise():
        return torch.randn(args.batch, 100, 1, 1)

    def step():
        with torch.no_grad():
            fake = g(noise())
        loss_d = softplus(-d(real)).mean() + softplus(d(fake)).mean()
        adam_d.zero_grad(set_to_none=True)
        loss_d.backward()
        adam_d.step()
        d.requires_grad_(False)
        loss_g = softplus(-d(g(noise()))).mean()
        adam_g.zero_grad(set_to_none=True)
        loss_g.backward()
        adam_g.step()
        d.requires_grad_(True)
        return loss_d.item(), loss_g.item()

    for _ in range(args.warmup):
        step()
    times = []
    for _ in range(args.steps):
        begin = time.perf_counter()
        losses = step()
        times.append((time.perf_counter() - begin) * 1e3)
    times.sort()
    return {"program": "PyTorch " + torch.__version__, "layout": args.layout, "threads": args.threads,
            "blas": loaded_blas(), "blas_threads": args.blas_threads or 1,
            "batch": args.batch, "steps": args.steps, "min_ms": round(times[0], 2),
            "median_ms": round(times[len(times) // 2], 2), "peak_mb": round(peak_mb(), 1),
            "loss_d": round(losses[0], 4), "loss_g": round(losses[1], 4)}


def main():
    args = arguments()
    if args.layout != "best":
        print(json.dumps(measure(args)))
        return
    results = []
    for blas_threads in [args.blas_threads] if args.blas_threads else sorted({1, args.threads}):
        for layout in ["contiguous", "channels_last"]:
            command = [sys.executable, os.path.abspath(__file__), "--layout", layout]
            for name in ["threads", "steps", "warmup", "batch"]:
                command += ["--" + name, str(getattr(args, name))]
            command += ["--blas-threads", str(blas_threads)]
            results.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    print(json.dumps(min(results, key=lambda r: r["min_ms"])))


if __name__ == "__main__":
    main()
