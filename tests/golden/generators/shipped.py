"""Three steps of games with the networks of models/ (small ones), in double, written from the papers:

  "gan"             perceptrons                                              [Goodfellow et al. 2014, sec. 3 and 5]
  "cgan", "cgan_embedding", "cgan_mlp"  D(x, y) and G(z, y)                  [Mirza and Osindero 2014, eq. 2]
  "acgan"           a second head says the class: L_D has CE(D_c(x), y) + CE(D_c(G(z, y')), y') more, L_G the last term
                                                                             [Odena et al. 2017, eq. 2 and 3]
  "infogan"         a second head reads the codes c of z = [noise | one-hot c1 | c2]: both losses have
                    -1 E log Q(c1 | G(z)) - 0.1 E log Q(c2 | G(z)) more, Q(c2 | x) = N(its mean, 1) without the
                    constant                                                 [Chen et al. 2016, eq. 5 and 6]
  "began"           L_D = E L(x) - k E L(G(z)), L_G = E L(G(z)), then
                    k <- clip(k + lambda (gamma E L(x) - E L(G(z))), 0, 1)   [Berthelot et al. 2017, sec. 3.4]
  "r1", "r2", "r1r2"  DCGAN, no batch norm in D; each second step has the penalty, every (2) times: every gamma / 2 times
                    E |grad D(x)|^2, E |grad D(G(z))|^2, or both             [Mescheder et al. 2018, eq. 9 and 10;
                    Karras et al. 2019, sec. 3.1]; "r1r2" with the loss of pairs [Huang et al. 2024, eq. 2 and 3]
All others have the non-saturating loss. A batch has 4; Adam, with eps 1e-4: a gradient that is zero but for rounding must
not become a step. In D's step G makes samples, D sees data, then samples; in G's step G makes samples and D sees them.

The averaged generator ("ema" in the settings: the decay) is torch.optim.swa_utils.AveragedModel, which starts as a copy
of G before the first step and follows after each: average <- decay average + (1 - decay) G. Buffers are those of G, as
AveragedModel has it since PyTorch 2.0 (1.13 would leave them as they were at first). With "ema_warm_up" the decay is at
most (1 + t) / (10 + t), t = 0, 1, ... updates before.

A case "<game>/start" has the settings and both state dicts (PyTorch's names and layouts); "<game>/1" to "/3" have under
"rounds" D's step: inputs, loss, penalty, terms (the second head's), gradients, mean_real and mean_fake (of D, as a
probability where the loss has one); then the same of G's; both state dicts afterwards; "average", the state dict of
the averaged generator, and "samples", what it makes of G's z in evaluation; BEGAN's k.
"""
import copy

import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel

from .basic_networks import (AuxiliaryDiscriminator, ConditionalDiscriminator, ConditionalGenerator,
                             DcganDiscriminator, DcganGenerator, Mlp)
from .common import Inputs, number, step_down, tensor
from .modules import draw, state
from .networks import BeganDecoder, BeganDiscriminator, InfoganDiscriminator, InfoganGenerator

ABOUT = "Three steps of games with the networks of models/; everything is said at the head of generators/shipped.py."
BATCH, CLASSES, STEPS, LATENT = 4, 3, 3, 4
CODES, CONTINUOUS = 3, 2

