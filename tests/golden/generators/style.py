"""StyleGAN2-lite in double [Karras et al. 2019, arXiv:1912.04958], with given random numbers: its discriminators, and
three steps of its game with each of them.

  G: mapping 4 -> 4 -> 4 (lr_mul 0.1); 4x4x4 constant, conv 4, image; up to 8x8x3, conv 3, image: (8,8,2); 4 levels of w
  D: from image 2 -> 3, block 3 -> 4 to 4x4, minibatch stddev in groups of 2, conv, dense 4, logit
     "residual": y = (down conv(conv(x)) + down conv1x1(x)) / sqrt(2)     [fig. 7c]
     "plain":    y = down conv(conv(x)), which StyleGAN2-ADA calls "orig"     [Karras et al. 2020, arXiv:2006.06676]
"<game>/discriminator" has y = D(x), gy, the gradients of <y, gy> by x and all parameters, and under "second" those of
the sum of the squares of all these gradients.

Steps. The noise is the constant one of "<game>/start" in training, too. Batch 4, Adam 2.5e-3 (0, 0.99).
  D's  loss_d = mean softplus(-D(x)) + mean softplus(D(G(z_d))); in the steps 1 and 3 also the penalty R1 = gamma / 2
       mean |grad_x sum D(x)|^2 * 2, gamma 2 (every second step counts twice)
  G's  loss_g = mean softplus(-D(G(z_g))); in the steps 1 and 3 also the term of path lengths (eq. 4) of w from the
       first half of z_g, y the "picture": with l = sqrt(mean over levels of |grad_w sum(G(w) y)|^2 / (8 8)),
       a <- a + 0.01 (mean l - a), a constant, terms_g = 2 mean (l - a)^2 * 2
"mixes" has an entry for every time that z becomes w: null, or from level "cut" on w is that of "z2" (style mixing).
"ema" of the last step is the moving average of G's parameters behind it, e <- e + (1 - b) (G - e) with
b = min(0.998, (1 + t) / (10 + t)) in its update t = 0, 1, 2.
"w_average" is w_average <- 0.998 w_average + 0.002 mean w behind the step, of all w but those of z2.
Cases and their names are those of generators/family.py.
"""
import math

import numpy as np
import torch
import torch.nn.functional as F

from .common import Inputs, nchw, nhwc, number, tensor
from .style_layers import activation, equalized_conv2d, equalized_linear, minibatch_stddev, modulated_conv2d

ABOUT = "A small StyleGAN2 and its game; everything is said at the head of generators/style.py."
BATCH, LATENT, STYLE, LR_MUL, GAMMA, STEPS, LEVELS = 4, 4, 4, 0.1, 2.0, 3, 4
COARSE, FINE = 4, 3  # channels
CUTS = {1: {0: 1}, 2: {1: 2}, 3: {2: 3}}  # step -> which of its w are mixed -> from which level on


