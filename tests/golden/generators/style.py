"""Three steps of a small StyleGAN2 in double [Karras et al. 2019, arXiv:1912.04958], with given random numbers.

  G: mapping 5 -> 5 -> 5 (lr_mul 0.1); 4x4x6 constant, conv 6, image; up to 8x8x5, conv 5, image: (8,8,2); 4 levels of w
  D: from image 2 -> 4, residual block 4 -> 6 to 4x4, minibatch stddev in groups of 2, conv, dense 6, logit
The noise is the constant one of the "start" case in training, too. Batch 4, Adam 2.5e-3 (0, 0.99). A step:
  discriminator_*  fake = G(z); loss_d = mean softplus(-D(x)) + mean softplus(D(fake));
                   r1 = gamma / 2 mean |grad_x sum D(x)|^2, gamma 2; gradients of loss_d + r1
  generator_*      loss_g = mean softplus(-D(G(w))), w from z, in step 2 from level 2 on from z2 (style mixing);
                   in the steps 1 and 3 also the path length term of z_path (2 rows) and y (eq. 4): with
                   l = sqrt(mean over levels of |grad_w sum(G(w) y)|^2 / (8 8)), a <- a + 0.01 (mean l - a), a constant,
                   path = 2 mean (l - a)^2 * 2 (every second step counts twice); gradients of loss_g + path
"w_average" is that after the step's mappings of z and z_path (not z2), w_average <- 0.998 w_average + 0.002 mean w.
Gradients are those of every step, "end" has the parameters after all of them.
"""
import math

import numpy as np
import torch
import torch.nn.functional as F

from .common import Inputs, nchw, nhwc, number, tensor
from .style_layers import activation, equalized_conv2d, equalized_linear, minibatch_stddev, modulated_conv2d

ABOUT = "Three steps of a small StyleGAN2; everything is said at the head of generators/style.py."
BATCH, LATENT, STYLE, LR_MUL, GAMMA, STEPS, LEVELS = 4, 5, 5, 0.1, 2.0, 3, 4


def start():
    r = Inputs("style")
    g, noise, d = {}, {}, {}
    for i in range(2):
        g["mapping.layers.%d.weight" % i] = r.normal(STYLE, LATENT, scale=10)
        g["mapping.layers.%d.bias" % i] = r.normal(STYLE, scale=2)
    g["constant"] = r.normal(4, 4, 6)

    def modulated(name, shape, fan_in):
        g[name + "conv.weight"] = r.normal(*shape)
        g[name + "conv.affine.weight"] = r.normal(fan_in, STYLE)
        g[name + "conv.affine.bias"] = r.normal(fan_in, shift=1, scale=0.25)

    def layer(name, shape, fan_in, out, side):
        modulated(name, shape, fan_in)
        g[name + "noise.strength"] = r.normal(1, scale=0.5)
        noise[name + "noise.constant"] = r.normal(side, side, 1)
        g[name + "bias"] = r.normal(out, scale=0.25)

    layer("blocks.0.conv.", (6, 3, 3, 6), 6, 6, 4)
    modulated("blocks.0.to_image.", (2, 1, 1, 6), 6)
    g["blocks.0.to_image.bias"] = r.normal(2, scale=0.25)
    layer("blocks.1.up.", (6, 3, 3, 5), 6, 5, 8)
    layer("blocks.1.conv.", (5, 3, 3, 5), 5, 5, 8)
    modulated("blocks.1.to_image.", (2, 1, 1, 5), 5)
    g["blocks.1.to_image.bias"] = r.normal(2, scale=0.25)

    def conv(name, out, k, fan_in, bias=True):
        d[name + ".weight"] = r.normal(out, k, k, fan_in)
        if bias:
            d[name + ".bias"] = r.normal(out, scale=0.25)
    conv("from_image", 4, 1, 2)
    conv("blocks.0.conv", 4, 3, 4)
    conv("blocks.0.down", 6, 3, 4)
    conv("blocks.0.skip", 6, 1, 4, bias=False)
    conv("last", 6, 3, 7)
    conv("dense", 6, 4, 6)
    d["to_logit.weight"], d["to_logit.bias"] = r.normal(1, 6), r.normal(1, scale=0.25)
    return g, noise, d


