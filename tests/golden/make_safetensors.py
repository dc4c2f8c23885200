#!/usr/bin/env python3
"""Writes data/dtypes.safetensors with PyTorch and the safetensors package. Needed only to remake the file.

"x.f32" holds numbers that are hard to round: ties, the ends of the ranges, subnormal numbers, infinities, NaN, and some
random ones. "x.f16", "x.bf16" and "x.f64" are the same numbers as torch converts them, "back.f16" and "back.bf16" the
16-bit ones as float64 again. The other entries are of further types and shapes.
"""
import os

import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    torch.manual_seed(1)
    hard = [0.0, -0.0, 1.0, -1.0, 1 + 2**-11, 1 + 3 * 2**-11, 1 + 2**-11 + 2**-20, 1 + 2**-8, 1 + 3 * 2**-8,
            65504.0, 65519.0, 65520.0, -65520.0, 70000.0, 2.0**-14, 2.0**-14 - 2.0**-25, 2.0**-24, 2.0**-25,
            3 * 2.0**-26, 5 * 2.0**-25, 2.0**-26, -2.0**-133, 2.0**-134, 3 * 2.0**-135, 1e-40, 3.3895314e38,
            3.3961775e38, 3.4028235e38, float("inf"), float("-inf"), float("nan")]
    random = torch.randn(160) * torch.exp(6 * torch.randn(160))
    x = torch.cat([torch.tensor(hard, dtype=torch.float32), random, random.half().float() * (1 + 2**-11)])
    half, brain = x.half(), x.bfloat16()
    tensors = {
        "x.f32": x, "x.f16": half, "x.bf16": brain, "x.f64": x.double(),
        "back.f16": half.double(), "back.bf16": brain.double(),
        "num_batches_tracked": torch.tensor(12345678901),
        "i32": torch.tensor([[-(2**31), 2**31 - 1]], dtype=torch.int32),
        "i16": torch.tensor([-7, 300], dtype=torch.int16),
        "i8": torch.tensor([-128, 127], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "rank5": torch.arange(48, dtype=torch.float32).reshape(2, 3, 2, 1, 4),
        "empty": torch.zeros(0, 3),
        "layer.\u00fc\"weight\\": torch.tensor([0.5]),
    }
    path = os.path.join(HERE, "data", "dtypes.safetensors")
    save_file(tensors, path, metadata={"format": "pt", "note": "line\nbreak \u2713"})
    print(path, os.path.getsize(path), "bytes")


if __name__ == "__main__":
    main()
