"""Scores of generative models by numpy, scipy and scikit-learn, from the papers' formulas:
  fid        |mu1 - mu2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))                          [Heusel et al. 2017, eq. 6], scipy sqrtm
  kid        the unbiased MMD^2 with (x.y/F + 1)^3                     [Binkowski et al. 2018, eq. 4], sklearn's kernel
  precision, recall  for each k of "ks"                                    [Kynkaanniemi et al. 2019, eq. 1 and 2]
  density, coverage  likewise                                              [Naeem et al. 2020, sec. 3], closed balls
  inception  exp E KL(p(y|x) || p(y)), by "splits"                         [Salimans et al. 2016, sec. 4], scipy entropy
  kl         of two histograms, both ways; "inf" where it is infinite
Features are multiples of 1/64, so squared distances are exact in double, and ties are ties. Neighbours are found by
sorting all distances (scipy cdist), and for data without ties scikit-learn's NearestNeighbors must find the same.
"""
import math

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors

from .common import Inputs, number, tensor

ABOUT = "Scores of generative models by numpy, scipy and scikit-learn; see generators/metrics.py."


def fid(x, y):
    s1, s2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(s1 @ s2)
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s1 + s2 - 2 * root.real)


def kid(x, y):
    n, m, f = len(x), len(y), x.shape[1]

    def kernel(a, b):
        return polynomial_kernel(a, b, degree=3, gamma=1 / f, coef0=1)
    kx, ky = kernel(x, x), kernel(y, y)
    return ((kx.sum() - np.trace(kx)) / (n * (n - 1)) + (ky.sum() - np.trace(ky)) / (m * (m - 1))
            - 2 * kernel(x, y).mean())


def squared_radii(x, k, ties):
    d = cdist(x, x, "sqeuclidean")
    np.fill_diagonal(d, np.inf)
    radii = np.sort(d, axis=1)[:, k - 1]
    if not ties:
        found = NearestNeighbors(n_neighbors=k).fit(x).kneighbors()[0][:, -1]
        assert np.allclose(found ** 2, radii, rtol=1e-12)
    return radii


def neighbours(x, y, k, ties):
    """precision, recall, density, coverage with balls that reach to the k-th neighbour."""
    d = cdist(x, y, "sqeuclidean")
    in_x, in_y = d <= squared_radii(x, k, ties)[:, None], d <= squared_radii(y, k, ties)[None, :]
    return {"k": k, "precision": number(in_x.any(0).mean()), "recall": number(in_y.any(1).mean()),
            "density": number(in_x.sum() / (k * len(y))), "coverage": number(in_x.any(1).mean())}


def features(name, x, y, ks=(1, 3, 5), ties=False):
    assert (np.round(x * 64) == x * 64).all() and (np.round(y * 64) == y * 64).all()
    return {"name": name, "real": tensor(x), "fake": tensor(y), "fid": number(fid(x, y)), "kid": number(kid(x, y)),
            "neighbours": [neighbours(x, y, k, ties) for k in ks]}


def inception(name, logits, splits):
    p = scipy.special.softmax(logits, axis=1)
    scores = []
    for part in range(splits):
        q = p[part * len(p) // splits:(part + 1) * len(p) // splits]
        scores.append(math.exp(scipy.stats.entropy(q, q.mean(0, keepdims=True), axis=1).mean()))
    return {"name": name, "logits": tensor(logits), "splits": splits, "mean": number(np.mean(scores)),
            "deviation": number(np.std(scores))}


def kl(name, p, q):
    def value(a, b):
        v = scipy.stats.entropy(a, b)
        return number(v) if math.isfinite(v) else "inf"
    return {"name": name, "p": p, "q": q, "kl_p_q": value(p, q), "kl_q_p": value(q, p)}


def generate():
    r = Inputs("metrics")
    relu = np.maximum(r.normal(60, 6, scale=1.5), 0), np.maximum(r.normal(45, 6, scale=1.2, shift=0.25), 0)
    x, y = r.normal(50, 4), r.normal(70, 4, scale=0.5, shift=0.5)
    lattice = np.round(r.normal(40, 2, scale=1.5)), np.round(r.normal(50, 2, scale=1.5))
    outlier = r.normal(30, 3), r.normal(30, 3)
    outlier[0][7] = 500  # one real vector far away has a ball that holds nearly everything
    copies = r.normal(12, 3)
    copied = np.concatenate([copies, copies[:4], copies[:4], copies[:4]]), np.concatenate([copies[:6], r.normal(20, 3)])
    cases = [features("relu", *relu), features("narrow", x, y), features("swapped", y, x),
             features("far away", x + 1024, y + 1024), features("lattice", *lattice, ties=True),
             features("outlier", *outlier), features("copies", *copied, ties=True),
             features("few for many features", r.normal(9, 16), r.normal(11, 16, scale=1.25))]
    cases += [inception("inception", r.normal(30, 5, scale=3), 1), inception("inception in 4", r.normal(30, 5, scale=3), 4),
              inception("inception, sure", np.eye(4)[[0, 1, 2, 3, 3, 2, 1, 0, 0]] * 1000, 1),
              inception("inception, in 7 uneven parts", r.normal(31, 3), 7)]
    cases += [kl("kl", [3, 5, 9, 1], [4, 4, 4, 4]), kl("kl, a class is missing", [10, 0, 5], [3, 3, 3]),
              kl("kl, equal", [2, 4, 6], [1, 2, 3])]
    stacked = np.random.RandomState(5).randint(0, 1000, 800) // 3 * 3
    counts = np.bincount(stacked, minlength=1000)
    cases.append({"name": "stacked", "labels": [int(v) for v in stacked], "modes": int((counts > 0).sum()),
                  "kl": number(scipy.stats.entropy(counts, np.ones(1000)))})
    return ABOUT, cases
