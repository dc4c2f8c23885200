"""Augmentations with given draws, written from the papers' formulas, transformation after transformation:
  affine_sample  pixel maps through F.grid_sample (align_corners = True: the centres of the border pixels are -1 and 1)
  diff_augment   [Zhao et al. 2020]: brightness, saturation, contrast; flip and translation by copying single pixels;
                 cutout by a mask that is set pixel by pixel
  pipeline       [Karras et al. 2020, app. B]: 3 x 3 matrices G in (x, y) about the centre of the image, inverted and
                 applied to the pixels, bilinear with reflection; then 4 x 4 matrices C on the colours
  top_k          torch.topk [Sinha et al. 2020]
A case has x, the draws, y, an output gradient gy and gx = d<y, gy>/dx; all images are (N,H,W,C).
"""
import math

import numpy as np
import torch
import torch.nn.functional as F

from .common import Inputs, nchw, nhwc, number, tensor

ABOUT = "Augmentations with given draws; the formulas are at the head of generators/augment.py."


def finish(kind, name, x, draws, fn, **more):
    x = torch.tensor(x, requires_grad=True)
    y = fn(x)
    gy = torch.tensor(Inputs(name + "/gy").normal(*y.shape))
    gx = torch.autograd.grad(y, x, gy)[0]
    return dict(more, kind=kind, name=kind + "/" + name, x=tensor(x), draws=draws, y=tensor(y), gy=tensor(gy),
                gx=tensor(gx))


# ---- sampling --------------------------------------------------------------------------------------------------------
def sample(x, source, outside):
    """x (N,H,W,C) at source[n] @ (w, h, 1), matrices 3 x 3 in (x, y) pixels, by grid_sample."""
    n, height, width, _ = x.shape
    to_pixels = np.array([[(width - 1) / 2, 0, (width - 1) / 2], [0, (height - 1) / 2, (height - 1) / 2], [0, 0, 1]])
    theta = np.stack([np.linalg.inv(to_pixels) @ m @ to_pixels for m in source])[:, :2]
    grid = F.affine_grid(torch.tensor(theta), [n, x.shape[3], height, width], align_corners=True)
    mode = {"zero": "zeros", "reflect": "reflection", "edge": "border"}[outside]
    return nhwc(F.grid_sample(nchw(x), grid, mode="bilinear", padding_mode=mode, align_corners=True))


def sampling_cases():
    cases = []
    for outside in ["zero", "reflect", "edge"]:
        for name, shape in [("square", (2, 5, 5, 3)), ("uneven", (2, 4, 6, 2)), ("grey", (2, 6, 4, 1))]:
            r = Inputs("affine" + outside + name)
            maps = r.normal(shape[0], 2, 3, scale=0.5)  # rows (h', w'), columns (h, w, 1), in pixels
            maps[:, 0, 0] += 1
            maps[:, 1, 1] += 1
            maps[:, :, 2] *= 6
            source = []
            for m in maps:
                source.append(np.array([[m[1, 1], m[1, 0], m[1, 2]], [m[0, 1], m[0, 0], m[0, 2]], [0, 0, 1]]))
            cases.append(finish("affine_sample", outside + "_" + name, r.normal(*shape), [],
                                lambda x: sample(x, source, outside), maps=tensor(maps), outside=outside))
    return cases


# ---- DiffAugment -----------------------------------------------------------------------------------------------------
def moved(x, d):
    """One image (H,W,C), mirrored and then moved, zeros coming in."""
    height, width, _ = x.shape
    rows = []
    for h in range(height):
        for w in range(width):
            from_h, from_w = h - d["down"], w - d["right"]
            inside = 0 <= from_h < height and 0 <= from_w < width
            column = (width - 1 - from_w if d["flip"] else from_w) if inside else 0
            rows.append(x[from_h, column] if inside else torch.zeros_like(x[0, 0]))
    return torch.stack(rows).reshape(x.shape)


def cut(x, d, hole):
    height, width, _ = x.shape
    size_h, size_w = int(height * hole + 0.5), int(width * hole + 0.5)
    mask = torch.ones(height, width, 1, dtype=torch.float64)
    for i in range(size_h):
        for j in range(size_w):
            h, w = d["cut_row"] + i - size_h // 2, d["cut_column"] + j - size_w // 2
            mask[min(max(h, 0), height - 1), min(max(w, 0), width - 1)] = 0
    return x * mask


