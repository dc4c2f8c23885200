"""Small members of the families of models/, written from the papers and from their authors' code with PyTorch's modules.
The fields of a case are at the head of generators/modules.py; sizes are in "options" and in the tests.

Residual networks: Miyato et al. 2018, Appendix B.4; Miyato and Koyama 2018, eq. 3; pfnet-research/sngan_projection.
SNDCGAN: Miyato et al. 2018, Table 3; InfoGAN: Chen et al. 2016, Appendix C.1; BEGAN: Berthelot et al. 2017, Figure 1.
Unrolled: Metz et al. 2017, appendix on stacked MNIST, with the linear layers as convolutions of the map's size.
"""
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import spectral_norm

from .common import Inputs, nchw, nhwc
from .layers import ConditionalBatchNorm, SelfAttention
from .modules import case, images

ABOUT = "Networks of the GAN family; everything is said at the heads of generators/networks.py and modules.py."


def sides(s):
    """Height and width: a pair, or a number for both."""
    return s if isinstance(s, tuple) else (s, s)


def maybe(spectral, module):
    return spectral_norm(module) if spectral else module


class Up(nn.Module):
    def __init__(self, i, o, classes, mode):
        super().__init__()
        norm = (lambda c: ConditionalBatchNorm(c, classes)) if classes else nn.BatchNorm2d
        self.norm1, self.conv1 = norm(i), nn.Conv2d(i, o, 3, padding=1)
        self.norm2, self.conv2 = norm(o), nn.Conv2d(o, o, 3, padding=1)
        self.shortcut = nn.Conv2d(i, o, 1)
        self.classes, self.mode = classes, mode

    def up(self, x):
        if self.mode == "nearest":
            return F.interpolate(x, scale_factor=2, mode="nearest")
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

    def forward(self, x, *y):
        h = self.conv1(self.up(F.relu(self.norm1(x, *y))))
        return self.conv2(F.relu(self.norm2(h, *y))) + self.shortcut(self.up(x))


class ResnetGenerator(nn.Module):
    def __init__(self, latent, bottom, levels, channels, image_channels, classes=0, attention=None, mode="nearest"):
        super().__init__()
        self.shape = (channels, bottom, bottom)
        self.project = nn.Linear(latent, channels * bottom * bottom)
        self.levels = nn.ModuleList([Up(channels, channels, classes, mode) for _ in range(levels)])
        if attention is not None:
            self.attention = SelfAttention(channels)
        self.behind = attention
        self.norm = nn.BatchNorm2d(channels)
        self.to_image = nn.Conv2d(channels, image_channels, 3, padding=1)

    def forward(self, z, *y):
        x = self.project(z).reshape(-1, *self.shape)
        for i, level in enumerate(self.levels):
            x = level(x, *y)
            if i == self.behind:
                x = self.attention(x)
        return nhwc(torch.tanh(self.to_image(F.relu(self.norm(x)))))


class Down(nn.Module):
    def __init__(self, i, o, down, first, spectral):
        super().__init__()
        middle = o if first else i
        self.conv1 = maybe(spectral, nn.Conv2d(i, middle, 3, padding=1))
        self.conv2 = maybe(spectral, nn.Conv2d(middle, o, 3, padding=1))
        if down or first or i != o:
            self.shortcut = maybe(spectral, nn.Conv2d(i, o, 1))
        self.down, self.first = down, first

    def forward(self, x):
        pool = (lambda m: F.avg_pool2d(m, 2)) if self.down else (lambda m: m)
        if self.first:  # OptimizedBlock: the shortcut pools first
            return pool(self.conv2(F.relu(self.conv1(x)))) + self.shortcut(pool(x))
        residual = pool(self.conv2(F.relu(self.conv1(F.relu(x)))))
        return residual + (pool(self.shortcut(x)) if hasattr(self, "shortcut") else x)


