"""A narrow ResNet-50 as Keras has it, of PyTorch's modules, not folded: convolutions with biases, batch norm with eps
1e-3, the stride in the first 1x1 convolution of a block. He et al. 2016, Table 1; keras-applications, resnet50.py.

A case: "width", "classes", "side"; pictures x (N,H,W,3) in [-1,1]; "prepared", a summary (counter.py) of what the
network sees (N,side,side,3); "features" and "logits". The weights are numbers that both sides compute: with `layers` in order,
number s of them is bell(shape, s, deviation), and by its name
  kernel             deviation (2 / fan_in)^(1/2)           bias, beta, moving_mean   deviation 0.1
  gamma              1 + bell, deviation 0.2                moving_variance           0.5 + |bell|, deviation 0.5
"""
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .common import Inputs, nchw, nhwc, tensor
from .counter import Summaries, bell

ABOUT = "ResNet-50 in features of colour pictures; everything is said at the head of generators/resnet50.py."
MEANS = (103.939, 116.779, 123.68)  # blue, green, red
BLOCKS = (3, 4, 6, 3)


class Conv(nn.Module):
    def __init__(self, i, o, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(i, o, kernel, stride, padding)
        self.norm = nn.BatchNorm2d(o, eps=1e-3)

    def forward(self, x):
        return self.norm(self.conv(x))


class Block(nn.Module):
    def __init__(self, i, width, stride, first):
        super().__init__()
        self.a, self.b, self.c = Conv(i, width, 1, stride), Conv(width, width, 3, padding=1), Conv(width, 4 * width, 1)
        self.shortcut = Conv(i, 4 * width, 1, stride) if first else nn.Identity()

    def forward(self, x):
        return F.relu(self.c(F.relu(self.b(F.relu(self.a(x))))) + self.shortcut(x))


class Resnet50(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.stem = Conv(3, width, 7, 2, 3)
        blocks, i = [], width
        for stage, count in enumerate(BLOCKS):
            for k in range(count):
                blocks.append(Block(i, width << stage, 2 if k == 0 and stage > 0 else 1, k == 0))
                i = 4 * (width << stage)
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.Linear(i, classes)

    def features(self, x):
        y = F.max_pool2d(F.pad(F.relu(self.stem(x)), (1, 1, 1, 1)), 3, 2)
        return self.blocks(y).mean(dim=(2, 3))

    def layers(self):
        """Keras' names and the modules, in the order in which the test makes them."""
        yield "conv1", "bn_conv1", self.stem
        i = 0
        for stage, count in enumerate(BLOCKS):
            for k in range(count):
                name = "%d%s_branch" % (stage + 2, "abcdef"[k])
                b = self.blocks[i]
                for branch, conv in (("2a", b.a), ("2b", b.b), ("2c", b.c)) + ((("1", b.shortcut),) if k == 0 else ()):
                    yield "res" + name + branch, "bn" + name + branch, conv
                i += 1

    def load(self, get):
        """get(name, shape in Keras' layout) -> array"""
        def put(parameter, values):
            parameter.data = torch.tensor(np.asarray(values, dtype=np.float64))

        for name, norm, module in self.layers():
            o, i, kernel, _ = module.conv.weight.shape
            put(module.conv.weight, get(name + "/kernel", (kernel, kernel, i, o)).transpose(3, 2, 0, 1))
            put(module.conv.bias, get(name + "/bias", (o,)))
            put(module.norm.weight, get(norm + "/gamma", (o,)))
            put(module.norm.bias, get(norm + "/beta", (o,)))
            put(module.norm.running_mean, get(norm + "/moving_mean", (o,)))
            put(module.norm.running_var, get(norm + "/moving_variance", (o,)))
        k, f = self.last.weight.shape
        put(self.last.weight, get("fc1000/kernel", (f, k)).T)
        put(self.last.bias, get("fc1000/bias", (k,)))
        return self.double().eval()


def prepare(x, side):
    """(N,H,W,3) in [-1,1], red first -> (N,3,side,side)"""
    y = (nchw(x) + 1) * 127.5
    y = F.interpolate(y, size=(side, side), mode="bicubic", align_corners=False, antialias=True)
    return y.flip(1) - torch.tensor(MEANS, dtype=torch.float64).reshape(1, 3, 1, 1)


class Counted:
    """The numbers of one weight after the other."""

    def __init__(self):
        self.stream = 0

    def __call__(self, name, shape):
        fan_in = int(np.prod(shape[:-1]))
        kind = name.rsplit("/")[-1]
        deviation = {"kernel": math.sqrt(2.0 / fan_in), "gamma": 0.2, "moving_variance": 0.5}.get(kind, 0.1)
        t = bell(shape, self.stream, deviation)
        self.stream += 1
        if kind == "gamma":
            return t + np.float32(1)
        return np.abs(t) + np.float32(0.5) if kind == "moving_variance" else t


def generate():
    summary = Summaries()
    cases = []
    for name, width, classes, side, n, h, w in [("enlarged", 4, 7, 64, 2, 20, 28), ("reduced", 2, 10, 40, 1, 60, 48)]:
        net = Resnet50(width, classes).load(Counted())
        x = torch.tensor(Inputs("resnet50/" + name).uniform(n, h, w, 3, low=-1.0, high=1.0), dtype=torch.float64)
        with torch.no_grad():
            seen = prepare(x, side)
            f = net.features(seen)
            cases.append({"name": name, "width": width, "classes": classes, "side": side, "x": tensor(x),
                          "prepared": summary(nhwc(seen).numpy()), "features": tensor(f),
                          "logits": tensor(net.last(f))})
    return ABOUT, cases
