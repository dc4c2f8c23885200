"""Products (matmul, linear), the convolution trio and pooling. conv_weight is the gradient of a convolution by its
weight, seen as an operation of the image and the output gradient."""
import torch
import torch.nn.functional as F

from .common import Inputs, case, nchw, nhwc

ABOUT = "Products, convolutions and pooling. See case() in generators/common.py for the fields."


def generate():
    return ABOUT, products() + convolutions() + transposed() + weights() + pools()


def products():
    r = Inputs("products")
    cases = []
    for name, a, b in [("small", (3, 4), (4, 2)), ("row_column", (1, 5), (5, 1)), ("column_row", (4, 1), (1, 3)),
                       ("batched", (2, 3, 4), (2, 4, 5)), ("odd", (7, 9), (9, 5))]:
        cases.append(case("matmul", name, {"a": r.normal(*a), "b": r.normal(*b)}, torch.matmul))
    for name, n, i, o in [("small", 3, 4, 2), ("one_sample", 1, 5, 3), ("one_output", 6, 3, 1)]:
        x, w, b = r.normal(n, i), r.normal(o, i), r.normal(o)
        cases.append(case("linear", name, {"x": x, "w": w, "b": b}, F.linear))
        cases.append(case("linear", name + "_no_bias", {"x": x, "w": w}, F.linear))
    return cases


# name: (N,H,W), in, out, (kh,kw), stride, padding, dilation
CONVOLUTIONS = {
    "k1": ((2, 3, 3), 2, 3, (1, 1), 1, 0, 1),
    "k3_same": ((2, 4, 4), 2, 3, (3, 3), 1, 1, 1),
    "k3_valid_uneven": ((1, 5, 6), 1, 2, (3, 3), 1, 0, 1),
    "k4s2p1_dcgan": ((2, 6, 6), 2, 3, (4, 4), 2, 1, 1),
    "k4s2p1_odd_image": ((1, 7, 5), 2, 2, (4, 4), 2, 1, 1),
    "k3s2": ((1, 6, 7), 3, 2, (3, 3), 2, 0, 1),
    "k3s3p2": ((1, 7, 8), 2, 2, (3, 3), 3, 2, 1),
    "k2s3_gaps": ((1, 8, 8), 1, 2, (2, 2), 3, 0, 1),
    "k3_dilated": ((1, 7, 7), 2, 2, (3, 3), 1, 2, 2),
    "k3s2_dilated": ((1, 9, 8), 1, 2, (3, 3), 2, 1, 2),
    "k5p2": ((1, 5, 5), 2, 1, (5, 5), 1, 2, 1),
    "k7_whole_image": ((2, 7, 7), 2, 1, (7, 7), 1, 0, 1),
    "kernel_1x3": ((1, 4, 5), 2, 2, (1, 3), 1, 0, 1),
    "kernel_3x2_strided": ((1, 6, 5), 2, 2, (3, 2), 2, 1, 1),
    "many_channels": ((1, 3, 3), 9, 17, (2, 2), 1, 0, 1),
}


def convolutions():
    cases = []
    for name, ((n, h, w), i, o, (kh, kw), stride, padding, dilation) in CONVOLUTIONS.items():
        r = Inputs("conv" + name)
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        inputs = {"x": r.normal(n, h, w, i), "w": r.normal(o, kh, kw, i, scale=0.5)}
        if name in ("k3_same", "k4s2p1_dcgan", "k3s3p2", "k7_whole_image"):
            cases.append(case("conv2d", name + "_bias", dict(inputs, b=r.normal(o)),
                              lambda x, w, b: nhwc(F.conv2d(nchw(x), nchw(w), b, **options)), options))
        cases.append(case("conv2d", name, inputs, lambda x, w: nhwc(F.conv2d(nchw(x), nchw(w), None, **options)),
                          options))
    return cases


