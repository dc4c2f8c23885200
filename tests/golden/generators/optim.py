"""Ten steps of every optimiser on f(x, m) = the Rosenbrock function of x (2 numbers, steps of very different size) plus
a quadratic of m (2,3). The gradient that each step used is in the file: a test feeds it and compares the parameters."""
import torch

from .common import Inputs, tensor

ABOUT = ("Ten steps of every optimiser. A case: optimizer, options (PyTorch's names), lr_after (the learning rate set "
         "before step 6; 0: unchanged), parameters: name -> start value; steps: gradients and the parameters after the "
         "step, by name.")
STEPS = 10


def objective(x, m, scale):
    return (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2 + (scale * (m - 0.5) ** 2).sum()


def run(optimizer, name, options, lr_after=0):
    r = Inputs("optim")
    start = {"x": r.normal(2), "m": r.normal(2, 3)}
    scale = torch.tensor(r.uniform(2, 3, low=0.125, high=8))
    parameters = {k: torch.tensor(v, requires_grad=True) for k, v in start.items()}
    opt = getattr(torch.optim, optimizer)(list(parameters.values()), **options)
    steps = []
    for step in range(STEPS):
        if lr_after and step == 5:
            opt.param_groups[0]["lr"] = lr_after
        opt.zero_grad()
        objective(parameters["x"], parameters["m"], scale).backward()
        gradients = {k: tensor(p.grad) for k, p in parameters.items()}
        opt.step()
        steps.append({"gradients": gradients, "parameters": {k: tensor(p) for k, p in parameters.items()}})
    return {"name": optimizer + "/" + name, "optimizer": optimizer, "options": options, "lr_after": lr_after,
            "parameters": {k: tensor(v) for k, v in start.items()}, "steps": steps}


def generate():
    return ABOUT, [
        run("Adam", "default", {"lr": 0.0625}),
        run("Adam", "dcgan", {"lr": 2e-4, "betas": [0.5, 0.999]}),
        run("Adam", "no_momentum", {"lr": 0.01, "betas": [0.0, 0.9]}),
        run("Adam", "large_eps", {"lr": 0.0625, "eps": 0.125}),
        run("Adam", "weight_decay", {"lr": 0.0625, "weight_decay": 0.25}),
        run("Adam", "lr_changes", {"lr": 0.0625}, lr_after=0.015625),
        run("AdamW", "default", {"lr": 0.0625}),
        run("AdamW", "weight_decay", {"lr": 0.0625, "betas": [0.5, 0.99], "weight_decay": 0.25}),
        run("RMSprop", "default", {"lr": 0.01}),
        run("RMSprop", "wgan", {"lr": 5e-5, "alpha": 0.9}),
        run("RMSprop", "momentum", {"lr": 0.01, "momentum": 0.5}),
        run("RMSprop", "centered", {"lr": 0.01, "alpha": 0.5, "centered": True}),
        run("RMSprop", "weight_decay", {"lr": 0.01, "alpha": 0.9, "weight_decay": 0.25}),
        run("SGD", "plain", {"lr": 0.015625}),
        run("SGD", "momentum", {"lr": 0.0078125, "momentum": 0.9}),
        run("SGD", "nesterov", {"lr": 0.0078125, "momentum": 0.9, "nesterov": True}),
        run("SGD", "dampening", {"lr": 0.0078125, "momentum": 0.5, "dampening": 0.25}),
        run("SGD", "weight_decay", {"lr": 0.0078125, "momentum": 0.9, "weight_decay": 0.25}),
        run("SGD", "lr_changes", {"lr": 0.015625, "momentum": 0.5}, lr_after=0.00390625),
    ]
