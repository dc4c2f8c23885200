"""Arithmetic with broadcasting and the pointwise functions, with their kinks (zeros, ties, bounds) among the inputs."""
import numpy as np
import torch
import torch.nn.functional as F

from .common import Inputs, case

ABOUT = "Arithmetic and pointwise operations. See case() in generators/common.py for the fields."


def generate():
    return ABOUT, arithmetic() + functions() + kinks()


def arithmetic():
    cases = []
    shapes = {"equal": ((3, 4), (3, 4)), "last_axis": ((2, 3, 5), (5,)), "outer": ((4, 1), (1, 3)),
              "scalar": ((2, 3), ()), "left_scalar": ((), (3, 2)), "images": ((2, 3, 3, 4), (2, 1, 1, 4))}
    ops = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
    for op, fn in ops.items():
        for name, (sa, sb) in shapes.items():
            r = Inputs(op + name)
            b = r.uniform(*sb, low=0.5, high=2) * np.where(r.uniform(*sb) < 0.5, -1, 1) if op == "div" else r.normal(*sb)
            cases.append(case(op, name, {"a": r.normal(*sa), "b": b}, fn))
    x = Inputs("scalars").normal(3, 4)
    away = np.where(np.abs(x) < 0.25, 0.5, x)
    cases.append(case("neg", "matrix", {"x": x}, torch.neg))
    cases.append(case("add_scalar", "right", {"x": x}, lambda x: x + 1.5))
    cases.append(case("rsub_scalar", "left", {"x": x}, lambda x: 2.5 - x))
    cases.append(case("mul_scalar", "right", {"x": x}, lambda x: x * -0.75))
    cases.append(case("div_scalar", "right", {"x": x}, lambda x: x / 0.5))
    cases.append(case("rdiv_scalar", "left", {"x": away}, lambda x: 3.0 / x))
    for name, small, big in [("row", (4,), (3, 4)), ("column", (3, 1), (3, 4)), ("scalar", (), (2, 3)),
                             ("images", (2, 1, 1, 3), (2, 4, 2, 3))]:
        r = Inputs("broadcast" + name)
        cases.append(case("broadcast_to", name, {"x": r.normal(*small)}, lambda x: x * x.new_ones(big),
                          {"shape": list(big)}))
        cases.append(case("sum_to", name, {"x": r.normal(*big)}, lambda x: x.sum_to_size(small),
                          {"shape": list(small)}))
    return cases


def functions():
    r = Inputs("functions")
    any_sign = r.normal(3, 7)
    positive = r.uniform(3, 7, low=0.0625, high=3)
    wide = np.concatenate([any_sign.reshape(-1), [-30, -8, 8, 30, 0]])
    cases = []
    for op, fn, x in [("exp", torch.exp, any_sign), ("log", torch.log, positive), ("sqrt", torch.sqrt, positive),
                      ("square", torch.square, any_sign), ("erf", torch.erf, any_sign), ("gelu", F.gelu, any_sign),
                      ("sigmoid", torch.sigmoid, wide), ("tanh", torch.tanh, wide),
                      ("softplus", lambda x: F.softplus(x, 1, 100), wide)]:
        cases.append(case(op, "values", {"x": x}, fn))
    for p in [3, 0.5, -2, 2.5, 1]:
        cases.append(case("pow", str(p), {"x": positive}, lambda x: torch.pow(x, p), {"p": p}))
    cases.append(case("pow", "integer_power_of_negatives", {"x": any_sign}, lambda x: torch.pow(x, 3), {"p": 3}))
    return cases


def kinks():
    """Zeros, ties and bounds: relu'(0) = 0, leaky_relu'(0) = slope, elu'(0) = alpha, abs'(0) = 0, clamp' = 1 at its
    bounds, and maximum and minimum give each of two equal arguments half."""
    r = Inputs("kinks")
    x = np.concatenate([r.normal(17), [0, 0, -0.0, 1, -1, 0.5, -0.5]]).reshape(4, 6)
    cases = [case("abs", "with_zeros", {"x": x}, torch.abs), case("sign", "with_zeros", {"x": x}, torch.sign),
             case("relu", "with_zeros", {"x": x}, torch.relu)]
    for slope in [0.25, 0.2, 0.01]:
        cases.append(case("leaky_relu", str(slope), {"x": x}, lambda x: F.leaky_relu(x, slope), {"slope": slope}))
    for alpha in [1, 0.75]:  # at 0 its first derivative is that of the left side in PyTorch, its second that of the right
        cases.append(case("elu", "%g_with_zeros" % alpha, {"x": x}, lambda x: F.elu(x, alpha), {"alpha": alpha},
                          second=False))
        cases.append(case("elu", str(alpha), {"x": x[x != 0]}, lambda x: F.elu(x, alpha), {"alpha": alpha}))
    cases.append(case("clamp", "at_bounds", {"x": x}, lambda x: torch.clamp(x, -0.5, 1.0), {"low": -0.5, "high": 1.0}))
    a, b = r.normal(3, 5), r.normal(3, 5)
    b[0, :3] = a[0, :3]
    for op, fn in [("maximum", torch.maximum), ("minimum", torch.minimum)]:
        cases.append(case(op, "with_ties", {"a": a, "b": b}, fn))
        cases.append(case(op, "broadcast", {"a": a, "b": r.normal(5)}, fn))
    return cases