# Sizes of the images, what else there is in the game, G and D
GAMES = {
    "gan": ((4, 4, 1), {}, lambda: Mlp([LATENT, 6, 7, 16], (4, 4, 1), tanh=True), lambda: Mlp([16, 7, 6, 1], (1,))),
    "cgan": ((8, 8, 1), {"classes": True},
             lambda: ConditionalGenerator(LATENT, 2, [3, 2], 1, CLASSES),
             lambda: ConditionalDiscriminator(1, 8, [2, 3], CLASSES)),
    "cgan_embedding": ((6, 6, 2), {"classes": True},
                       lambda: ConditionalGenerator(LATENT, 3, [3], 2, CLASSES, embedding=True),
                       lambda: ConditionalDiscriminator(2, 6, [2, 3], CLASSES)),
    "cgan_mlp": ((2,), {"classes": True},
                 lambda: Mlp([LATENT, 6, 2], (2,), classes=CLASSES), lambda: Mlp([2, 6, 1], (1,), classes=CLASSES)),
    "acgan": ((8, 8, 1), {"classes": True, "auxiliary": True},
              lambda: ConditionalGenerator(LATENT, 2, [3, 2], 1, CLASSES),
              lambda: AuxiliaryDiscriminator(1, 8, [2, 3], CLASSES)),
    "infogan": ((8, 8, 1), {"codes": True, "lr_d": 2e-3, "draw": 3},
                lambda: InfoganGenerator(LATENT + CODES + CONTINUOUS, 8, 6, 4),
                lambda: InfoganDiscriminator(8, 2, 6, 5, CODES + CONTINUOUS)),
    "began": ((4, 4, 1), {"loss": "began", "gamma": 0.5, "lambda": 1.0, "scale_g": 0.125, "scale_d": 0.125},
              lambda: BeganDecoder(LATENT, 2, 2, 2, 1), lambda: BeganDiscriminator(LATENT, 2, 2, 2, 1)),
    "r1": ((8, 8, 1), {"penalty": ["real"], "gamma": 0.5, "every": 2, "ema": 0.75},
           lambda: DcganGenerator(LATENT, 2, [3, 2], 1), lambda: DcganDiscriminator(1, 8, [2, 3], False)),
    "r2": ((8, 8, 1), {"penalty": ["fake"], "gamma": 0.5, "every": 2, "ema": 0.875, "ema_warm_up": True},
           lambda: DcganGenerator(LATENT, 2, [3, 2], 1), lambda: DcganDiscriminator(1, 8, [2, 3], False)),
    "r1r2": ((8, 8, 1), {"loss": "paired", "penalty": ["real", "fake"], "gamma": 0.25, "every": 2},
             lambda: DcganGenerator(LATENT, 2, [3, 2], 1), lambda: DcganDiscriminator(1, 8, [2, 3], False)),
}


class Average:
    """AveragedModel, with G's buffers."""

    def __init__(self, g, decay, warm_up):
        def follow(average, g, updates):
            t = updates.item() - 1  # the first update of AveragedModel copies: it is the one at the start
            most = min(decay, (1 + t) / (10 + t)) if warm_up else decay
            return most * average + (1 - most) * g
        self.model = AveragedModel(g, avg_fn=follow)
        self.model.update_parameters(g)

    def update(self, g):
        self.model.update_parameters(g)
        for mine, theirs in zip(self.model.module.buffers(), g.buffers()):
            mine.copy_(theirs)

    def samples(self, *inputs):
        return copy.deepcopy(self.model.module).eval()(*inputs)