def start(kind):
    r = Inputs("style/" + kind)
    g, noise, d = {}, {}, {}
    for i in range(2):
        g["mapping.layers.%d.weight" % i] = r.normal(STYLE, LATENT, scale=10)
        g["mapping.layers.%d.bias" % i] = r.normal(STYLE, scale=2)
    g["constant"] = r.normal(4, 4, COARSE)

    def modulated(name, shape, fan_in):
        g[name + "conv.weight"] = r.normal(*shape)
        g[name + "conv.affine.weight"] = r.normal(fan_in, STYLE)
        g[name + "conv.affine.bias"] = r.normal(fan_in, shift=1, scale=0.25)

    def layer(name, shape, fan_in, out, side):
        modulated(name, shape, fan_in)
        g[name + "noise.strength"] = r.normal(1, scale=0.5)
        noise[name + "noise.constant"] = r.normal(side, side, 1)
        g[name + "bias"] = r.normal(out, scale=0.25)

    layer("blocks.0.conv.", (COARSE, 3, 3, COARSE), COARSE, COARSE, 4)
    modulated("blocks.0.to_image.", (2, 1, 1, COARSE), COARSE)
    g["blocks.0.to_image.bias"] = r.normal(2, scale=0.25)
    layer("blocks.1.up.", (COARSE, 3, 3, FINE), COARSE, FINE, 8)
    layer("blocks.1.conv.", (FINE, 3, 3, FINE), FINE, FINE, 8)
    modulated("blocks.1.to_image.", (2, 1, 1, FINE), FINE)
    g["blocks.1.to_image.bias"] = r.normal(2, scale=0.25)

    def conv(name, out, k, fan_in, bias=True):
        d[name + ".weight"] = r.normal(out, k, k, fan_in)
        if bias:
            d[name + ".bias"] = r.normal(out, scale=0.25)
    conv("from_image", FINE, 1, 2)
    conv("blocks.0.conv", FINE, 3, FINE)
    conv("blocks.0.down", COARSE, 3, FINE)
    if kind == "residual":
        conv("blocks.0.skip", COARSE, 1, FINE, bias=False)
    conv("last", COARSE, 3, COARSE + 1)
    conv("dense", COARSE, 4, COARSE)
    d["to_logit.weight"], d["to_logit.bias"] = r.normal(1, COARSE), r.normal(1, scale=0.25)
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
    if "blocks.0.skip.weight" in p:
        y = (y + conv("blocks.0.skip", x, down=True)) / math.sqrt(2)
    x = conv("last", minibatch_stddev(y, 2, 1), activate=True)
    x = conv("dense", x, pad=False, activate=True).reshape(-1, COARSE)
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


def discriminator_case(kind):
    d = {k: torch.tensor(v, requires_grad=True) for k, v in start(kind)[2].items()}
    r = Inputs("style/%s/discriminator" % kind)
    x = torch.tensor(r.uniform(BATCH, 8, 8, 2, low=-1), requires_grad=True)
    y = discriminator(d, x)
    gy = torch.tensor(r.normal(*y.shape))
    targets = dict(d, x=x)
    first = torch.autograd.grad(y, list(targets.values()), gy, create_graph=True)
    second = torch.autograd.grad(sum((g * g).sum() for g in first), list(targets.values()), allow_unused=True)
    second = [torch.zeros_like(t) if g is None else g for t, g in zip(targets.values(), second)]
    return {"name": kind + "/discriminator", "x": tensor(x), "y": tensor(y), "gy": tensor(gy),
            "gradients": {k: tensor(g) for k, g in zip(targets, first)},
            "second": {k: tensor(g) for k, g in zip(targets, second)}}


