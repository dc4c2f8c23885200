#!/usr/bin/env python3
"""Writes data/state_dict.safetensors with PyTorch, the state dict of a small network as torch names and stores it, and
data/state_dict.json, an input and what the network answers in evaluation. Needed only to remake the files.

  Conv2d(3,8,3,padding=1), BatchNorm2d(8), ReLU, ConvTranspose2d(8,6,4,2,1), LeakyReLU(0.2), MaxPool2d(2), Flatten,
  Linear(6*4*4,10), for images of 4x4
Flatten runs over (c,h,w) in torch and (h,w,c) in ganvas: whoever loads the file has to reorder the Linear's columns.
"input" is (2,4,4,3), N,H,W,C, and "output" (2,10). The tensors are F32, but for the count of batches that torch's
BatchNorm2d keeps (I64, rank 0), which is in every state dict that torch writes.
The safetensors format is written by hand (8 bytes of header length, JSON header padded with spaces to 8 bytes, data), in
the order of the state dict and with the metadata {"format": "pt"} that torch's own tools write.
"""
import json
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import torch  # noqa: E402
from torch import nn  # noqa: E402

from generators.common import DATA, Inputs, nchw, tensor, write  # noqa: E402


def write_safetensors(path, tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, t in tensors.items():
        kind = "<f4" if t.is_floating_point() else "<i8"
        raw = t.detach().contiguous().numpy().astype(kind).tobytes()
        header[name] = {"dtype": "F32" if kind == "<f4" else "I64", "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def main():
    torch.set_num_threads(1)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.ConvTranspose2d(8, 6, 4, 2, 1),
                        nn.LeakyReLU(0.2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(6 * 4 * 4, 10)).double()
    r = Inputs("state_dict")
    for name, t in net.state_dict().items():
        if name.endswith("running_var"):
            t.copy_(torch.tensor(r.uniform(*t.shape, low=0.5, high=2)))
        elif name.endswith("num_batches_tracked"):
            t.fill_(3)
        else:
            t.copy_(torch.tensor(r.normal(*t.shape, scale=0.25)))
    net.eval()
    x = torch.tensor(r.normal(2, 4, 4, 3))
    write_safetensors(os.path.join(DATA, "state_dict.safetensors"), net.state_dict())
    write("state_dict", "What the network of state_dict.safetensors answers; see make_state_dict.py.",
          [{"name": "evaluation", "input": tensor(x), "output": tensor(net(nchw(x)))}])


if __name__ == "__main__":
    main()
