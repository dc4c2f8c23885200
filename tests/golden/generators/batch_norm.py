"""BatchNorm2d: running statistics over three batches, the training outputs, and the evaluation output after them."""
import torch

from .common import Inputs, nchw, nhwc, tensor

ABOUT = ("BatchNorm2d over three training batches. A case: options, weight, bias; batches: x, y (training output), "
         "running_mean, running_var after the batch (the running variance is unbiased); evaluation: x, y afterwards.")


def run(name, shapes, eps, momentum):
    r = Inputs("batch norm" + name)
    c = shapes[0][-1]
    layer = torch.nn.BatchNorm2d(c, eps=eps, momentum=momentum).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(r.normal(c, shift=1, scale=0.25)))
        layer.bias.copy_(torch.tensor(r.normal(c)))
    batches = []
    for shape in shapes:
        x = torch.tensor(r.normal(*shape, scale=2, shift=0.5))
        y = nhwc(layer(nchw(x)))
        batches.append({"x": tensor(x), "y": tensor(y), "running_mean": tensor(layer.running_mean),
                        "running_var": tensor(layer.running_var)})
    layer.eval()
    x = torch.tensor(r.normal(2, 3, 3, c))
    return {"name": name, "options": {"eps": eps, "momentum": momentum}, "weight": tensor(layer.weight),
            "bias": tensor(layer.bias), "batches": batches, "evaluation": {"x": tensor(x), "y": tensor(nhwc(layer(nchw(x))))}}


def generate():
    return ABOUT, [run("default", [(4, 3, 3, 2)] * 3, 1e-5, 0.1),
                   run("other_options", [(2, 2, 5, 3)] * 3, 1e-3, 0.25),
                   run("batch_sizes_differ", [(5, 2, 2, 4), (1, 2, 2, 4), (3, 4, 1, 4)], 1e-5, 0.5)]
