#!/usr/bin/env python3
"""One training step of a GAN in PyTorch, to be timed in turn with ganvas' bench_dcgan_step, which has the same models.

  mnist_dcgan  G 100-256@7-128@14-1@28 (ConvTranspose k7s1, k4s2p1, k4s2p1; BN, ReLU, tanh)
               D 1-64@14-128@7-1 (Conv k4s2p1, k4s2p1, k7; LeakyReLU 0.2, BN on the second)
  dcgan64      G 100-512@4-256@8-128@16-64@32-3@64, D its mirror 3-64-128-256-512-1, batch norm as in the DCGAN paper
  wgan_gp      the nets of mnist_dcgan without batch norm in D; Wasserstein loss, gradient penalty (second order)
All: batch 64, Adam 2e-4 (0.5, 0.999). A step: D on a real batch and on fakes made without a graph, Adam on D; then G with
fresh noise, D's parameters frozen so that their gradients are not computed, Adam on G.

  python3 bench/torch_step.py --model dcgan64 --threads 2 --steps 20 --variant '{"layout": "channels_last"}'
prints one line of JSON: times of a step in milliseconds, peak memory in MB, numbers of parameters, last losses.
  python3 bench/torch_step.py --model dcgan64 --threads 2 --choose
looks for the fastest variant first, each in a process of its own, and prints a line of JSON for each; the last line is
the best: contiguous or channels_last, compiled (torch.compile) or not, how Adam goes over the parameters, threads in
BLAS, spinning at barriers. Denormals are always flushed. Debian's PyTorch takes whatever libblas.so.3 is: install
libopenblas0-pthread, for with the reference BLAS it is ten times slower and a comparison would say nothing.
"""
import argparse
import json
import os
import subprocess
import sys
import time

MODELS = ["mnist_dcgan", "dcgan64", "wgan_gp"]
# The first value of each is the start of the search; then one after the other is changed and the faster value kept.
VARIANTS = {"layout": ["contiguous", "channels_last"], "compiled": [False, True],
            "adam": ["foreach", "fused", "loop"], "blas_threads": [1, 0], "spin": [False, True]}


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", choices=MODELS, default="mnist_dcgan")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--steps", type=int, default=20)
    p.add_argument("--warmup", type=int, default=3)
    p.add_argument("--variant", type=json.loads, default={}, help="JSON, some of " + json.dumps(VARIANTS))
    p.add_argument("--choose", action="store_true", help="try the variants and say which is the fastest")
    return p.parse_args()


def loaded_blas():
    """File name of the BLAS in this process; the symbolic link's target, which tells reference from OpenBLAS."""
    try:
        with open("/proc/self/maps") as f:
            others = ("cublas", "numpy", "scipy")  # which PyTorch does not compute with here
            files = {line.split()[-1] for line in f if "blas" in line and not any(o in line for o in others)}
        return ", ".join(sorted("/".join(f.split("/")[-2:]) for f in files)) or "built in"
    except OSError:
        return "unknown"


