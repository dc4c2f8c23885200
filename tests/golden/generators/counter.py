"""Numbers that both sides compute exactly, for networks too large to store, and summaries of large tensors.

philox(i, stream): Philox 4x32-10 [Salmon et al. 2011], counter (i, 0, stream, 0), key (KEY, 0): four 32-bit words w.
bell(i, stream) = float32(scale * deviation) with k = (w0>>10) + (w1>>10) + (w2>>10) + (w3>>10) - 2^23, an integer that
  a float holds exactly, and scale = sqrt(3) / 2^22: the sum of four uniform numbers, mean 0, standard deviation 1,
  bell-shaped, without log or cos, whose last digits differ between libraries.
summary of a tensor t with n elements t_i in row-major order of ganvas' layout:
  norm         sqrt(sum t_i^2)                       mean  sum t_i / n
  samples      16 elements, number j at index philox(j, SAMPLES).w0 mod n
  projections  16 numbers sum_i s_ij t_i, s_ij = +1 or -1 by bit j of philox(i, SIGNS).w0 (bit set: +1)
The mean over j of (projection_j(a) - projection_j(b))^2 is an unbiased estimate of |a - b|^2 (the signs are
independent), so 16 numbers measure the distance of two tensors of a million elements to about 20 %.
"""
import math

import numpy as np

from .common import number

KEY, SAMPLES, SIGNS = 2014, 1000, 1001
SCALE = math.sqrt(3) / (1 << 22)


def philox(count, stream):
    """Words 0..3 for counters 0..count-1: uint32 (4, count)."""
    c = [np.arange(count, dtype=np.uint64), np.zeros(count, np.uint64), np.full(count, stream, np.uint64),
         np.zeros(count, np.uint64)]
    key, low, half = [KEY, 0], np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(p1 >> half) ^ c[1] ^ np.uint64(key[0]), p1 & low, (p0 >> half) ^ c[3] ^ np.uint64(key[1]), p0 & low]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c)


def bell(shape, stream, deviation):
    """float32 numbers of mean 0 and the given standard deviation."""
    words = philox(int(np.prod(shape)), stream) >> np.uint64(10)
    k = words.sum(axis=0).astype(np.int64) - (1 << 23)
    return (k * (SCALE * deviation)).astype(np.float32).reshape(shape)


def blocks(n, stream):
    """n pictures (28,28,1) in [-1,1): 4x4 squares of 7x7 pixels, each (w0 >> 8) / 2^23 - 1."""
    tone = (philox(n * 16, stream)[0] >> np.uint64(8)).astype(np.float32) / np.float32(1 << 23) - np.float32(1)
    return tone.reshape(n, 4, 4, 1).repeat(7, axis=1).repeat(7, axis=2)


class Summaries:
    """Makes summaries; keeps the signs, which depend on the index only."""

    def __init__(self):
        self.words = np.zeros(0, np.uint64)
        self.places = philox(16, SAMPLES)[0]

    def projections(self, t):
        if t.size > self.words.size:
            self.words = philox(t.size, SIGNS)[0]
        words = self.words[:t.size]
        return [float(np.where((words >> np.uint64(j)) & np.uint64(1), t, -t).sum()) for j in range(16)]

    def __call__(self, t):
        t = np.asarray(t, dtype=np.float64).reshape(-1)
        return {"size": t.size, "norm": number(math.sqrt((t * t).sum())), "mean": number(t.mean()),
                "samples": [number(t[int(p) % t.size]) for p in self.places],
                "projections": [number(p) for p in self.projections(t)]}
