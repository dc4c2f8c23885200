#!/usr/bin/env python3
"""Trains the DCGAN that `mnist_dcgan --recipe dcgan` trains, in PyTorch, and writes samples for score_digits.

Usage: torch_dcgan.py --data data/mnist --out DIR [--epochs N] [--seed N] [--threads N] [--samples N]
Leaves DIR/torch_samples_E.npy after every epoch E: float32, (N,28,28,1), in [-1,1], from the generator in evaluation.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
import argparse
import gzip
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def images(folder):
    path = os.path.join(folder, "train-images-idx3-ubyte")
    opener = open
    if not os.path.exists(path):
        path, opener = path + ".gz", gzip.open
    with opener(path, "rb") as f:
        raw = np.frombuffer(f.read(), np.uint8, offset=16)
    return torch.from_numpy(raw.reshape(-1, 1, 28, 28).astype(np.float32) / 127.5 - 1)


def init(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(m.weight, 0, 0.02)
        if m.bias is not None:
            nn.init.zeros_(m.bias)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1, 0.02)
        nn.init.zeros_(m.bias)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--data", default="data/mnist")
    p.add_argument("--out", default="out/torch_dcgan")
    p.add_argument("--epochs", type=int, default=1)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--samples", type=int, default=10000)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    os.makedirs(a.out, exist_ok=True)
    x_all = images(a.data)
    g = nn.Sequential(
        nn.ConvTranspose2d(100, 256, 7, bias=False), nn.BatchNorm2d(256), nn.ReLU(),
        nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU(),
        nn.ConvTranspose2d(128, 1, 4, 2, 1), nn.Tanh())
    d = nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
        nn.Conv2d(128, 1, 7))
    g.apply(init)
    d.apply(init)
    opt_g = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    opt_d = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
    batch = 64
    start, steps = time.time(), 0
    for epoch in range(1, a.epochs + 1):
        order = torch.randperm(len(x_all))
        for i in range(0, len(x_all) - batch + 1, batch):
            x = x_all[order[i:i + batch]]
            with torch.no_grad():
                fake = g(torch.randn(batch, 100, 1, 1))
            d_real, d_fake = d(x), d(fake)
            loss_d = F.softplus(-d_real).mean() + F.softplus(d_fake).mean()
            opt_d.zero_grad()
            loss_d.backward()
            opt_d.step()
            d.requires_grad_(False)
            loss_g = F.softplus(-d(g(torch.randn(batch, 100, 1, 1)))).mean()
            opt_g.zero_grad()
            loss_g.backward()
            opt_g.step()
            d.requires_grad_(True)
            steps += 1
            if steps % 100 == 0:
                print(f"epoch {epoch} step {steps} loss_d {loss_d.item():.3f} loss_g {loss_g.item():.3f} "
                      f"{(time.time() - start) / steps * 1000:.0f} ms/step", file=sys.stderr, flush=True)
        g.eval()
        with torch.no_grad():
            parts = [g(torch.randn(250, 100, 1, 1)) for _ in range(a.samples // 250)]
        g.train()
        np.save(os.path.join(a.out, f"torch_samples_{epoch}.npy"), torch.cat(parts).permute(0, 2, 3, 1).contiguous().numpy())


if __name__ == "__main__":
    main()