def mapping(p, z):
    x = z / torch.sqrt((z * z).mean(1, keepdim=True) + 1e-8)
    for i in range(2):
        name = "mapping.layers.%d." % i
        x = equalized_linear(x, p[name + "weight"], p[name + "bias"], activate=True, lr_mul=LR_MUL)
    return x


def at_all_levels(w):
    return w[:, None, :].expand(-1, LEVELS, -1)


def synthesis(p, noise, ws):
    def conv(name, x, w, up=False, demodulate=True):
        weight = p[name + "conv.weight"]
        weight = weight.permute(3, 0, 1, 2) if up else nchw(weight)
        s = equalized_linear(w, p[name + "conv.affine.weight"], p[name + "conv.affine.bias"])
        c = 1 / math.sqrt(weight[0].numel())  # the equalised learning rate
        return modulated_conv2d(x, weight * c, s, up, demodulate)

    def layer(name, x, w, up=False):
        y = conv(name, x, w, up) + p[name + "noise.strength"] * noise[name + "noise.constant"][:, :, 0]
        return activation(y + p[name + "bias"][:, None, None], True)

    def to_image(name, x, w):
        return conv(name, x, w, demodulate=False) + p[name + "bias"][:, None, None]

    x = nchw(p["constant"][None].expand(ws.shape[0], -1, -1, -1))
    x = layer("blocks.0.conv.", x, ws[:, 0])
    image = to_image("blocks.0.to_image.", x, ws[:, 1])
    x = layer("blocks.1.up.", x, ws[:, 1], up=True)
    x = layer("blocks.1.conv.", x, ws[:, 2])
    image = F.interpolate(image, scale_factor=2, mode="bilinear", align_corners=False)
    return nhwc(image + to_image("blocks.1.to_image.", x, ws[:, 3]))


def discriminator(p, x):
    def conv(name, x, **options):
        return equalized_conv2d(x, nchw(p[name + ".weight"]), p.get(name + ".bias"), **options)
    x = conv("from_image", nchw(x), activate=True)
    y = conv("blocks.0.down", conv("blocks.0.conv", x, activate=True), down=True, activate=True)
    x = (y + conv("blocks.0.skip", x, down=True)) / math.sqrt(2)
    x = conv("last", minibatch_stddev(x, 2, 1), activate=True)
    x = conv("dense", x, pad=False, activate=True).reshape(-1, 6)
    return equalized_linear(x, p["to_logit.weight"], p["to_logit.bias"])


def check_slope(p, noise, ws, y, slope):
    """The gradient by w against differences: PyTorch 1.13 can be wrong here, see style_layers.modulated_conv2d."""
    p = {k: v.detach() for k, v in p.items()}
    for i in range(ws.numel()):
        step = torch.zeros(ws.shape, dtype=ws.dtype)
        step.view(-1)[i] = 1e-5
        up, down = ((synthesis(p, noise, ws.detach() + h) * y).sum().item() for h in (step, -step))
        difference, given = (up - down) / 2e-5, slope.reshape(-1)[i].item()
        assert abs(difference - given) <= 1e-6 * (1 + abs(given)), (i, difference, given)