# name: (N,H,W), in, out, k, stride, padding, output_padding, dilation
TRANSPOSED = {
    "k7_from_one_pixel": ((2, 1, 1), 3, 2, 7, 1, 0, 0, 1),
    "k4s2p1_dcgan": ((2, 3, 3), 3, 2, 4, 2, 1, 0, 1),
    "k4s2p1_uneven": ((1, 2, 4), 2, 1, 4, 2, 1, 0, 1),
    "k3": ((1, 3, 4), 2, 2, 3, 1, 0, 0, 1),
    "k3p1": ((1, 4, 3), 2, 2, 3, 1, 1, 0, 1),
    "k3s2p1_out1": ((2, 3, 3), 2, 3, 3, 2, 1, 1, 1),
    "k3s3p1_out2": ((1, 3, 2), 2, 2, 3, 3, 1, 2, 1),
    "k2s2": ((1, 3, 3), 3, 2, 2, 2, 0, 0, 1),
    "k2s3_gaps": ((1, 3, 3), 1, 2, 2, 3, 0, 0, 1),
    "k3_dilated": ((1, 3, 4), 2, 2, 3, 1, 1, 0, 2),
    "k3s2_dilated_out1": ((1, 3, 3), 2, 1, 3, 2, 2, 1, 2),
    "k5s2p2_out1": ((1, 3, 3), 2, 2, 5, 2, 2, 1, 1),
    "k1s2": ((1, 3, 3), 2, 3, 1, 2, 0, 0, 1),
    "many_channels": ((1, 2, 2), 17, 9, 2, 1, 0, 0, 1),
}


def transposed():
    cases = []
    for name, ((n, h, w), i, o, k, stride, padding, output_padding, dilation) in TRANSPOSED.items():
        r = Inputs("conv_transpose" + name)
        options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
        inputs = {"x": r.normal(n, h, w, i), "w": r.normal(i, k, k, o, scale=0.5)}
        if name in ("k7_from_one_pixel", "k4s2p1_dcgan", "k3s2p1_out1"):
            cases.append(case("conv_transpose2d", name + "_bias", dict(inputs, b=r.normal(o)),
                              lambda x, w, b: nhwc(F.conv_transpose2d(nchw(x), nchw(w), b, **options)), options))
        cases.append(case("conv_transpose2d", name, inputs,
                          lambda x, w: nhwc(F.conv_transpose2d(nchw(x), nchw(w), None, **options)), options))
    return cases


def weights():
    cases = []
    for name in ["k3_same", "k4s2p1_dcgan", "k3s3p2", "k3s2_dilated", "k7_whole_image"]:
        (n, h, w), i, o, (kh, kw), stride, padding, dilation = CONVOLUTIONS[name]
        r = Inputs("conv_weight" + name)
        shape = [o, i, kh, kw]
        out = [(s + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for s, k in [(h, kh), (w, kw)]]
        x, y = r.normal(n, h, w, i), r.normal(n, out[0], out[1], o)

        def weight(x, y):
            return nhwc(torch.nn.grad.conv2d_weight(nchw(x), shape, nchw(y), stride, padding, dilation))
        cases.append(case("conv_weight", name, {"x": x, "y": y}, weight,
                          {"stride": stride, "padding": padding, "dilation": dilation, "w": [o, kh, kw, i]}))
    return cases


def pools():
    cases = []
    for name, shape, kernel, stride, padding in [("k2s2", (2, 4, 4, 3), 2, 2, 0), ("k3s2p1", (1, 5, 6, 2), 3, 2, 1),
                                                 ("k3s1", (1, 4, 5, 2), 3, 1, 0), ("k2s3", (1, 7, 6, 1), 2, 3, 0),
                                                 ("whole_image", (2, 3, 3, 2), 3, 3, 0)]:
        r = Inputs("pool" + name)
        options = {"kernel": kernel, "stride": stride, "padding": padding}
        # The mean divides by kernel^2 everywhere, the zeros of the padding included.
        cases.append(case("avg_pool2d", name, {"x": r.normal(*shape)},
                          lambda x: nhwc(F.avg_pool2d(nchw(x), kernel, stride, padding)), options))
        cases.append(case("max_pool2d", name, {"x": r.distinct(*shape)},
                          lambda x: nhwc(F.max_pool2d(nchw(x), kernel, stride, padding)), options))
    x = Inputs("pool ties").random.randint(0, 2, (1, 6, 6, 2)) / 2  # of equal maxima the first in the window counts
    cases.append(case("max_pool2d", "ties", {"x": x}, lambda x: nhwc(F.max_pool2d(nchw(x), 3, 1, 1)),
                      {"kernel": 3, "stride": 1, "padding": 1}))
    return cases
