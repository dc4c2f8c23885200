"""Three whole training steps of the MNIST DCGAN, batch 8, in double.

  G: z (100) -> ConvTranspose k7 256@7x7, BN, ReLU -> ConvTranspose k4s2p1 128@14x14, BN, ReLU -> ConvTranspose k4s2p1
     1@28x28, tanh                         D: Conv k4s2p1 64@14x14, LeakyReLU 0.2 -> Conv k4s2p1 128@7x7, BN,
     LeakyReLU 0.2 -> Conv k7 1.           No bias where batch norm follows. Adam 2e-4 (0.5, 0.999), eps 1e-8.
One step [Goodfellow et al. 2014, Algorithm 1 with k = 1, the non-saturating loss], every pass in training mode:
  1. fake = G(z_d), constant.  L_D = mean softplus(-D(real)) + mean softplus(D(fake)), two passes of D, real first.
     Adam on D.
  2. fresh noise z_g: L_G = mean softplus(-D(G(z_g))) with the new D. Adam on G.
So in a step the running statistics move twice in G's batch norms and three times in D's.

Start values, z and real images are computed by both sides, see counter.py. Streams: parameter number p (G's, then D's,
in the order of "parameters") has stream p; in step s = 0, 1, 2: z_d 100 + s, z_g 110 + s, real 120 + s.
  convolution weights bell * 0.02, biases bell * 0.02, gamma float32(1 + double(bell * 0.02)), beta bell * 0.02.

How to compare. Losses, gradients and running statistics: relative error. Parameters: Adam's first steps are lr g/|g| per
element whatever the size of g, so an element whose gradient is rounding noise steps by +lr or -lr by chance. Therefore
"updates" (parameter now - at the start) is compared by relative L2 distance of the whole tensor, not by element, and the
parameters themselves by |difference| / |parameter|. PyTorch's own float32 against its float64 is printed when this runs.
"""
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .common import nchw, nhwc, number
from .counter import Summaries, bell, blocks

ABOUT = "Three steps of the MNIST DCGAN; everything is said at the head of generators/dcgan.py."
BATCH, STEPS = 8, 3


def generator():
    return nn.Sequential(nn.ConvTranspose2d(100, 256, 7, bias=False), nn.BatchNorm2d(256), nn.ReLU(),
                         nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU(),
                         nn.ConvTranspose2d(128, 1, 4, 2, 1), nn.Tanh())


def discriminator():
    return nn.Sequential(nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2),
                         nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
                         nn.Conv2d(128, 1, 7))


def ours(t):
    """A parameter or buffer as a numpy array in ganvas' layout."""
    t = t.detach()
    return (nhwc(t) if t.dim() == 4 else t).numpy().astype(np.float64)


def start(g, d):
    """Gives all parameters their start values; returns name -> parameter."""
    parameters = {"G." + k: p for k, p in g.named_parameters()}
    parameters.update({"D." + k: p for k, p in d.named_parameters()})
    with torch.no_grad():
        for stream, (name, p) in enumerate(parameters.items()):
            shape = nhwc(p).shape if p.dim() == 4 else p.shape
            value = bell(tuple(shape), stream, 0.02)
            if p.dim() == 1 and name.endswith("weight"):
                value = (1 + value.astype(np.float64)).astype(np.float32)
            value = torch.tensor(value, dtype=p.dtype)
            p.copy_(nchw(value) if p.dim() == 4 else value)
    return parameters


def train(dtype):
    """The steps; each a dict of numbers and of dicts name -> array."""
    g, d = generator().to(dtype), discriminator().to(dtype)
    parameters = start(g, d)
    initial = {k: ours(p).copy() for k, p in parameters.items()}
    adam_g = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
    adam_d = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))

    def noise(stream):
        return torch.tensor(bell((BATCH, 100, 1, 1), stream, 1.0), dtype=dtype)

    def logits(x):
        return d(x).reshape(-1)

    steps = []
    for s in range(STEPS):
        real = nchw(torch.tensor(blocks(BATCH, 120 + s), dtype=dtype))
        fake = g(noise(100 + s)).detach()
        on_real, on_fake = logits(real), logits(fake)
        loss_d = F.softplus(-on_real).mean() + F.softplus(on_fake).mean()
        adam_d.zero_grad()
        loss_d.backward()
        gradients = {"D." + k: ours(p.grad).copy() for k, p in d.named_parameters()}
        adam_d.step()
        loss_g = F.softplus(-logits(g(noise(110 + s)))).mean()
        adam_g.zero_grad()
        loss_g.backward()
        gradients.update({"G." + k: ours(p.grad).copy() for k, p in g.named_parameters()})
        adam_g.step()
        buffers = {n + "." + k: ours(b).copy() for n, net in [("G", g), ("D", d)] for k, b in net.named_buffers()
                   if k.endswith(("mean", "var"))}
        steps.append({"loss_d": loss_d.item(), "loss_g": loss_g.item(), "mean_logit_real": on_real.mean().item(),
                      "mean_logit_fake": on_fake.mean().item(), "gradients": gradients, "buffers": buffers,
                      "parameters": {k: ours(p).copy() for k, p in parameters.items()},
                      "updates": {k: ours(p) - initial[k] for k, p in parameters.items()}})
    return initial, steps


def relative(a, b):
    return math.sqrt(((a - b) ** 2).sum() / (b ** 2).sum())


def report(single, double):
    for s, (a, b) in enumerate(zip(single, double)):
        for loss in ["loss_d", "loss_g"]:
            print("  float32 against float64, step %d %-10s %.1e" % (s + 1, loss, abs(a[loss] / b[loss] - 1)))
        for kind in ["gradients", "buffers", "parameters", "updates"]:
            worst = max(b[kind], key=lambda k: relative(a[kind][k], b[kind][k]))
            print("  float32 against float64, step %d %-10s %.1e (the largest: %s)" %
                  (s + 1, kind, relative(a[kind][worst], b[kind][worst]), worst))


def generate():
    initial, steps = train(torch.float64)
    report(train(torch.float32)[1], steps)
    summary = Summaries()
    cases = [{"name": "start", "batch": BATCH, "parameters": list(initial),
              "summaries": {k: summary(v) for k, v in initial.items()}}]
    for s, step in enumerate(steps):
        c = {"name": "step_%d" % (s + 1)}
        for k, v in step.items():
            c[k] = {name: summary(t) for name, t in v.items()} if isinstance(v, dict) else number(v)
        cases.append(c)
    return ABOUT, cases
