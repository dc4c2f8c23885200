"""One case of a PyTorch module whose names are those of ours, so that its state dict is what ours loads:
  start        the state dict, in PyTorch's layouts and names
  x, labels    the inputs, in ganvas' layouts (either may be missing)
  y            what the first training pass gives, in ganvas' layout; passes of them are run before anything is
               differentiated, so buffers have moved on when the gradients of the first are taken
  gy           the output gradient (an input)
  gradients    by "x" and by every parameter (PyTorch's layouts), for L = <y, gy>
  second       the same for S = sum of the squares of all these gradients; only where asked for
  after        the buffers behind the passes
  evaluation   what the module gives in evaluation then
Results that are several tensors (score, classes, features) are joined along the last axis as rows.
"""
import numpy as np
import torch

from .common import Inputs, nchw, nhwc, tensor


def state(module):
    return {k: tensor(v.double()) for k, v in module.state_dict().items()}


def draw(module, name, scale=0.5):
    """Every parameter gets multiples of 1/64; u and v of spectral norms random unit vectors."""
    r = Inputs(name + "/parameters")
    for key, p in module.named_parameters():
        kind = key.split(".")[-2:]
        shift = 1 if ("gammas" in kind or "norm" in kind[0]) and kind[-1] == "weight" else 0
        p.data = torch.tensor(r.normal(*p.shape, scale=scale, shift=shift), dtype=torch.float64)
    for key, b in module.named_buffers():
        if key.endswith(("weight_u", "weight_v")):
            u = torch.tensor(r.random.standard_normal(b.shape))
            b.copy_(u / u.norm())
    return module.double()


def images(forward):
    """A module's pass from NHWC to NHWC."""
    return lambda x, *y: nhwc(forward(nchw(x), *y))


def case(name, module, x=None, labels=None, run=None, passes=1, second=False, options=None, scale=0.5):
    draw(module, name, scale)
    run = run or (lambda *args: module(*args))
    result = {"name": name, "options": options or {}, "start": state(module), "passes": passes}
    args = []
    if x is not None:
        result["x"] = tensor(x)
        x = torch.tensor(np.asarray(x), dtype=torch.float64, requires_grad=True)
        args.append(x)
    if labels is not None:
        result["labels"] = [int(v) for v in labels]
        args.append(torch.tensor(labels))
    module.train()
    y = run(*args)
    for _ in range(passes - 1):
        run(*args)
    result["after"] = {k: v for k, v in state(module).items() if k in dict(module.named_buffers())}
    gy = torch.tensor(Inputs(name + "/gy").normal(*y.shape), dtype=torch.float64)
    targets = dict(module.named_parameters())
    if x is not None:
        targets["x"] = x

    def gradients(of, output=None, **how):
        found = torch.autograd.grad(of, list(targets.values()), output, allow_unused=True, **how)
        return {k: torch.zeros_like(t) if g is None else g for (k, t), g in zip(targets.items(), found)}

    first = gradients(y, gy, create_graph=second)
    result.update({"y": tensor(y), "gy": tensor(gy), "gradients": {k: tensor(g) for k, g in first.items()}})
    if second:
        result["second"] = {k: tensor(g) for k, g in gradients(sum((g * g).sum() for g in first.values())).items()}
    module.eval()
    result["evaluation"] = tensor(run(*args))
    return result
