"""Normalisations. Variances are biased; batch_norm in its training form, and with given statistics."""
import torch.nn.functional as F

from .common import Inputs, case, nchw, nhwc

ABOUT = "Normalisations. See case() in generators/common.py for the fields."


def generate():
    return ABOUT, batch_norms() + inference() + others()


def channels_first(x):
    return x if x.dim() == 2 else nchw(x)


def channels_last(y):
    return y if y.dim() == 2 else nhwc(y)


def batch_norms():
    cases = []
    for name, shape, eps in [("rows", (5, 3), 1e-5), ("images", (3, 3, 4, 2), 1e-5), ("one_image", (1, 4, 4, 3), 1e-5),
                             ("one_channel", (4, 2, 2, 1), 1e-5), ("large_eps", (4, 3), 0.5), ("two_rows", (2, 5), 1e-3)]:
        r = Inputs("batch_norm" + name)
        c = shape[-1]
        inputs = {"x": r.normal(*shape, scale=1.5, shift=0.5), "gamma": r.normal(c, scale=0.25, shift=1),
                  "beta": r.normal(c)}
        cases.append(case("batch_norm", name, inputs,
                          lambda x, g, b: channels_last(F.batch_norm(channels_first(x), None, None, g, b, True, 0, eps)),
                          {"eps": eps}))
    return cases


def inference():
    cases = []
    for name, shape in [("rows", (3, 4)), ("images", (2, 2, 3, 3))]:
        r = Inputs("batch_norm_inference" + name)
        c = shape[-1]
        inputs = {"x": r.normal(*shape), "gamma": r.normal(c), "beta": r.normal(c), "mean": r.normal(c),
                  "var": r.uniform(c, low=0.25, high=2)}
        cases.append(case("batch_norm_inference", name, inputs,
                          lambda x, g, b, m, v: channels_last(F.batch_norm(channels_first(x), m, v, g, b, False, 0,
                                                                           1e-5)),
                          {"eps": 1e-5}, constants=["mean", "var"]))
    return cases


def others():
    cases = []
    for name, shape in [("rows", (3, 6)), ("three_axes", (2, 3, 4)), ("images", (1, 2, 2, 5))]:
        r = Inputs("layer_norm" + name)
        c = shape[-1]
        cases.append(case("layer_norm", name, {"x": r.normal(*shape), "gamma": r.normal(c), "beta": r.normal(c)},
                          lambda x, g, b: F.layer_norm(x, [c], g, b, 1e-5), {"eps": 1e-5}))
    for name, shape in [("images", (2, 3, 4, 2)), ("one_channel", (2, 3, 3, 1))]:
        r = Inputs("instance_norm" + name)
        c = shape[-1]
        inputs = {"x": r.normal(*shape), "gamma": r.normal(c), "beta": r.normal(c)}
        cases.append(case("instance_norm", name, inputs,
                          lambda x, g, b: nhwc(F.instance_norm(nchw(x), weight=g, bias=b, eps=1e-5)), {"eps": 1e-5}))
        cases.append(case("instance_norm", name + "_plain", {"x": inputs["x"]},
                          lambda x: nhwc(F.instance_norm(nchw(x), eps=1e-5)), {"eps": 1e-5}))
    for name, shape, groups in [("two_groups", (2, 3, 2, 4), 2), ("one_group", (2, 2, 2, 3), 1),
                                ("group_a_channel", (1, 3, 3, 3), 3)]:
        r = Inputs("group_norm" + name)
        c = shape[-1]
        cases.append(case("group_norm", name, {"x": r.normal(*shape), "gamma": r.normal(c), "beta": r.normal(c)},
                          lambda x, g, b: nhwc(F.group_norm(nchw(x), groups, g, b, 1e-5)),
                          {"eps": 1e-5, "groups": groups}))
    return cases
