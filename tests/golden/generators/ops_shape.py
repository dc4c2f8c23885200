"""Operations that move elements: reshape, permute, concat, slice, pad, flip, gather, embedding, upsample, pixel_shuffle.
The second order of a linear operation by its input is zero; it is still asked for, by gy."""
import torch
import torch.nn.functional as F

from .common import Inputs, case, nchw, nhwc

ABOUT = "Operations that move elements. See case() in generators/common.py for the fields."


def generate():
    return ABOUT, views() + joins() + pads() + gathers() + enlargements()


def views():
    r = Inputs("views")
    cases = []
    for name, old, new in [("flatten", (2, 3, 2), (2, 6)), ("split", (6,), (1, 2, 3)), ("to_scalar", (1, 1), ())]:
        cases.append(case("reshape", name, {"x": r.normal(*old)}, lambda x: x.reshape(new), {"shape": list(new)}))
    for name, shape, order in [("swap", (2, 3), (1, 0)), ("nhwc_to_nchw", (2, 3, 4, 2), (0, 3, 1, 2)),
                               ("cycle", (2, 3, 4), (2, 0, 1)), ("identity", (2, 3), (0, 1))]:
        cases.append(case("permute", name, {"x": r.normal(*shape)}, lambda x: x.permute(order),
                          {"order": list(order)}))
    cases.append(case("transpose", "matrix", {"x": r.normal(3, 5)}, lambda x: x.t()))
    for name, shape, axis, begin, end, step in [("rows", (5, 3), 0, 1, 4, 1), ("every_second", (3, 7), 1, 0, 7, 2),
                                                ("strided_end", (2, 8, 2), 1, 1, 7, 3), ("last", (4, 3), -1, 2, 3, 1)]:
        def cut(x):
            index = [slice(None)] * x.dim()
            index[axis] = slice(begin, end, step)
            return x[tuple(index)]
        cases.append(case("slice", name, {"x": r.normal(*shape)}, cut,
                          {"axis": axis, "begin": begin, "end": end, "step": step}))
    for name, shape, axes in [("rows", (3, 2), [0]), ("images_left_right", (1, 3, 4, 2), [2]), ("both", (2, 3), [0, 1])]:
        cases.append(case("flip", name, {"x": r.normal(*shape)}, lambda x: x.flip(axes), {"axes": axes}))
    return cases


def joins():
    r = Inputs("joins")
    return [case("concat", "rows", {"a": r.normal(2, 3), "b": r.normal(4, 3)},
                 lambda a, b: torch.cat([a, b], 0), {"axis": 0}),
            case("concat", "channels", {"a": r.normal(1, 2, 2, 3), "b": r.normal(1, 2, 2, 1)},
                 lambda a, b: torch.cat([a, b], 3), {"axis": -1}),
            case("concat", "itself", {"a": r.normal(2, 2)}, lambda a: torch.cat([a, a, a * a], 1), {"axis": 1})]


def pads():
    r = Inputs("pads")
    cases = []
    modes = {"zero": "constant", "reflect": "reflect", "edge": "replicate"}
    for ours, theirs in modes.items():
        for name, shape, (top, bottom, left, right) in [("even", (2, 3, 3, 2), (1, 1, 1, 1)),
                                                        ("uneven", (1, 4, 3, 2), (0, 3, 2, 1)),
                                                        ("wide", (1, 5, 4, 1), (3, 2, 3, 3))]:
            cases.append(case("pad", ours + "_" + name, {"x": r.normal(*shape)},
                              lambda x: nhwc(F.pad(nchw(x), (left, right, top, bottom), mode=theirs)),
                              {"mode": ours, "amounts": [[0, 0], [top, bottom], [left, right], [0, 0]]}))
    cases.append(case("pad", "zero_vector", {"x": r.normal(4)}, lambda x: F.pad(x, (2, 1)),
                      {"mode": "zero", "amounts": [[2, 1]]}))
    return cases


def gathers():
    r = Inputs("gathers")
    cases = []
    for name, shape, axis, index in [("rows", (5, 3), 0, [4, 0, 0, 2]), ("columns", (2, 4, 2), 1, [3, 3, 3, 1, 0]),
                                     ("one", (3, 2), -1, [1])]:
        cases.append(case("gather", name, {"x": r.normal(*shape)},
                          lambda x: x.index_select(axis, torch.tensor(index)), {"axis": axis, "index": index}))
    for name, shape, axis, index, extent in [("rows", (4, 3), 0, [4, 0, 0, 2], 6), ("columns", (2, 3), 1, [1, 1, 0], 2)]:
        def scatter(x):
            full = list(x.shape)
            full[axis] = extent
            return x.new_zeros(full).index_add(axis, torch.tensor(index), x)
        cases.append(case("scatter_add", name, {"x": r.normal(*shape)}, scatter,
                          {"axis": axis, "index": index, "extent": extent}))
    cases.append(case("embedding", "repeated", {"table": r.normal(6, 4)},
                      lambda t: F.embedding(torch.tensor([5, 1, 1, 0, 5]), t), {"index": [5, 1, 1, 0, 5]}))
    return cases


def enlargements():
    r = Inputs("enlargements")
    cases = []
    for mode in ["nearest", "bilinear"]:
        for factor in [2, 3]:
            for name, shape in [("square", (2, 3, 3, 2)), ("uneven", (1, 2, 4, 1)), ("one_pixel", (1, 1, 1, 2))]:
                options = {} if mode == "nearest" else {"align_corners": False}
                cases.append(case("upsample", "%s_%d_%s" % (mode, factor, name), {"x": r.normal(*shape)},
                                  lambda x: nhwc(F.interpolate(nchw(x), scale_factor=factor, mode=mode, **options)),
                                  {"factor": factor, "mode": mode}))
    for name, shape, factor in [("twice", (2, 2, 3, 8), 2), ("thrice", (1, 2, 2, 9), 3)]:
        cases.append(case("pixel_shuffle", name, {"x": r.normal(*shape)},
                          lambda x: nhwc(F.pixel_shuffle(nchw(x), factor)), {"factor": factor}))
    return cases
