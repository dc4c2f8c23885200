#!/usr/bin/env python3
"""Writes the golden files of tests/golden/data with PyTorch (pictures.py also with PIL). Needed only to remake them:
building and testing never run Python. Usage, from anywhere:
python3 tests/golden/make_golden.py [NAME...]   (NAME: ops, optim, dcgan, ...)

Format. Each file is one line-structured JSON text: {"about", "made_with", "cases": [...]}; a case is one line. What a
case holds is said in the file's "about" and at the head of the generator that makes it (generators/*.py).
- A tensor is {"shape": [...], "data": [...]}: row-major decimal numbers in the layouts of ganvas:
  images (N,H,W,C); Conv2d weights (out,kh,kw,in); ConvTranspose2d weights (in,kh,kw,out); Linear weights (out,in).
- Inputs are multiples of 1/64, so they are the same numbers in float and in double.
- Results are computed in double and written with 13 significant digits.
- "summary" objects stand for tensors that are too large to store (see generators/counter.py).

The same PyTorch gives the same bytes: seeds are fixed (a checksum of the case's name), one thread, sorted keys, no dates.
Committed files: each below 2 MiB, together below 8 MiB; this script refuses to write more.
The state-dict file is made by make_state_dict.py. "metrics" and "scores" need scipy, too, and "metrics" scikit-learn.
"""
import importlib
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch  # noqa: E402  (the environment must be set first)

from generators import common  # noqa: E402

GENERATORS = ["ops_pointwise", "ops_reduce", "ops_shape", "ops_conv", "ops_norm", "optim", "batch_norm", "dcgan",
              "wgan_gp", "r1", "init", "family", "augment", "augmented", "resize", "pictures", "style_layers", "style",
              "metrics", "layers", "networks", "basic_networks", "shipped", "games", "scores", "resnet50"]


def main(names):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in GENERATORS:
        if names and not any(name.startswith(n) for n in names):
            continue
        about, cases = importlib.import_module("generators." + name).generate()
        common.write(name, about, cases)
    common.check_total()


if __name__ == "__main__":
    main(sys.argv[1:])
