"""Scores of points in the plane by numpy, and of few feature vectors by scipy.

Points [Srivastava et al. 2017, sec. 4.1; Lin et al. 2018, sec. 4.1]. The mixture is a ring (modes, radius, sigma) or a
grid (side, spacing, sigma) of M centres. A point belongs to the nearest centre and is of high quality if that is less
than 3 sigma away; one that is not finite is of none. "counts" are the points of high quality by centre, "covered" the
centres that have some, "high_quality" their share of all points, "reverse_kl" KL(q || uniform) for q = counts / their
sum by scipy's entropy, 0 if there are none. "not_finite" puts NaN and infinities into points: [row, column, which].
No point is within rounding of 3 sigma or of the middle between two centres, so float must count the same.

Features [Heusel et al. 2017, eq. 6]: |mu1 - mu2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) by scipy's sqrtm, for fewer vectors
than features in each set or in both together, so that the covariances have no full rank. sqrtm of a singular matrix
gives noise of the size of the root of rounding; the eigenvalues of S1 S2 must give the same up to it.
"""
import numpy as np
import scipy.linalg
import scipy.stats
from scipy.spatial.distance import cdist

from .common import Inputs, number, tensor

ABOUT = "Scores of points in the plane and of few features by numpy and scipy; see generators/scores.py."


def ring(modes, radius, sigma):
    angle = 2 * np.pi * np.arange(modes) / modes
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), {"modes": modes, "radius": radius,
                                                                          "sigma": sigma}


def grid(side, spacing, sigma):
    line = (np.arange(side) - (side - 1) / 2) * spacing
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], 1), {"side": side, "spacing": spacing, "sigma": sigma}


def points(name, mixture, x, not_finite=()):
    centres, settings = mixture
    sigma = settings["sigma"]
    x = x.astype(np.float32).astype(np.float64)
    result = {"name": name, "mixture": settings, "centres": tensor(centres), "points": tensor(x),
              "not_finite": [list(n) for n in not_finite]}
    for row, column, which in not_finite:
        x[row, column] = float(which)
    finite = x[np.isfinite(x).all(1)]
    distances = cdist(finite, centres)
    near = np.sort(distances, axis=1)
    assert (abs(near[:, 0] - 3 * sigma) > 1e-5).all() and (near.shape[1] == 1 or (np.diff(near[:, :2]) > 1e-5).all())
    nearest = distances.argmin(1)[near[:, 0] < 3 * sigma]
    counts = np.bincount(nearest, minlength=len(centres))
    kl = scipy.stats.entropy(counts / counts.sum(), np.full(len(centres), 1 / len(centres))) if counts.any() else 0
    return dict(result, counts=[int(c) for c in counts], covered=int((counts > 0).sum()),
                high_quality=number(counts.sum() / len(x)), reverse_kl=number(kl))


def around(r, mixture, modes, share, n, spread=1.0):
    """n points around some centres, chosen by share, and as far from them as spread standard deviations."""
    centres, settings = mixture
    chosen = r.random.choice(modes, n, p=np.array(share) / np.sum(share))
    return centres[chosen] + r.random.standard_normal((n, 2)) * settings["sigma"] * spread


def features(name, x, y):
    assert (np.round(x * 64) == x * 64).all() and (np.round(y * 64) == y * 64).all()
    assert len(x) + len(y) < 2 * x.shape[1]
    s1, s2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    rest = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s1 + s2)
    fid = rest - 2 * np.trace(scipy.linalg.sqrtm(s1 @ s2)).real
    eigenvalues = np.sort(scipy.linalg.eigvals(s1 @ s2).real)[-min(len(x), len(y)) + 1:]  # the others are 0
    other = rest - 2 * np.sqrt(np.maximum(eigenvalues, 0)).sum()
    print("  %-28s sqrtm and eigenvalues differ by %.1e" % (name, abs(fid / other - 1)))
    assert abs(fid / other - 1) < 1e-7
    return {"name": name, "real": tensor(x), "fake": tensor(y), "fid": number(fid)}


def generate():
    r = Inputs("scores")
    small_ring, small_grid = ring(8, 1.0, 0.01), grid(5, 2.0, 0.05)
    wide = ring(12, 1.5, 0.25)  # the balls of neighbours overlap
    even = grid(4, 1.5, 0.125)
    far = np.round(r.random.uniform(-3, 3, (20, 2)) * 2) / 2 + 0.25  # between the centres of the grid
    mixed = np.concatenate([around(r, small_ring, [0, 1, 2, 3, 4, 5, 6, 7], [1] * 8, 60, 2.0), far])
    cases = [points("ring, three modes of eight", small_ring, around(r, small_ring, [1, 4, 6], [5, 2, 1], 80, 1.5)),
             points("ring, all modes and strays", small_ring, mixed),
             points("ring, NaN and infinities", small_ring, around(r, small_ring, [0, 3], [2, 1], 30),
                    [(0, 0, "nan"), (5, 1, "nan"), (6, 0, "inf"), (7, 1, "-inf"), (29, 0, "nan"), (29, 1, "inf")]),
             points("ring, balls that overlap", wide, around(r, wide, list(range(12)), list(range(1, 13)), 90, 1.5)),
             points("ring, one mode", ring(1, 2.0, 0.5), around(r, ring(1, 2.0, 0.5), [0], [1], 20, 2.0)),
             points("grid, uneven", small_grid,
                    around(r, small_grid, list(range(25)), list(range(1, 26)), 120, 1.5)),
             points("grid of an even side", even, around(r, even, [0, 5, 6, 11, 15], [1, 1, 4, 2, 2], 60, 2.0)),
             points("grid, nothing near", small_grid, far)]
    cases += [features("few of many features", r.normal(7, 24), r.normal(9, 24, scale=1.25, shift=0.25)),
              features("four against many", r.normal(4, 20), r.normal(30, 20, scale=0.5)),
              features("fewer and as many", r.normal(10, 18), r.normal(18, 18, shift=0.5)),
              features("as a network has them", np.maximum(r.normal(12, 40, scale=2), 0),
                       np.maximum(r.normal(16, 40, scale=1.5, shift=-0.25), 0))]
    return ABOUT, cases
