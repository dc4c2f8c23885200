"""Reductions, softmax and the losses."""
import numpy as np
import torch
import torch.nn.functional as F

from .common import Inputs, case

ABOUT = "Reductions, softmax and losses. See case() in generators/common.py for the fields."


def generate():
    return ABOUT, reductions() + softmaxes() + losses()


def reductions():
    cases = []
    plans = [("rows", (4, 5), [0], False), ("columns", (4, 5), [1], False), ("last_kept", (2, 3, 4), [-1], True),
             ("middle", (2, 3, 4), [1], False), ("outer_and_inner", (2, 3, 4), [0, 2], True),
             ("per_channel", (2, 3, 3, 5), [0, 1, 2], False), ("all_axes", (3, 4), [0, 1], False)]
    for name, shape, axes, keep in plans:
        r = Inputs("reduce" + name)
        options = {"axes": axes, "keepdim": keep}
        x = r.normal(*shape)
        cases.append(case("sum", name, {"x": x}, lambda x: x.sum(axes, keep), options))
        cases.append(case("mean", name, {"x": x}, lambda x: x.mean(axes, keep), options))
        for correction in [0, 1]:
            cases.append(case("var", "%s_correction%d" % (name, correction), {"x": x},
                              lambda x: x.var(axes, unbiased=correction == 1, keepdim=keep),
                              dict(options, correction=correction)))
        cases.append(case("max", name, {"x": r.distinct(*shape)}, lambda x: x.amax(axes, keep), options))
        for eps in [0, 0.015625]:
            cases.append(case("norm", "%s_eps%g" % (name, eps), {"x": x},
                              lambda x: torch.sqrt((x * x).sum(axes, keep) + eps), dict(options, eps=eps)))
    x = Inputs("reduce all").normal(2, 3, 2, 2)
    cases.append(case("sum_all", "to_scalar", {"x": x}, torch.sum))
    cases.append(case("mean_all", "to_scalar", {"x": x}, torch.mean))
    ties = np.array([[1.0, 3, 3, 2], [0, 0, 0, 0], [5, 1, 5, 5]])  # equal maxima share the gradient equally
    cases.append(case("max", "ties", {"x": ties}, lambda x: x.amax([1], False), {"axes": [1], "keepdim": False}))
    cases.append(case("max", "ties_over_two_axes", {"x": ties}, lambda x: x.amax([0, 1], False),
                      {"axes": [0, 1], "keepdim": False}))
    return cases


def softmaxes():
    cases = []
    for name, shape, axis, scale in [("rows", (4, 6), -1, 1), ("columns", (4, 6), 0, 1), ("middle", (2, 5, 3), 1, 1),
                                     ("large_values", (3, 5), 1, 200), ("one_class", (3, 1), 1, 1)]:
        x = Inputs("softmax" + name).normal(*shape, scale=scale)
        cases.append(case("softmax", name, {"x": x}, lambda x: torch.softmax(x, axis), {"axis": axis}))
        cases.append(case("log_softmax", name, {"x": x}, lambda x: torch.log_softmax(x, axis), {"axis": axis}))
    return cases


def losses():
    cases = []
    for name, n, k, scale in [("small", 4, 5, 1), ("one_row", 1, 3, 1), ("digits", 8, 10, 3), ("sure", 4, 4, 100)]:
        r = Inputs("cross entropy" + name)
        labels = r.random.randint(0, k, n)
        cases.append(case("cross_entropy", name, {"logits": r.normal(n, k, scale=scale)},
                          lambda x: F.cross_entropy(x, torch.tensor(labels)), {"labels": labels.tolist()}))
    for name, shape, scale in [("vector", (7,), 1), ("column", (6, 1), 1), ("sure", (6,), 40)]:
        r = Inputs("bce" + name)
        x = r.normal(*shape, scale=scale)
        cases.append(case("bce_with_logits", name + "_soft_targets", {"x": x, "target": r.uniform(*shape)},
                          F.binary_cross_entropy_with_logits, constants=["target"]))
        for label in [0, 1]:
            cases.append(case("bce_with_logits", "%s_all_%d" % (name, label),
                              {"x": x, "target": np.full(shape, float(label))},
                              F.binary_cross_entropy_with_logits, constants=["target"]))
    r = Inputs("mse")
    a, b = r.normal(3, 4), r.normal(3, 4)
    b[1, :2] = a[1, :2]
    for op, fn in [("mse", F.mse_loss), ("l1", F.l1_loss)]:
        cases.append(case(op, "with_equal_elements", {"a": a, "b": b}, fn))
        cases.append(case(op, "images", {"a": r.normal(2, 3, 3, 2), "b": r.normal(2, 3, 3, 2)}, fn))
    return cases