def train(dtype):
    values_g, values_n, values_d = start()
    g, d = ({k: torch.tensor(v, dtype=dtype, requires_grad=True) for k, v in p.items()} for p in (values_g, values_d))
    noise = {k: torch.tensor(v, dtype=dtype) for k, v in values_n.items()}
    adam = {"generator": torch.optim.Adam(g.values(), 2.5e-3, (0.0, 0.99)),
            "discriminator": torch.optim.Adam(d.values(), 2.5e-3, (0.0, 0.99))}
    average = torch.zeros(STYLE, dtype=dtype)
    a = 0.0
    cases = [{"name": "start", "generator": {k: tensor(v) for k, v in values_g.items()},
              "noise": {k: tensor(v) for k, v in values_n.items()},
              "discriminator": {k: tensor(v) for k, v in values_d.items()}}]

    def styles(z):
        nonlocal average
        w = mapping(g, z)
        average = 0.998 * average + 0.002 * w.detach().mean(0)
        return at_all_levels(w)

    def update(who, step, p, loss, given, results):
        gradients = torch.autograd.grad(loss, list(p.values()))
        for v, gradient in zip(p.values(), gradients):
            v.grad = gradient
        adam[who].step()
        case = {"name": "%s_%d" % (who, step), "gradients": {k: tensor(v) for k, v in zip(p, gradients)},
                "w_average": tensor(average)}
        case.update({k: tensor(v) for k, v in given.items()})
        case.update({k: number(float(v)) for k, v in results.items()})
        cases.append(case)

    for step in range(1, STEPS + 1):
        r = Inputs("style discriminator %d" % step)
        given = {"x": r.uniform(BATCH, 8, 8, 2, low=-1), "z": r.normal(BATCH, LATENT)}
        x, z = (torch.tensor(v, dtype=dtype) for v in given.values())
        fake = synthesis(g, noise, styles(z)).detach()
        x.requires_grad_()
        real = discriminator(d, x)
        loss = F.softplus(-real).mean() + F.softplus(discriminator(d, fake)).mean()
        slope = torch.autograd.grad(real.sum(), x, create_graph=True)[0]
        r1 = GAMMA / 2 * (slope * slope).sum() / BATCH
        update("discriminator", step, d, loss + r1, given, {"loss_d": loss, "r1": r1})

        r = Inputs("style generator %d" % step)
        given = {"z": r.normal(BATCH, LATENT)}
        ws = styles(torch.tensor(given["z"], dtype=dtype))
        if step == 2:
            given["z2"] = r.normal(BATCH, LATENT)
            other = at_all_levels(mapping(g, torch.tensor(given["z2"], dtype=dtype)))
            ws = torch.cat([ws[:, :2], other[:, 2:]], 1)
        objective = F.softplus(-discriminator(d, synthesis(g, noise, ws))).mean()
        results = {"loss_g": objective}
        if step != 2:
            given.update({"z_path": r.normal(2, LATENT), "y": r.normal(2, 8, 8, 2)})
            ws = styles(torch.tensor(given["z_path"], dtype=dtype))
            image = synthesis(g, noise, ws)
            y = torch.tensor(given["y"], dtype=dtype)
            slope = torch.autograd.grad((image * y).sum(), ws, create_graph=True)[0]
            if dtype == torch.float64:
                check_slope(g, noise, ws, y, slope)
            length = torch.sqrt((slope * slope).sum(2).mean(1)) / 8
            a = a + 0.01 * (length.detach().mean() - a)
            path = 2 * ((length - a) ** 2).mean() * 2
            objective = objective + path
            results.update({"path": path, "a": a})
        update("generator", step, g, objective, given, results)
    cases.append({"name": "end", "generator": {k: tensor(v) for k, v in g.items()},
                  "discriminator": {k: tensor(v) for k, v in d.items()}})
    return cases


def relative(a, b):
    a, b = np.array(a["data"]), np.array(b["data"])
    return math.sqrt(((a - b) ** 2).sum() / max((b ** 2).sum(), 1e-300))


def generate():
    cases = train(torch.float64)
    worst = {}
    for a, b in zip(train(torch.float32), cases):
        for kind in ["gradients", "generator", "discriminator"]:
            for k in b.get(kind, {}):
                worst[kind] = max(worst.get(kind, 0), relative(a[kind][k], b[kind][k]))
        for kind in ["loss_d", "loss_g", "r1", "path", "a"]:
            if kind in b:
                worst[kind] = max(worst.get(kind, 0), abs(a[kind] / b[kind] - 1))
    for kind, w in worst.items():
        print("  float32 against float64, all steps %-14s %.1e" % (kind, w))
    return ABOUT, cases
