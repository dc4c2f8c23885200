"""Initialisers: the bound (uniform) or standard deviation (normal) that PyTorch uses for a weight's shape. They follow
from the formulas of torch.nn; the generator checks each against 1,000,000 or more draws of PyTorch itself."""
import math

import torch

ABOUT = ("Expected moments of initial weights. A case: kind (linear, conv2d, conv_transpose2d), init, sizes (in, out, "
         "kernel), gain, distribution (uniform or normal), bound (of a uniform one), std, and for init 'default' "
         "bias_bound.")
LAYERS = [("linear", 100, 64, 1), ("linear", 784, 10, 1), ("conv2d", 1, 64, 4), ("conv2d", 64, 128, 4),
          ("conv2d", 3, 8, 3), ("conv_transpose2d", 100, 256, 7), ("conv_transpose2d", 256, 128, 4),
          ("conv_transpose2d", 8, 3, 3)]


def weight_shape(kind, i, o, k):
    return {"linear": (o, i), "conv2d": (o, i, k, k), "conv_transpose2d": (i, o, k, k)}[kind]


def make(kind, i, o, k):
    return {"linear": lambda: torch.nn.Linear(i, o), "conv2d": lambda: torch.nn.Conv2d(i, o, k),
            "conv_transpose2d": lambda: torch.nn.ConvTranspose2d(i, o, k)}[kind]()


def check(draw, distribution, bound, std):
    """The formula against at least a million numbers of PyTorch."""
    draws = []
    while sum(d.numel() for d in draws) < 1000000:
        draws.append(draw().detach().double().reshape(-1))
    w = torch.cat(draws)
    assert abs(w.mean().item()) < 5 * std / math.sqrt(w.numel())
    assert abs(w.std().item() / std - 1) < 5 / math.sqrt(w.numel())
    if distribution == "uniform":
        assert 0.9999 * bound < w.abs().max().item() <= bound * (1 + 1e-6)


def generate():
    torch.manual_seed(1)
    cases = []
    for kind, i, o, k in LAYERS:
        shape = weight_shape(kind, i, o, k)
        # PyTorch counts fans on the stored weight: axis 1 is "in", so a transposed convolution's are exchanged.
        fan_in, fan_out = shape[1] * k * k, shape[0] * k * k

        def add(init, distribution, std, gain, draw, bias_bound=None):
            bound = math.sqrt(3) * std if distribution == "uniform" else None
            check(draw, distribution, bound, std)
            c = {"name": "%s/%s_%d_%d_%d" % (init, kind, i, o, k), "kind": kind, "init": init,
                 "sizes": {"in": i, "out": o, "kernel": k}, "gain": gain, "distribution": distribution,
                 "std": float("%.13g" % std)}
            if bound is not None:
                c["bound"] = float("%.13g" % bound)
            if bias_bound is not None:
                c["bias_bound"] = float("%.13g" % bias_bound)
            cases.append(c)

        def filled(fill, **options):
            return lambda: fill(torch.empty(shape), **options)
        add("default", "uniform", 1 / math.sqrt(3 * fan_in), 1, lambda: make(kind, i, o, k).weight,
            1 / math.sqrt(fan_in))
        n = torch.nn.init
        relu = math.sqrt(2)
        add("xavier_uniform", "uniform", math.sqrt(2 / (fan_in + fan_out)), 1, filled(n.xavier_uniform_))
        add("xavier_normal", "normal", math.sqrt(2 / (fan_in + fan_out)), 1, filled(n.xavier_normal_))
        add("kaiming_uniform", "uniform", relu / math.sqrt(fan_in), relu,
            filled(n.kaiming_uniform_, nonlinearity="relu"))
        add("kaiming_normal", "normal", relu / math.sqrt(fan_in), relu, filled(n.kaiming_normal_, nonlinearity="relu"))
        add("dcgan", "normal", 0.02, 1, filled(n.normal_, std=0.02))
    return ABOUT, cases