def train(kind, dtype):
    values_g, values_n, values_d = start(kind)
    g, d = ({k: torch.tensor(v, dtype=dtype, requires_grad=True) for k, v in p.items()} for p in (values_g, values_d))
    noise = {k: torch.tensor(v, dtype=dtype) for k, v in values_n.items()}
    adam = {who: torch.optim.Adam(p.values(), 2.5e-3, (0.0, 0.99)) for who, p in (("G.", g), ("D.", d))}
    average = torch.zeros(STYLE, dtype=dtype)
    ema = {k: v.detach().clone() for k, v in g.items()}
    a = 0.0
    both = lambda of_g, of_d: dict({"G." + k: tensor(v) for k, v in of_g.items()},  # noqa: E731
                                   **{"D." + k: tensor(v) for k, v in of_d.items()})
    cases = [{"name": kind + "/start", "parameters": both(values_g, values_d),
              "noise": {k: tensor(v) for k, v in values_n.items()}}]

    def update(who, p, loss, case):
        gradients = torch.autograd.grad(loss, list(p.values()))
        for v, gradient in zip(p.values(), gradients):
            v.grad = gradient
        adam[who].step()
        case["gradients"].update({who + k: tensor(v) for k, v in zip(p, gradients)})

    for step in range(1, STEPS + 1):
        r = Inputs("style/%s/%d" % (kind, step))
        given = {"x": r.uniform(BATCH, 8, 8, 2, low=-1), "z_d": r.normal(BATCH, LATENT), "z_g": r.normal(BATCH, LATENT)}
        case = {"name": "%s/%d" % (kind, step), "gradients": {}, "mixes": []}
        case.update({k: tensor(v) for k, v in given.items()})
        x, z_d, z_g = (torch.tensor(v, dtype=dtype) for v in given.values())

        def styles(z):
            nonlocal average
            w = mapping(g, z)
            average = 0.998 * average + 0.002 * w.detach().mean(0)
            ws, cut, mix = at_all_levels(w), CUTS[step].get(len(case["mixes"])), None
            if cut is not None:
                z2 = r.normal(*z.shape)
                ws = torch.cat([ws[:, :cut], at_all_levels(mapping(g, torch.tensor(z2, dtype=dtype)))[:, cut:]], 1)
                mix = {"z2": tensor(z2), "cut": cut}
            case["mixes"].append(mix)
            return ws

        fake = synthesis(g, noise, styles(z_d)).detach()
        x.requires_grad_()
        real = discriminator(d, x)
        loss = F.softplus(-real).mean() + F.softplus(discriminator(d, fake)).mean()
        case["loss_d"] = number(loss.item())
        if step != 2:
            slope = torch.autograd.grad(real.sum(), x, create_graph=True)[0]
            penalty = GAMMA / 2 * (slope * slope).sum() / BATCH * 2
            case["penalty"], loss = number(penalty.item()), loss + penalty
        update("D.", d, loss, case)

        loss = F.softplus(-discriminator(d, synthesis(g, noise, styles(z_g)))).mean()
        case["loss_g"] = number(loss.item())
        if step != 2:
            ws = styles(z_g[:BATCH // 2])
            image = synthesis(g, noise, ws)
            case["picture"] = tensor(r.normal(*image.shape))
            y = torch.tensor(case["picture"]["data"], dtype=dtype).reshape(image.shape)
            slope = torch.autograd.grad((image * y).sum(), ws, create_graph=True)[0]
            if dtype == torch.float64:
                check_slope(g, noise, ws, y, slope)
            length = torch.sqrt((slope * slope).sum(2).mean(1)) / 8
            a = a + 0.01 * (length.detach().mean() - a)
            path = 2 * ((length - a) ** 2).mean() * 2
            case["terms_g"], loss = number(path.item()), loss + path
        update("G.", g, loss, case)
        keep = min(0.998, step / (9 + step))
        ema = {k: keep * e + (1 - keep) * g[k].detach() for k, e in ema.items()}
        if step == STEPS:
            case["ema"] = {k: tensor(v) for k, v in ema.items()}
        case.update({"a": number(float(a)), "w_average": tensor(average), "parameters": both(g, d)})
        cases.append(case)
    return cases


def relative(a, b):
    a, b = np.array(a["data"]), np.array(b["data"])
    return math.sqrt(((a - b) ** 2).sum() / max((b ** 2).sum(), 1e-300))


def generate():
    cases = []
    for kind in ["residual", "plain"]:
        game = train(kind, torch.float64)
        worst = {}
        for a, b in zip(train(kind, torch.float32), game):
            for what in ["gradients", "parameters"]:
                for k in b.get(what, {}):
                    worst[what] = max(worst.get(what, 0), relative(a[what][k], b[what][k]))
            for what in ["loss_d", "loss_g", "penalty", "terms_g", "a"]:
                if what in b:
                    worst[what] = max(worst.get(what, 0), abs(a[what] / b[what] - 1))
        for what, w in worst.items():
            print("  %-8s float32 against float64, all steps %-14s %.1e" % (kind, what, w))
        cases += [discriminator_case(kind)] + game
    return ABOUT, cases
