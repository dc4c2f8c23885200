"""What all generators share: inputs, tensors as JSON, one case of an operation, writing a file."""
import json
import os
import zlib

import numpy as np
import torch

DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
FILE_LIMIT, TOTAL_LIMIT = 2 << 20, 8 << 20


# ---- numbers ---------------------------------------------------------------------------------------------------------
def number(v):
    """13 significant digits, as a float or (shorter) an int."""
    v = float("%.13g" % float(v))
    return int(v) if v == int(v) and abs(v) < 1e15 else v


def tensor(t):
    if isinstance(t, torch.Tensor):
        t = (t.detach() + torch.zeros_like(t)).numpy()  # the sum gives memory to PyTorch's tensors that stand for zero
    t = np.asarray(t, dtype=np.float64)
    assert np.isfinite(t).all()
    return {"shape": list(t.shape), "data": [number(v) for v in t.reshape(-1)]}


class Inputs:
    """Random inputs of one case: normal or uniform numbers rounded to multiples of 1/64 (exact in float)."""

    def __init__(self, name):
        self.random = np.random.RandomState(zlib.crc32(name.encode()))

    def normal(self, *shape, scale=1.0, shift=0.0):
        return np.round((self.random.standard_normal(shape) * scale + shift) * 64) / 64

    def uniform(self, *shape, low=0.0, high=1.0):
        return np.round(self.random.uniform(low, high, shape) * 64) / 64

    def distinct(self, *shape):
        """A permutation of distinct numbers, for maxima without ties."""
        n = int(np.prod(shape))
        return (self.random.permutation(n).reshape(shape) - n // 2) / 16


# ---- one operation ---------------------------------------------------------------------------------------------------
def case(op, name, inputs, fn, options=None, constants=(), second=True):
    """One case of an operation y = fn(inputs...):
      inputs     name -> tensor                 options  what the operation's options are
      y          the value                      gy       the output gradient (an input)
      gradients  name -> dL/dinput for L = <y, gy>, for every input that is not in `constants`
      second     name -> dS/dinput, and "gy" -> dS/dgy, for S = sum of the squares of all first gradients; left out where
             PyTorch and ganvas choose different second derivatives at a kink
    fn takes and gives tensors in ganvas' layouts."""
    name = op + "/" + name
    xs = {k: torch.tensor(np.asarray(v, dtype=np.float64), requires_grad=k not in constants) for k, v in inputs.items()}
    y = fn(*xs.values())
    gy_value = Inputs(name + "/gy").normal(*y.shape)
    gy = torch.tensor(gy_value, dtype=torch.float64, requires_grad=True)
    wanted = [k for k in xs if k not in constants]
    result = {"op": op, "name": name, "options": options or {}, "inputs": {k: tensor(v) for k, v in xs.items()},
              "gy": tensor(gy), "y": tensor(y)}
    first = torch.autograd.grad(y, [xs[k] for k in wanted], gy, create_graph=second)
    result["gradients"] = {k: tensor(g) for k, g in zip(wanted, first)}
    if second:
        s = sum((g * g).sum() for g in first)
        at = [xs[k] for k in wanted] + [gy]
        gg = torch.autograd.grad(s, at, allow_unused=True) if s.requires_grad else [None] * len(at)
        result["second"] = {k: tensor(torch.zeros_like(x) if g is None else g)
                            for k, x, g in zip(wanted + ["gy"], at, gg)}
    return result


def nchw(x):
    """(N,H,W,C) -> (N,C,H,W), and weights (O,kh,kw,I) -> (O,I,kh,kw)."""
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


# ---- files -----------------------------------------------------------------------------------------------------------
def step_down(loss, parameters, optimizer):
    """One step of the optimizer down the loss, by parameters {name: tensor}; the gradients by name."""
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    for p, g in zip(parameters.values(), gradients):
        p.grad = g
    optimizer.step()
    return {k: tensor(g) for k, g in zip(parameters, gradients)}


def write(name, about, cases):
    names = [c["name"] for c in cases]
    assert len(set(names)) == len(names), "two cases have one name"
    head = json.dumps({"about": about, "made_with": "PyTorch " + torch.__version__}, sort_keys=True)
    lines = ",\n".join(json.dumps(c, sort_keys=True, separators=(",", ":"), allow_nan=False) for c in cases)
    text = head[:-1] + ', "cases": [\n' + lines + "\n]}\n"
    assert len(text) <= FILE_LIMIT, "%s: %d bytes are more than a golden file may have" % (name, len(text))
    os.makedirs(DATA, exist_ok=True)
    with open(os.path.join(DATA, name + ".json"), "w") as f:
        f.write(text)
    print("%-14s %4d cases %9d bytes" % (name, len(cases), len(text)))


def check_total():
    total = sum(os.path.getsize(os.path.join(DATA, f)) for f in os.listdir(DATA))
    assert total <= TOTAL_LIMIT, "the golden files have %d bytes together" % total
    print("%-14s %20d bytes" % ("together", total))
