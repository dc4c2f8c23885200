"""Resizing. Bilinear and bicubic by torch.nn.functional.interpolate(antialias=True) in double; area and Lanczos, which
PyTorch does not have for all sizes, as dense matrices written from their definitions (Lanczos' is also PIL's)."""
import numpy as np
import torch

from . import common

ABOUT = ("Images in another size. A case: name, filter (area, bilinear, bicubic, lanczos), x (H,W,C), y (H',W',C).")


def matrix(n_in, n_out, kind):
    s = n_in / n_out
    m = np.zeros((n_out, n_in))
    for i in range(n_out):
        for j in range(n_in):
            if kind == "area":
                m[i, j] = max(0.0, min(j + 1, (i + 1) * s) - max(j, i * s))
            else:
                t = (j + 0.5 - (i + 0.5) * s) / max(s, 1.0)
                m[i, j] = np.sinc(t) * np.sinc(t / 3) if abs(t) < 3 else 0.0
    return m / m.sum(1, keepdims=True)


def generate():
    cases = []
    for h, w, c, oh, ow in ((9, 7, 3, 4, 4), (16, 12, 1, 4, 3), (5, 6, 4, 11, 13), (13, 4, 2, 5, 9), (30, 1, 1, 7, 3)):
        for kind in ("area", "bilinear", "bicubic", "lanczos"):
            name = "%s/%d_%d_%d_to_%d_%d" % (kind, h, w, c, oh, ow)
            x = common.Inputs(name).uniform(h, w, c)
            if kind in ("area", "lanczos"):
                y = np.einsum("ih,jw,hwc->ijc", matrix(h, oh, kind), matrix(w, ow, kind), x)
                if kind == "area" and h % oh == 0 and w % ow == 0:
                    pooled = torch.nn.functional.adaptive_avg_pool2d(torch.tensor(x).permute(2, 0, 1)[None], (oh, ow))
                    assert np.abs(pooled[0].permute(1, 2, 0).numpy() - y).max() < 1e-12
            else:
                t = torch.nn.functional.interpolate(torch.tensor(x).permute(2, 0, 1)[None], (oh, ow), mode=kind,
                                                    antialias=True, align_corners=False)
                y = t[0].permute(1, 2, 0)
            cases.append({"name": name, "filter": kind, "x": common.tensor(x), "y": common.tensor(y)})
    return ABOUT, cases