def diff_augment(x, draws, policy, hole):
    images = []
    for n, d in enumerate(draws):
        y = x[n]
        if "color" in policy:
            y = y + d["brightness"]
            grey = y.mean(2, keepdim=True)
            y = (y - grey) * d["saturation"] + grey
            y = (y - y.mean()) * d["contrast"] + y.mean()
        if "translation" in policy or "flip" in policy:
            y = moved(y, d)
        if "cutout" in policy:
            y = cut(y, d, hole)
        images.append(y)
    return torch.stack(images)


def diff_cases():
    cases = []
    for name, shape, policy in [("all_rgb", (3, 8, 6, 3), ["color", "translation", "cutout", "flip"]),
                                ("all_grey", (4, 7, 9, 1), ["color", "translation", "cutout", "flip"]),
                                ("color", (3, 4, 4, 3), ["color"]), ("translation", (3, 6, 6, 2), ["translation"]),
                                ("flip", (2, 3, 5, 1), ["flip"]), ("cutout", (4, 8, 6, 1), ["cutout"])]:
        r = Inputs("diff_augment" + name)
        draws = []
        for _ in range(shape[0]):
            draws.append({"brightness": number(r.uniform(low=-0.5, high=0.5)),
                          "saturation": number(r.uniform(high=2)), "contrast": number(r.uniform(low=0.5, high=1.5)),
                          "down": r.random.randint(-2, 3) if "translation" in policy else 0,
                          "right": r.random.randint(-2, 3) if "translation" in policy else 0,
                          "flip": bool(r.random.randint(2)) if "flip" in policy else False,
                          "cut_row": r.random.randint(shape[1] + 1), "cut_column": r.random.randint(shape[2] + 1)})
        hole = 0.5
        cases.append(finish("diff_augment", name, r.uniform(*shape, low=-1, high=1), draws,
                            lambda x: diff_augment(x, draws, policy, hole), policy=policy, hole=hole))
    return cases


# ---- ADA -------------------------------------------------------------------------------------------------------------
def matrix2(a, b, c, d, e, f):
    return np.array([[a, b, c], [d, e, f], [0, 0, 1]], dtype=float)


def translate2(x, y):
    return matrix2(1, 0, x, 0, 1, y)


def scale2(x, y):
    return matrix2(x, 0, 0, 0, y, 0)


def rotate2(theta):
    return matrix2(math.cos(theta), -math.sin(theta), 0, math.sin(theta), math.cos(theta), 0)


def geometry(d, height, width):
    """G of app. B: pixel of the image -> where it goes, (x, y) about the centre."""
    g = np.eye(3)
    g = scale2(1 - 2 * d["flip"], 1) @ g
    g = rotate2(-math.pi / 2 * d["quarter_turns"]) @ g
    g = translate2(d["right"], d["down"]) @ g
    g = scale2(d["scale"], d["scale"]) @ g
    g = rotate2(-d["turn_before"]) @ g
    g = scale2(d["stretch"], 1 / d["stretch"]) @ g
    g = rotate2(-d["turn_after"]) @ g
    g = translate2(d["right_part"] * width, d["down_part"] * height) @ g
    centre = translate2((width - 1) / 2, (height - 1) / 2)
    return centre @ np.linalg.inv(g) @ np.linalg.inv(centre)


def colours(d):
    """C of app. B, 4 x 4."""
    v = np.array([1, 1, 1]) / math.sqrt(3)
    c = np.eye(4)
    brightness = np.eye(4)
    brightness[:3, 3] = d["brightness"]
    contrast = np.diag([d["contrast"]] * 3 + [1.0])
    luma = np.eye(4)
    luma[:3, :3] -= 2 * np.outer(v, v) * d["luma_flip"]
    hue = np.eye(4)
    cross = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    t = d["hue"]
    hue[:3, :3] = math.cos(t) * np.eye(3) + math.sin(t) * cross + (1 - math.cos(t)) * np.outer(v, v)
    saturation = np.eye(4)
    saturation[:3, :3] = np.outer(v, v) + (np.eye(3) - np.outer(v, v)) * d["saturation"]
    for m in [brightness, contrast, luma, hue, saturation]:
        c = m @ c
    return c