def memory_mb(key):
    """VmHWM, the largest resident size so far (which unlike ru_maxrss does not start at the parent's), or VmRSS."""
    try:
        with open("/proc/self/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(key)) / 1024
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # bytes on macOS


def networks(model):
    """Generator, discriminator, side of the image and its channels."""
    from torch import nn
    side, channels, widths = (64, 3, [512, 256, 128, 64]) if model == "dcgan64" else (28, 1, [256, 128])
    first = side >> len(widths)
    g = [nn.ConvTranspose2d(100, widths[0], first, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(True)]
    for a, b in zip(widths, widths[1:]):
        g += [nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(True)]
    g += [nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1), nn.Tanh()]
    widths = {"dcgan64": [64, 128, 256, 512]}.get(model, [64, 128])
    d = [nn.Conv2d(channels, widths[0], 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for a, b in zip(widths, widths[1:]):
        norm = model != "wgan_gp"
        d += [nn.Conv2d(a, b, 4, 2, 1, bias=not norm)] + [nn.BatchNorm2d(b)] * norm + [nn.LeakyReLU(0.2, True)]
    d += [nn.Conv2d(widths[-1], 1, first), nn.Flatten()]
    return nn.Sequential(*g), nn.Sequential(*d), side, channels


def measure(args):
    variant = {key: args.variant.get(key, values[0]) for key, values in VARIANTS.items()}
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    os.environ["OPENBLAS_NUM_THREADS"] = str(variant["blas_threads"] or args.threads)
    if not variant["spin"]:
        os.environ["GOMP_SPINCOUNT"] = "0"
    import torch  # reads the environment
    from torch import nn
    from torch.nn.functional import softplus

    import_mb = memory_mb("VmRSS")
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    layout = torch.channels_last if variant["layout"] == "channels_last" else torch.contiguous_format
    g_net, d_net, side, channels = networks(args.model)
    for net in (g_net, d_net):
        for m in net.modules():
            if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(m.weight, 0, 0.02)
        net.to(memory_format=layout)
    g, d = g_net, d_net
    if variant["compiled"]:
        g, d = torch.compile(g_net), torch.compile(d_net)
    how = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}[variant["adam"]]
    adam_g = torch.optim.Adam(g_net.parameters(), 2e-4, (0.5, 0.999), **how)
    adam_d = torch.optim.Adam(d_net.parameters(), 2e-4, (0.5, 0.999), **how)
    x = (torch.rand(64, channels, side, side) * 2 - 1).to(memory_format=layout)
    wasserstein = args.model == "wgan_gp"

    def noise():
        return torch.randn(64, 100, 1, 1)

    def penalty(fake):
        """lambda E (||grad D(x_hat)|| - 1)^2. What torch.compile made has no second gradient: the net itself."""
        epsilon = torch.rand(64, 1, 1, 1)
        x_hat = (epsilon * x + (1 - epsilon) * fake).requires_grad_(True)
        slope, = torch.autograd.grad(d_net(x_hat).sum(), x_hat, create_graph=True)
        return 10 * ((slope.square().sum((1, 2, 3)) + 1e-12).sqrt() - 1).square().mean()

    def step():
        with torch.no_grad():
            fake = g(noise())
        if wasserstein:
            loss_d = d(fake).mean() - d(x).mean() + penalty(fake)
        else:
            loss_d = softplus(-d(x)).mean() + softplus(d(fake)).mean()
        adam_d.zero_grad(set_to_none=True)
        loss_d.backward()
        adam_d.step()
        d_net.requires_grad_(False)
        opinion = d(g(noise()))
        loss_g = -opinion.mean() if wasserstein else softplus(-opinion).mean()
        adam_g.zero_grad(set_to_none=True)
        loss_g.backward()
        adam_g.step()
        d_net.requires_grad_(True)
        return loss_d.item(), loss_g.item()

    for _ in range(args.warmup):
        step()
    times = []
    for _ in range(args.steps):
        begin = time.perf_counter()
        losses = step()
        times.append((time.perf_counter() - begin) * 1e3)
    times.sort()
    return {"program": "PyTorch " + torch.__version__, "model": args.model, "threads": args.threads,
            "variant": variant, "blas": loaded_blas(), "steps": args.steps, "min_ms": round(times[0], 3),
            "median_ms": round(times[len(times) // 2], 3), "peak_mb": round(memory_mb("VmHWM"), 1),
            "import_mb": round(import_mb, 1), "parameters_g": sum(p.numel() for p in g_net.parameters()),
            "parameters_d": sum(p.numel() for p in d_net.parameters()),
            "loss_d": round(losses[0], 4), "loss_g": round(losses[1], 4)}


def tried(args, variant):
    """What a process of its own measures for a variant: the line of JSON, or {"failed": why}."""
    command = [sys.executable, os.path.abspath(__file__), "--variant", json.dumps(variant)]
    for name in ["model", "threads", "steps", "warmup"]:
        command += ["--" + name, str(getattr(args, name))]
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    if process.returncode == 0:
        return json.loads(process.stdout.strip().splitlines()[-1])
    last = (process.stderr.strip().splitlines() or ["no message"])[-1]
    return {"failed": last, "variant": variant, "model": args.model, "threads": args.threads}


def choose(args):
    """Layout and compiled in all combinations, then the others one after the other."""
    results = []

    def best():
        done = [r for r in results if "failed" not in r]
        return min(done, key=lambda r: r["min_ms"]) if done else None

    def attempt(variant):
        results.append(tried(args, variant))
        print(json.dumps(results[-1]), flush=True)

    for layout in VARIANTS["layout"]:
        for compiled in VARIANTS["compiled"]:
            attempt({"layout": layout, "compiled": compiled})
    if best() is None:
        sys.exit("no variant runs; the last one says: " + results[-1]["failed"])
    for key in ["adam", "blas_threads", "spin"]:
        if key != "adam" and args.threads == 1 or key == "blas_threads" and best()["blas"] == "built in":
            continue
        start = best()["variant"]
        for value in VARIANTS[key]:
            if value != start[key]:
                attempt(dict(start, **{key: value}))
    print(json.dumps(best()))


def main():
    args = arguments()
    if args.choose:
        choose(args)
    else:
        print(json.dumps(measure(args)))


if __name__ == "__main__":
    main()
