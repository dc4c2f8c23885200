"""StyleGAN2's layers, written from the papers: value, gradients and second order of each (see common.case).

  equalized_linear  y = gain a(c x w^T + lr_mul b), c = lr_mul / sqrt(in); a: nothing, or sqrt(2) lrelu_0.2
  equalized_conv2d  the same with a convolution; "down": the image is filtered by [1,3,3,1]/8 in both axes and halved
  modulated_conv2d  Karras et al. 2019, eq. 1-3, as the paper has it: a weight for every sample, w'' = s w / |s w|, in one
                    grouped convolution; "up": grouped transposed convolution of stride 2, then the filter [1,3,3,1]/4
  noisy_bias        lrelu(x d + strength noise + b)
  minibatch_stddev  Karras et al. 2018, sec. 3, in groups
Weights are stored as ganvas has them: (out,k,k,in), for "up" (in,k,k,out).
"""
import math

import torch
import torch.nn.functional as F

from .common import Inputs, case, nchw, nhwc

ABOUT = "Layers of StyleGAN2; what each op computes is said at the head of generators/style_layers.py."
TAPS = torch.tensor([1.0, 3, 3, 1], dtype=torch.float64) / 8


def activation(x, activate):
    return F.leaky_relu(x, 0.2) * math.sqrt(2) if activate else x


def equalized_linear(x, w, b, activate=False, gain=1.0, lr_mul=1.0):
    y = F.linear(x, w * (lr_mul / math.sqrt(w.shape[1])), b * lr_mul)
    return activation(y, activate) * gain


def low_pass(x, padding, gain=1.0):
    """Every channel of (N,C,H,W) with the filter [1,3,3,1]/8 along both axes."""
    c = x.shape[1]
    f = (torch.outer(TAPS, TAPS) * gain * gain).to(x.dtype).expand(c, 1, 4, 4)
    return F.conv2d(F.pad(x, [padding] * 4), f, groups=c)


def equalized_conv2d(x, w, b=None, down=False, pad=True, activate=False, gain=1.0, lr_mul=1.0):
    """x (N,C,H,W), w (out,in,k,k)"""
    k = w.shape[2]
    w = w * (lr_mul / math.sqrt(w.shape[1] * k * k))
    b = None if b is None else b * lr_mul
    padding = (k - 1) // 2 if pad else 0
    if down:  # the convolution's own padding is around the image, before the filter
        y = F.conv2d(low_pass(x, padding + 1), w, b, stride=2)
    else:
        y = F.conv2d(x, w, b, padding=padding)
    return activation(y, activate) * gain


def modulated_conv2d(x, w, s, up=False, demodulate=True):
    """x (N,C,H,W), w (out,in,k,k), s (N,in)"""
    n, i, h, width = x.shape
    o, k = w.shape[0], w.shape[2]
    w = w[None] * s[:, None, :, None, None]  # eq. 1: (N,out,in,k,k)
    if demodulate:
        w = w / torch.sqrt((w * w).sum((2, 3, 4), keepdim=True) + 1e-8)  # eq. 3
    # contiguous: PyTorch 1.13 takes some permuted tensors with 1x1 kernels and groups for another memory format and gives
    # wrong gradients
    w, x = w.contiguous(), x.contiguous().reshape(1, n * i, h, width)
    if not up:
        return F.conv2d(x, w.reshape(n * o, i, k, k), padding=(k - 1) // 2, groups=n).reshape(n, o, h, width)
    y = F.conv_transpose2d(x, w.transpose(1, 2).reshape(n * i, o, k, k), stride=2, groups=n)
    return low_pass(y.reshape(n, o, 2 * h + 1, 2 * width + 1), 1, gain=2)


def minibatch_stddev(x, group, features):
    """x (N,C,H,W)"""
    n, c, h, w = x.shape
    g = min(group, n)
    y = x.reshape(g, n // g, features, c // features, h, w)
    y = torch.sqrt(((y - y.mean(0)) ** 2).mean(0) + 1e-8).mean((2, 3, 4))  # (M,F)
    y = y.repeat(g, 1)[:, :, None, None].expand(n, features, h, w)
    return torch.cat([x, y], 1)


def linear_case(name, **options):
    r = Inputs("equalized_linear" + name)
    inputs = {"x": r.normal(4, 6), "w": r.normal(5, 6), "b": r.normal(5)}
    return case("equalized_linear", name, inputs, lambda x, w, b: equalized_linear(x, w, b, **options), options)


def conv_case(name, side, kernel, **options):
    r = Inputs("equalized_conv2d" + name)
    inputs = {"x": r.normal(2, side, side, 3), "w": r.normal(4, kernel, kernel, 3), "b": r.normal(4)}
    return case("equalized_conv2d", name, inputs,
                lambda x, w, b: nhwc(equalized_conv2d(nchw(x), nchw(w), b, **options)), dict(options, kernel=kernel))


def modulated_case(name, kernel=3, **options):
    r = Inputs("modulated_conv2d" + name)
    up = options.get("up", False)
    w = r.normal(3, kernel, kernel, 2) if up else r.normal(2, kernel, kernel, 3)
    inputs = {"x": r.normal(3, 3, 4, 3), "w": w, "s": r.normal(3, 3, shift=1, scale=0.5)}

    def fn(x, w, s):
        w = w.permute(3, 0, 1, 2) if up else nchw(w)
        return nhwc(modulated_conv2d(nchw(x), w, s, **options))
    return case("modulated_conv2d", name, inputs, fn, options)


def noisy_case(name, rows, slope):
    r = Inputs("noisy_bias" + name)
    inputs = {"x": r.normal(3, 2, 3, 4), "d": r.normal(3, 4, shift=1), "noise": r.normal(rows, 2, 3, 1),
              "strength": r.normal(1), "b": r.normal(4)}

    def fn(x, d, noise, strength, b):
        return F.leaky_relu(x * d[:, None, None, :] + strength * noise + b, slope)
    return case("noisy_bias", name, inputs, fn, {"slope": slope}, constants=("noise",))


def stddev_case(name, shape, group, features):
    r = Inputs("minibatch_stddev" + name)
    return case("minibatch_stddev", name, {"x": r.normal(*shape)},
                lambda x: nhwc(minibatch_stddev(nchw(x), group, features)), {"group": group, "features": features})


def generate():
    return ABOUT, [
        linear_case("plain"), linear_case("activate", activate=True), linear_case("lr_mul", lr_mul=0.01, gain=0.5),
        linear_case("all", activate=True, gain=2.0, lr_mul=0.25),
        conv_case("plain", 4, 3), conv_case("activate", 4, 3, activate=True, lr_mul=0.5),
        conv_case("down", 6, 3, down=True, activate=True, gain=0.75), conv_case("down_1x1", 6, 1, down=True),
        conv_case("whole_map", 4, 4, pad=False, activate=True),
        modulated_case("demodulated"), modulated_case("plain", demodulate=False),
        modulated_case("to_image", kernel=1, demodulate=False), modulated_case("up", up=True),
        modulated_case("up_plain", up=True, demodulate=False),
        noisy_case("every_sample", 3, 0.2), noisy_case("shared", 1, 0.2), noisy_case("no_slope", 3, 1.0),
        stddev_case("one_group", (4, 2, 2, 3), 4, 1), stddev_case("groups", (6, 2, 2, 4), 3, 2),
        stddev_case("small_batch", (2, 2, 3, 2), 4, 1)]