class ResnetDiscriminator(nn.Module):
    def __init__(self, image_channels, channels, downs, flat, classes, attention, spectral):
        super().__init__()
        blocks = [Down(image_channels, channels, True, True, spectral)]
        blocks += [Down(channels, channels, True, False, spectral) for _ in range(downs - 1)]
        blocks += [Down(channels, channels, False, False, spectral) for _ in range(flat)]
        self.levels = nn.ModuleList(blocks)
        if attention is not None:
            self.attention = SelfAttention(channels, spectral)
        self.behind = attention
        self.to_logit = maybe(spectral, nn.Linear(channels, 1))
        if classes:
            self.embed = maybe(spectral, nn.Embedding(classes, channels))

    def forward(self, x, *y):
        x = nchw(x)
        for i, level in enumerate(self.levels):
            x = level(x)
            if i == self.behind:
                x = self.attention(x)
        phi = F.relu(x).sum((2, 3))
        logit = self.to_logit(phi)
        for labels in y:
            logit = logit + (self.embed(labels) * phi).sum(1, keepdim=True)
        return logit


class UpBlock(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv, self.norm = nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class SndcganGenerator(nn.Module):
    def __init__(self, latent, bottom, channels, image_channels, skipped=0):
        super().__init__()
        c = channels >> skipped  # of the coarsest map that is there
        h, w = sides(bottom)
        self.shape = (c, h, w)
        n = c * h * w
        self.project, self.norm = nn.Linear(latent, n, bias=False), nn.BatchNorm1d(n)
        self.levels = nn.ModuleList([UpBlock(channels >> i, channels >> (i + 1)) for i in range(skipped, 3)])
        self.to_image = nn.ConvTranspose2d(channels // 8, image_channels, 3, 1, 1)

    def forward(self, z):
        x = F.relu(self.norm(self.project(z))).reshape(-1, *self.shape)
        for level in self.levels:
            x = level(x)
        return nhwc(torch.tanh(self.to_image(x)))


class SndcganDiscriminator(nn.Module):
    def __init__(self, image_channels, c, bottom, spectral, skipped=0):
        super().__init__()
        widths = [image_channels, c // 8, c // 4, c // 4, c // 2, c // 2, c, c]
        if skipped:
            widths, c = widths[:-2], c // 2
        self.levels = nn.ModuleList([maybe(spectral, nn.Conv2d(i, o, 4 if k % 2 else 3, 2 if k % 2 else 1, 1))
                                     for k, (i, o) in enumerate(zip(widths, widths[1:]))])
        h, w = sides(bottom)
        self.to_logit = maybe(spectral, nn.Linear(c * h * w, 1))

    def forward(self, x):
        x = nchw(x)
        for level in self.levels:
            x = F.leaky_relu(level(x), 0.1)
        return self.to_logit(x.flatten(1))


class Widening(nn.Module):
    def __init__(self, i, o, *spec):
        super().__init__()
        self.conv, self.norm = nn.ConvTranspose2d(i, o, *spec, bias=False), nn.BatchNorm2d(o)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class UnrolledGenerator(nn.Module):
    def __init__(self, latent, width, image_channels):
        super().__init__()
        self.project = Widening(latent, width, 4)
        self.levels = nn.ModuleList([Widening(width >> k, width >> (k + 1), 3, 2, 1, further)
                                     for k, further in enumerate([0, 1, 1])])
        self.to_image = nn.Conv2d(width // 8, image_channels, 3, padding=1)

    def forward(self, z):
        x = self.project(z[:, :, None, None])
        for level in self.levels:
            x = level(x)
        return nhwc(torch.tanh(self.to_image(x)))


class Halving(nn.Module):
    def __init__(self, i, o, batch_norm):
        super().__init__()
        self.conv = nn.Conv2d(i, o, 3, 2, 1, bias=not batch_norm)
        if batch_norm:
            self.norm = nn.BatchNorm2d(o)
        self.batch_norm = batch_norm

    def forward(self, x):
        x = self.conv(x)
        return F.leaky_relu(self.norm(x) if self.batch_norm else x, 0.3)


class UnrolledDiscriminator(nn.Module):
    def __init__(self, image_channels, width, batch_norm):
        super().__init__()
        widths = [image_channels, width, 2 * width, 4 * width]
        self.levels = nn.ModuleList([Halving(i, o, batch_norm) for i, o in zip(widths, widths[1:])])
        self.to_logit = nn.Conv2d(4 * width, 1, 4)

    def forward(self, x):
        x = nchw(x)
        for level in self.levels:
            x = level(x)
        return self.to_logit(x).flatten(1)


class Dense(nn.Module):
    def __init__(self, i, o, slope):
        super().__init__()
        self.linear, self.norm, self.slope = nn.Linear(i, o, bias=False), nn.BatchNorm1d(o), slope

    def forward(self, x):
        return F.leaky_relu(self.norm(self.linear(x)), self.slope)


class InfoganGenerator(nn.Module):
    def __init__(self, latent, side, hidden, channels):
        super().__init__()
        h, w = sides(side)
        self.shape = (channels, h // 4, w // 4)
        self.dense = nn.ModuleList([Dense(latent, hidden, 0.0), Dense(hidden, channels * (h // 4) * (w // 4), 0.0)])
        self.level = UpBlock(channels, channels // 2)
        self.to_image = nn.ConvTranspose2d(channels // 2, 1, 4, 2, 1)

    def forward(self, z):
        x = self.dense[1](self.dense[0](z)).reshape(-1, *self.shape)
        return nhwc(torch.tanh(self.to_image(self.level(x))))


class InfoganDiscriminator(nn.Module):
    def __init__(self, side, channels, hidden, code_hidden, outputs):
        super().__init__()

        class Level(nn.Module):
            def __init__(self, i, o, norm):
                super().__init__()
                self.conv = nn.Conv2d(i, o, 4, 2, 1, bias=not norm)
                self.norm = nn.BatchNorm2d(o) if norm else nn.Identity()

            def forward(self, x):
                return F.leaky_relu(self.norm(self.conv(x)), 0.1)

        class Q(nn.Module):
            def __init__(self):
                super().__init__()
                self.hidden, self.to_logits = Dense(hidden, code_hidden, 0.1), nn.Linear(code_hidden, outputs)

            def forward(self, x):
                return self.to_logits(self.hidden(x))

        self.levels = nn.ModuleList([Level(1, channels, False), Level(channels, 2 * channels, True)])
        h, w = sides(side)
        self.dense = Dense(2 * channels * (h // 4) * (w // 4), hidden, 0.1)
        self.to_logit = nn.Linear(hidden, 1)
        self.q = Q()

    def forward(self, x):
        features = self.dense(self.levels[1](self.levels[0](nchw(x))).flatten(1))
        return torch.cat([self.to_logit(features), self.q(features), features], 1)


class Pair(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(i, o, 3, padding=1), nn.Conv2d(o, o, 3, padding=1)

    def forward(self, x):
        return F.elu(self.conv2(F.elu(self.conv1(x))))


class BeganDecoder(nn.Module):
    def __init__(self, latent, bottom, levels, n, image_channels):
        super().__init__()
        h, w = sides(bottom)
        self.shape = (n, h, w)
        self.project = nn.Linear(latent, n * h * w)
        self.levels = nn.ModuleList([Pair(n, n) for _ in range(levels)])
        self.to_image = nn.Conv2d(n, image_channels, 3, padding=1)

    def forward(self, h):
        x = self.levels[0](self.project(h).reshape(-1, *self.shape))
        for level in self.levels[1:]:
            x = level(F.interpolate(x, scale_factor=2, mode="nearest"))
        return nhwc(self.to_image(x))


class BeganEncoder(nn.Module):
    def __init__(self, latent, bottom, levels, n, image_channels):
        super().__init__()
        self.from_image = nn.Conv2d(image_channels, n, 3, padding=1)
        self.levels = nn.ModuleList([Pair(max(k - 1, 1) * n, k * n) for k in range(1, levels + 1)])
        self.down = nn.ModuleList([nn.Conv2d(k * n, k * n, 3, 2, 1) for k in range(1, levels)])
        h, w = sides(bottom)
        self.to_latent = nn.Linear(levels * n * h * w, latent)

    def forward(self, x):
        x = self.levels[0](F.elu(self.from_image(nchw(x))))
        for level, down in zip(self.levels[1:], self.down):
            x = level(F.elu(down(x)))
        return self.to_latent(x.flatten(1))


class BeganDiscriminator(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.encoder, self.decoder = BeganEncoder(*sizes), BeganDecoder(*sizes)

    def forward(self, x):
        return (x - self.decoder(self.encoder(x))).abs().mean((1, 2, 3)).reshape(-1, 1)


def generate():
    r = Inputs("networks")
    labels = [2, 0, 1, 2]
    small = {"scale": 0.25}

    def of(name, module, *shape, **options):
        return case(name, module, r.normal(*shape), second=True, **options)

    up, down = Up(3, 2, 0, "nearest"), Down(3, 4, True, False, True)
    cases = [
        of("residual_up/nearest", up, 3, 2, 3, 3, run=images(up), **small),
        of("residual_down/spectral", down, 2, 4, 6, 3, run=images(down), **small),
        of("resnet_generator/plain", ResnetGenerator(3, 6, 1, 3, 2, mode="bilinear"), 3, 3, **small),
        of("resnet_generator/classes", ResnetGenerator(2, 4, 1, 8, 1, 3, attention=0), 4, 2, labels=labels, passes=2,
           **small),
        of("resnet_discriminator/projection", ResnetDiscriminator(1, 8, 2, 1, 3, 0, True), 2, 20, 20, 1,
           labels=labels[:2], passes=2, **small),
        of("resnet_discriminator/plain", ResnetDiscriminator(1, 4, 1, 2, 0, None, False), 2, 8, 8, 1, **small),
        of("sndcgan_generator", SndcganGenerator(3, 1, 8, 3), 4, 3),
        of("sndcgan_discriminator/spectral", SndcganDiscriminator(1, 8, 2, True), 2, 16, 16, 1),
        of("sndcgan_discriminator/plain", SndcganDiscriminator(3, 8, 1, False), 2, 8, 8, 3),
        of("infogan_generator", InfoganGenerator(5, 8, 6, 4), 4, 5),
        of("infogan_discriminator", InfoganDiscriminator(8, 2, 6, 5, 3), 4, 8, 8, 1),
        of("began_generator", BeganDecoder(3, 3, 2, 2, 1), 3, 3, **small),
        of("began_discriminator", BeganDiscriminator(3, 2, 3, 2, 1), 2, 8, 8, 1, **small),
        of("unrolled_generator", UnrolledGenerator(3, 8, 2), 3, 3),
        of("unrolled_discriminator/norm", UnrolledDiscriminator(1, 2, True), 3, 28, 28, 1, **small),
        of("unrolled_discriminator/plain", UnrolledDiscriminator(1, 2, False), 2, 28, 28, 1, **small),
        of("sndcgan_generator/4x12", SndcganGenerator(3, (1, 3), 8, 1, 1), 3, 3),
        of("sndcgan_discriminator/4x12", SndcganDiscriminator(1, 8, (1, 3), True, 1), 2, 4, 12, 1, **small),
        of("infogan_generator/4x8", InfoganGenerator(5, (4, 8), 6, 4), 4, 5),
        of("infogan_discriminator/4x8", InfoganDiscriminator((4, 8), 2, 6, 5, 3), 4, 4, 8, 1),
        of("began_generator/4x6", BeganDecoder(3, (2, 3), 2, 2, 1), 3, 3, **small),
        of("began_discriminator/4x6", BeganDiscriminator(3, (2, 3), 2, 2, 1), 2, 4, 6, 1, **small)]
    return ABOUT, cases