class Game:
    def __init__(self, name):
        self.name = name
        self.image, more, make_g, make_d = GAMES[name]
        self.s = {"loss": "non_saturating", "lr_g": 4e-3, "lr_d": 4e-3, "beta1": 0.5, "beta2": 0.9, "eps": 1e-4,
                  "steps_d": 1, "draw": 1, "scale_g": 0.375, "scale_d": 0.25}
        self.s.update(more)
        self.g = draw(make_g(), "shipped/%s/g%d" % (name, self.s["draw"]), self.s["scale_g"]).train()
        self.d = draw(make_d(), "shipped/%s/d%d" % (name, self.s["draw"]), self.s["scale_d"]).train()
        betas = (self.s["beta1"], self.s["beta2"])
        self.optimizers = {self.g: torch.optim.Adam(self.g.parameters(), self.s["lr_g"], betas, self.s["eps"]),
                           self.d: torch.optim.Adam(self.d.parameters(), self.s["lr_d"], betas, self.s["eps"])}
        self.average = Average(self.g, self.s["ema"], self.s.get("ema_warm_up", False)) if "ema" in self.s else None
        self.k = 0.0

    def start(self):
        return {"name": self.name + "/start", "settings": self.s, "g": state(self.g), "d": state(self.d)}

    def judge(self, x, y):
        """The score (N,1), and what a second head says."""
        if "auxiliary" in self.s:
            all_of_it = self.d(x)
            return all_of_it[:, :1], all_of_it[:, 1:1 + CLASSES]
        if "codes" in self.s:
            all_of_it = self.d(x)
            return all_of_it[:, :1], all_of_it[:, 1:1 + CODES + CONTINUOUS]
        return self.d(x, *y), None

    def loss_d(self, real, fake):
        if self.s["loss"] == "began":
            return real.mean() - self.k * fake.mean()
        if self.s["loss"] == "paired":
            return -F.logsigmoid(real - fake).mean()
        return -F.logsigmoid(real).mean() - F.logsigmoid(-fake).mean()

    def loss_g(self, real, fake):
        if self.s["loss"] == "began":
            return fake.mean()
        if self.s["loss"] == "paired":
            return -F.logsigmoid(fake - real).mean()
        return -F.logsigmoid(fake).mean()

    def penalty(self, number_of_step, points):
        """points: which -> (inputs, scores)."""
        if "penalty" not in self.s or (number_of_step - 1) % self.s["every"] != 0:
            return None
        slopes = [torch.autograd.grad(points[which][1].sum(), points[which][0], create_graph=True)[0]
                  for which in self.s["penalty"]]
        return self.s["every"] * self.s["gamma"] / 2 * sum((g.flatten(1) ** 2).sum(1).mean() for g in slopes)

    def information(self, q, z):
        c1, c2 = z[:, LATENT:LATENT + CODES], z[:, LATENT + CODES:]
        log_q1 = (c1 * torch.log(torch.softmax(q[:, :CODES], 1))).sum(1)
        log_q2 = -0.5 * ((c2 - q[:, CODES:]) ** 2).sum(1)
        return -log_q1.mean() - 0.1 * log_q2.mean()

    def noise(self, r):
        z = torch.tensor(r.normal(BATCH, LATENT))
        if "codes" not in self.s:
            return z
        c1 = F.one_hot(torch.tensor(r.random.randint(0, CODES, BATCH)), CODES).double()
        return torch.cat([z, c1, torch.tensor(r.uniform(BATCH, CONTINUOUS, low=-1))], 1)

    def update(self, player, loss):
        """One step down the loss; the gradients by name."""
        return step_down(loss, dict(player.named_parameters()), self.optimizers[player])

    def step(self, number_of_step):
        r = Inputs("shipped/%s/%d" % (self.name, number_of_step))
        labelled = "classes" in self.s
        opinion = torch.sigmoid if self.s["loss"] == "non_saturating" else lambda d: d

        def classes(into, key):
            if not labelled:
                return ()
            into[key] = [int(c) for c in r.random.randint(0, CLASSES, BATCH)]
            return (torch.tensor(into[key]),)

        one, result = {}, {"name": "%s/%d" % (self.name, number_of_step)}
        x = torch.tensor(r.uniform(BATCH, *self.image, low=-1), requires_grad=True)
        z = self.noise(r)
        one.update({"x": tensor(x), "z": tensor(z)})
        y, y_z = classes(one, "y"), classes(one, "y_z")
        fake = self.g(z, *y_z).detach().requires_grad_()
        (real_d, real_head), (fake_d, fake_head) = self.judge(x, y), self.judge(fake, y_z)
        objective = self.loss_d(real_d, fake_d)
        one.update({"loss": number(objective.item()), "mean_real": number(opinion(real_d).mean().item()),
                    "mean_fake": number(opinion(fake_d).mean().item())})
        terms = None
        if "auxiliary" in self.s:
            terms = F.cross_entropy(real_head, y[0]) + F.cross_entropy(fake_head, y_z[0])
        if "codes" in self.s:
            terms = self.information(fake_head, z)
        penalty = self.penalty(number_of_step, {"real": (x, real_d), "fake": (fake, fake_d)})
        for key, value in (("terms", terms), ("penalty", penalty)):
            if value is not None:
                one[key], objective = number(value.item()), objective + value
        one["gradients"] = self.update(self.d, objective)
        result["rounds"] = [one]

        z = self.noise(r)
        result["z"] = tensor(z)
        y_z = classes(result, "y_z")
        fake_d, fake_head = self.judge(self.g(z, *y_z), y_z)
        objective = self.loss_g(self.judge(x, y)[0] if self.s["loss"] == "paired" else None, fake_d)
        result["loss"] = number(objective.item())
        terms = None
        if "auxiliary" in self.s:
            terms = F.cross_entropy(fake_head, y_z[0])
        if "codes" in self.s:
            terms = self.information(fake_head, z)
        if terms is not None:
            result["terms"], objective = number(terms.item()), objective + terms
        result["gradients"] = self.update(self.g, objective)
        result.update({"g": state(self.g), "d": state(self.d)})
        if self.s["loss"] == "began":
            balance = self.s["gamma"] * real_d.mean().item() - fake_d.mean().item()
            self.k = min(max(self.k + self.s["lambda"] * balance, 0.0), 1.0)
            assert 0 < self.k < 1
            result["k"] = number(self.k)
        if self.average is not None:
            self.average.update(self.g)
            result["average"] = state(self.average.model.module)
            result["samples"] = tensor(self.average.samples(z, *y_z))
        return result


def generate():
    cases = []
    for name in GAMES:
        game = Game(name)
        cases.append(game.start())
        cases += [game.step(i + 1) for i in range(STEPS)]
    return ABOUT, cases
