"""Perceptrons and DCGAN's networks, also with classes and with a second head, written from the papers with PyTorch's
modules. The fields of a case are at the head of generators/modules.py; sizes are in the tests.

Perceptrons: Goodfellow et al. 2014, sec. 5. DCGAN: Radford et al. 2015, Figure 1 and sec. 3; where a side is odd, D
halves it with a kernel of 3. Classes: Mirza and Osindero 2014, sec. 3.2, as one-hot numbers behind z or the sample, as
one-hot planes behind an image's channels, or z times a learned vector. Second head: Odena et al. 2017, sec. 4.
"""
import torch
import torch.nn.functional as F
from torch import nn

from .common import Inputs, nchw, nhwc
from .modules import case
from .networks import Dense, UpBlock, Widening

ABOUT = ("Perceptrons and DCGAN's networks; everything is said at the heads of generators/basic_networks.py and "
         "modules.py.")


def one_hot(y, classes):
    return F.one_hot(y, classes).double()


class Mlp(nn.Module):
    """Samples keep ganvas' layout: a perceptron knows no image."""

    def __init__(self, widths, sample, tanh=False, classes=0):
        super().__init__()
        widths = [widths[0] + classes] + widths[1:]
        self.layers = nn.ModuleList([nn.Linear(i, o) for i, o in zip(widths, widths[1:])])
        self.sample, self.tanh, self.classes = sample, tanh, classes

    def forward(self, x, *y):
        x = torch.cat([x.flatten(1)] + [one_hot(labels, self.classes) for labels in y], 1)
        for layer in self.layers[:-1]:
            x = F.leaky_relu(layer(x), 0.2)
        x = self.layers[-1](x).reshape(-1, *self.sample)
        return torch.tanh(x) if self.tanh else x


class DcganGenerator(nn.Module):
    def __init__(self, latent, bottom, channels, image_channels):
        super().__init__()
        self.project = Widening(latent, channels[0], bottom)
        self.levels = nn.ModuleList([UpBlock(i, o) for i, o in zip(channels, channels[1:])])
        self.to_image = nn.ConvTranspose2d(channels[-1], image_channels, 4, 2, 1)

    def forward(self, z):
        x = self.project(z[:, :, None, None])
        for level in self.levels:
            x = level(x)
        return nhwc(torch.tanh(self.to_image(x)))


class ConditionalGenerator(DcganGenerator):
    def __init__(self, latent, bottom, channels, image_channels, classes, embedding=False):
        super().__init__(latent + (0 if embedding else classes), bottom, channels, image_channels)
        self.classes = classes
        if embedding:
            self.embed = nn.Embedding(classes, latent)

    def forward(self, z, y):
        if hasattr(self, "embed"):
            return super().forward(z * self.embed(y))
        return super().forward(torch.cat([z, one_hot(y, self.classes)], 1))


class Down(nn.Module):
    def __init__(self, i, o, kernel, norm):
        super().__init__()
        self.conv = nn.Conv2d(i, o, kernel, 2, 1, bias=not norm)
        self.norm = nn.BatchNorm2d(o) if norm else nn.Identity()

    def forward(self, x):
        return F.leaky_relu(self.norm(self.conv(x)), 0.2)


class DcganDiscriminator(nn.Module):
    def __init__(self, image_channels, side, channels, batch_norm=True):
        super().__init__()
        levels, i = [], image_channels
        for o in channels:
            levels.append(Down(i, o, 3 if side % 2 else 4, batch_norm and i != image_channels))
            i, side = o, (side + 1) // 2
        self.levels = nn.ModuleList(levels)
        self.to_logit = nn.Conv2d(i, 1, side)
        self.features = i * side * side

    def last_map(self, x):
        x = nchw(x)
        for level in self.levels:
            x = level(x)
        return x

    def forward(self, x):
        return self.to_logit(self.last_map(x)).flatten(1)


class ConditionalDiscriminator(DcganDiscriminator):
    def __init__(self, image_channels, side, channels, classes):
        super().__init__(image_channels + classes, side, channels)
        self.classes = classes

    def forward(self, x, y):
        planes = one_hot(y, self.classes)[:, None, None, :].expand(-1, x.shape[1], x.shape[2], -1)
        return super().forward(torch.cat([x, planes], 3))


class Plain(nn.Module):
    """A hidden layer without batch norm."""

    def __init__(self, i, o, slope):
        super().__init__()
        self.linear, self.slope = nn.Linear(i, o), slope

    def forward(self, x):
        return F.leaky_relu(self.linear(x), self.slope)


class Head(nn.Module):
    def __init__(self, features, outputs, hidden, batch_norm):
        super().__init__()
        if hidden:
            self.hidden = (Dense if batch_norm else Plain)(features, hidden, 0.1)
        self.to_logits = nn.Linear(hidden or features, outputs)

    def forward(self, x):
        return self.to_logits(self.hidden(x) if hasattr(self, "hidden") else x)


class AuxiliaryDiscriminator(DcganDiscriminator):
    """Rows of the score, the second head's logits, the features."""

    def __init__(self, image_channels, side, channels, outputs, hidden=0, batch_norm=True):
        super().__init__(image_channels, side, channels, batch_norm)
        self.auxiliary = Head(self.features, outputs, hidden, batch_norm)

    def forward(self, x):
        x = self.last_map(x)
        return torch.cat([self.to_logit(x).flatten(1), self.auxiliary(x.flatten(1)), nhwc(x).flatten(1)], 1)


def generate():
    r = Inputs("basic_networks")
    labels = [2, 0, 1, 2]

    def of(name, module, *shape, y=None, scale=0.5):
        return case(name, module, r.normal(*shape), y, second=True, scale=scale)

    return ABOUT, [
        of("mlp_generator", Mlp([3, 5, 4, 8], (2, 2, 2), tanh=True), 4, 3),
        of("mlp_generator/classes", Mlp([2, 5, 2], (2,), classes=3), 4, 2, y=labels),
        of("mlp_discriminator", Mlp([8, 5, 4, 1], (1,)), 3, 2, 2, 2),
        of("mlp_discriminator/classes", Mlp([8, 5, 1], (1,), classes=3), 4, 2, 2, 2, y=labels),
        of("dcgan_generator", DcganGenerator(3, 2, [4, 3], 2), 4, 3),
        of("dcgan_discriminator/norm", DcganDiscriminator(2, 8, [3, 4]), 3, 8, 8, 2, scale=0.25),
        of("dcgan_discriminator/plain, odd sides", DcganDiscriminator(1, 10, [2, 3, 4], False), 3, 10, 10, 1),
        of("conditional_dcgan_generator/one_hot", ConditionalGenerator(3, 3, [4], 1, 3), 4, 3, y=labels),
        of("conditional_dcgan_generator/embedding", ConditionalGenerator(3, 3, [4], 1, 3, True), 4, 3, y=labels),
        of("conditional_dcgan_discriminator", ConditionalDiscriminator(1, 6, [2, 3], 3), 4, 6, 6, 1, y=labels),
        of("auxiliary_discriminator/one layer", AuxiliaryDiscriminator(1, 8, [2, 3], 3), 3, 8, 8, 1),
        of("auxiliary_discriminator/hidden", AuxiliaryDiscriminator(1, 6, [2, 3], 3, 4), 4, 6, 6, 1),
        of("auxiliary_discriminator/hidden, plain", AuxiliaryDiscriminator(1, 4, [3], 2, 5, False), 3, 4, 4, 1)]
