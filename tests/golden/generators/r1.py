"""The R1 penalty [Mescheder et al. 2018, eq. 9] of small discriminators and its gradients:
  penalty = gamma / 2 * mean over the samples of |grad_x sum_n D(x_n)|^2, for images x (3,8,8,2)
  D: Conv 2 -> 4 k4s2p1, [BN,] activation, Conv 4 -> 5 k3s2p1, activation, flatten (h,w,c), Linear 20 -> 1
Case "batch_norm" has batch norm (training form, eps 1e-5): its second order is where implementations differ most.
"""
import torch
import torch.nn.functional as F

from .common import Inputs, nchw, nhwc, number, tensor

ABOUT = ("R1 penalties. A case: activation, batch_norm (true or false), gamma, x, parameters, penalty, gradients by the "
         "parameters and by x; the networks are at the head of generators/r1.py.")
ACTIVATIONS = {"leaky_relu": lambda x: F.leaky_relu(x, 0.2), "softplus": lambda x: F.softplus(x, 1, 100),
               "tanh": torch.tanh, "gelu": F.gelu}


def run(name, activation, batch_norm, gamma):
    r = Inputs("r1" + name)
    values = {"conv1.weight": r.normal(4, 4, 4, 2, scale=0.25), "conv1.bias": r.normal(4, scale=0.25),
              "conv2.weight": r.normal(5, 3, 3, 4, scale=0.25), "conv2.bias": r.normal(5, scale=0.25),
              "linear.weight": r.normal(1, 20, scale=0.5), "linear.bias": r.normal(1)}
    if batch_norm:
        values.update({"bn.weight": r.normal(4, scale=0.25, shift=1), "bn.bias": r.normal(4, scale=0.25)})
    p = {k: torch.tensor(v, requires_grad=True) for k, v in values.items()}
    x = torch.tensor(r.normal(3, 8, 8, 2), requires_grad=True)
    act = ACTIVATIONS[activation]
    h = F.conv2d(nchw(x), nchw(p["conv1.weight"]), p["conv1.bias"], 2, 1)
    if batch_norm:
        h = F.batch_norm(h, None, None, p["bn.weight"], p["bn.bias"], True, 0, 1e-5)
    h = act(F.conv2d(act(h), nchw(p["conv2.weight"]), p["conv2.bias"], 2, 1))
    d = F.linear(nhwc(h).reshape(3, -1), p["linear.weight"], p["linear.bias"])
    g = torch.autograd.grad(d.sum(), x, create_graph=True)[0]
    penalty = gamma / 2 * (g * g).sum() / 3
    names = list(p) + ["x"]
    gradients = torch.autograd.grad(penalty, list(p.values()) + [x], allow_unused=True)
    zero = [torch.zeros_like(v) for v in list(p.values()) + [x]]
    return {"name": name, "activation": activation, "batch_norm": batch_norm, "gamma": gamma, "x": tensor(x),
            "parameters": {k: tensor(v) for k, v in values.items()}, "penalty": number(penalty.item()),
            "gradients": {k: tensor(z if v is None else v) for k, v, z in zip(names, gradients, zero)}}


def generate():
    return ABOUT, [run("leaky_relu", "leaky_relu", False, 10), run("softplus", "softplus", False, 1),
                   run("tanh", "tanh", False, 2), run("gelu", "gelu", False, 2),
                   run("batch_norm", "leaky_relu", True, 1), run("batch_norm_tanh", "tanh", True, 10)]