def pipeline(x, draws, sample=sample):
    n, height, width, channels = x.shape
    y = sample(x, [geometry(d, height, width) for d in draws], "reflect")
    images = []
    for i, d in enumerate(draws):
        c = torch.tensor(colours(d))
        if channels == 3:
            images.append(y[i] @ c[:3, :3].t() + c[:3, 3])
        elif channels == 1:  # grey is RGB with three equal channels, of which the mean is taken
            images.append((y[i].expand(height, width, 3) @ c[:3, :3].t() + c[:3, 3]).mean(2, keepdim=True))
    return torch.stack(images)


NOTHING = {"flip": False, "quarter_turns": 0, "down": 0, "right": 0, "scale": 1, "turn_before": 0, "stretch": 1,
           "turn_after": 0, "down_part": 0, "right_part": 0, "brightness": 0, "contrast": 1, "luma_flip": False,
           "hue": 0, "saturation": 1}


def pipeline_cases():
    cases = []
    r = Inputs("pipeline each")
    singles = [{"flip": True}, {"quarter_turns": 1}, {"quarter_turns": 2}, {"quarter_turns": 3},
               {"down": 2, "right": -1}, {"scale": 1.25}, {"turn_before": 0.5}, {"stretch": 0.75}, {"turn_after": -2},
               {"down_part": 0.125, "right_part": -0.0625}, {"brightness": 0.25}, {"contrast": 1.5},
               {"luma_flip": True}, {"hue": 1}, {"saturation": 0.25}]
    each = [dict(NOTHING, **s) for s in singles]
    cases.append(finish("pipeline", "each_alone", r.uniform(len(each), 4, 4, 3, low=-1, high=1), each,
                        lambda x: pipeline(x, each)))
    for name, shape in [("rgb", (4, 7, 7, 3)), ("grey", (5, 6, 6, 1)), ("not_square", (3, 5, 8, 3))]:
        r = Inputs("pipeline" + name)
        draws = []
        for _ in range(shape[0]):
            draws.append({"flip": bool(r.random.randint(2)),
                          "quarter_turns": 2 * r.random.randint(2) if name == "not_square" else r.random.randint(4),
                          "down": r.random.randint(-1, 2), "right": r.random.randint(-1, 2),
                          "scale": number(2 ** r.normal(scale=0.2)), "turn_before": number(r.normal(scale=2)),
                          "stretch": number(2 ** r.normal(scale=0.2)), "turn_after": number(r.normal(scale=2)),
                          "down_part": number(r.normal(scale=0.125)), "right_part": number(r.normal(scale=0.125)),
                          "brightness": number(r.normal(scale=0.2)), "contrast": number(2 ** r.normal(scale=0.5)),
                          "luma_flip": bool(r.random.randint(2)), "hue": number(r.normal(scale=2)),
                          "saturation": number(2 ** r.normal())})
        cases.append(finish("pipeline", name, r.uniform(*shape, low=-1, high=1), draws,
                            lambda x: pipeline(x, draws)))
    return cases


# ---- top-k -----------------------------------------------------------------------------------------------------------
def top_k_cases():
    cases = []
    for n, epoch, nu, gamma in [(12, 0, 0.5, 0.9), (12, 3, 0.5, 0.9), (12, 60, 0.5, 0.9), (9, 2, 0.75, 0.8), (1, 5, 0.5, 0.5)]:
        r = Inputs("top_k%d_%d" % (n, epoch))
        k = max(math.ceil(nu * n), round(n * gamma ** epoch))
        d = torch.tensor(r.distinct(n, 1), requires_grad=True)
        best, index = torch.topk(d, k, 0)
        loss = F.softplus(-best).mean()
        cases.append({"kind": "top_k", "name": "top_k/%d_of_%d" % (k, n), "k": k, "epoch": epoch, "nu": nu,
                      "gamma": gamma, "d": tensor(d), "index": sorted(index.flatten().tolist()),
                      "loss": number(loss), "gd": tensor(torch.autograd.grad(loss, d)[0])})
    return cases


def generate():
    return ABOUT, sampling_cases() + diff_cases() + pipeline_cases() + top_k_cases()
