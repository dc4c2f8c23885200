"""Spectral norm (PyTorch's own torch.nn.utils.spectral_norm), conditional batch norm and self-attention (written from
the papers). The fields of a case are at the head of generators/modules.py."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import spectral_norm

from .common import Inputs, nchw, nhwc
from .modules import case, images

ABOUT = "Layers of the GAN family; everything is said at the heads of generators/layers.py and modules.py."


class ConditionalBatchNorm(nn.Module):
    """[Dumoulin et al. 2017, eq. 5] on (N,C,H,W) or (N,C)."""

    def __init__(self, channels, classes):
        super().__init__()
        self.gammas = nn.Embedding(classes, channels)
        self.betas = nn.Embedding(classes, channels)
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x, y):
        axes = [0] + list(range(2, x.dim()))
        each = [1, -1] + [1] * (x.dim() - 2)
        if self.training:
            n = x.numel() / x.shape[1]
            mean, var = x.mean(axes), x.var(axes, unbiased=False)
            with torch.no_grad():
                self.running_mean += 0.1 * (mean - self.running_mean)
                self.running_var += 0.1 * (var * n / (n - 1) - self.running_var)
                self.num_batches_tracked += 1
        else:
            mean, var = self.running_mean, self.running_var
        xhat = (x - mean.reshape(each)) / torch.sqrt(var.reshape(each) + 1e-5)
        rows = [len(y), -1] + each[2:]
        return xhat * self.gammas(y).reshape(rows) + self.betas(y).reshape(rows)


class SelfAttention(nn.Module):
    """[Zhang et al. 2019, eq. 1 to 3], sums over pixels written out as products of matrices."""

    def __init__(self, channels, spectral=False, pool=True):
        super().__init__()

        def conv(i, o):
            c = nn.Conv2d(i, o, 1, bias=False)
            return spectral_norm(c) if spectral else c

        self.f, self.g = conv(channels, channels // 8), conv(channels, channels // 8)
        self.h, self.v = conv(channels, channels // 2), conv(channels // 2, channels)
        self.gamma = nn.Parameter(torch.zeros(1))
        self.pool = (lambda m: F.max_pool2d(m, 2)) if pool else (lambda m: m)

    def forward(self, x):
        f, g, h = self.pool(self.f(x)).flatten(2), self.g(x).flatten(2), self.pool(self.h(x)).flatten(2)
        s = torch.einsum("nci,ncj->nij", f, g)                        # s_ij = f(x_i)^T g(x_j)
        beta = torch.exp(s) / torch.exp(s).sum(1, keepdim=True)       # beta_ji, here [i, j]
        o = torch.einsum("nij,nci->ncj", beta, h).reshape(x.shape[0], -1, *x.shape[2:])
        return self.gamma * self.v(o) + x


def spectral_cases():
    def flat_images(x):  # rows (h,w,c) -> rows (c,h,w) of an image 2 x 3 x 2
        return nchw(x.reshape(-1, 2, 3, 2)).reshape(-1, 12)

    def flat_back(y):    # rows (c,h,w) of an image 3 x 2 x 2 -> rows (h,w,c)
        return nhwc(y.reshape(-1, 2, 3, 2)).reshape(-1, 12)

    cases = []
    r = Inputs("spectral_norm")
    for name, module, x, labels, run in [
            ("conv2d", spectral_norm(nn.Conv2d(2, 4, 3, stride=2, padding=1)), r.normal(2, 5, 4, 2), None, images),
            ("conv_transpose2d", spectral_norm(nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1)), r.normal(2, 3, 2, 3),
             None, images),
            ("linear", spectral_norm(nn.Linear(5, 3)), r.normal(4, 5), None, None),
            ("linear_images", spectral_norm(nn.Linear(12, 12)), r.normal(3, 12), None,
             lambda f: lambda x: flat_back(f(flat_images(x)))),
            ("embedding", spectral_norm(nn.Embedding(4, 3)), None, [1, 3, 1, 0, 2], None)]:
        cases.append(case("spectral_norm/" + name, module, x, labels, run and run(module), passes=3, second=True))
    return cases


def generate():
    cases = spectral_cases()
    r = Inputs("conditional_batch_norm")
    norm = ConditionalBatchNorm(3, 4)
    cases.append(case("conditional_batch_norm/images", norm, r.normal(5, 2, 3, 3, scale=2, shift=0.5), [0, 3, 1, 3, 0],
                      images(norm), passes=2, second=True))
    norm = ConditionalBatchNorm(2, 2)
    cases.append(case("conditional_batch_norm/rows", norm, r.normal(4, 2), [1, 0, 1, 1], passes=1, second=True))
    r = Inputs("self_attention")
    for name, spectral, pool in [("pooled", False, True), ("whole", False, False), ("spectral", True, True)]:
        module = SelfAttention(16, spectral, pool)
        cases.append(case("self_attention/" + name, module, r.normal(2, 4, 3, 16), run=images(module), second=True,
                          passes=2, options={"spectral": spectral, "pool": pool}))
    return ABOUT, cases
