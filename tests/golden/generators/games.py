"""Three steps of the games whose networks have spectral norm, in double, written from the papers:

  "sngan"       SNDCGAN's networks, spectral norm in D  [Miyato et al. 2018, Table 3, eq. 8, 16, 17]
  "resnet"      residual networks, two steps of D for one of G  [Miyato et al. 2018, appendix B.4]
  "sagan"       self-attention and spectral norm in both, two learning rates  [Zhang et al. 2019, eq. 1 to 3]
  "projection"  conditional batch norm in G, a projection on the class in D  [Miyato and Koyama 2018, eq. 3]

Images are (8,8,1) and a batch has 4. All have the hinge loss and Adam. Networks are those of generators/networks.py.
u and v of spectral norm move in every training pass, and batch norm's statistics too: in D's step G makes samples, D
sees data, then samples; in G's step G makes samples and D sees them. A gradient that is zero but for rounding (a bias
before batch norm) must not become a step, so Adam's eps is 1e-4.
A case "<game>/start" has the settings and both state dicts (PyTorch's names and layouts); "<game>/1" to "/3" have under
"rounds" each step of D with its inputs, loss and gradients, then the same of G, and both state dicts afterwards.
"""
import torch
from torch import nn
from torch.nn.utils import spectral_norm

from .common import Inputs, number, step_down, tensor
from .modules import draw, state
from .networks import ResnetDiscriminator, ResnetGenerator, SndcganDiscriminator, SndcganGenerator

ABOUT = "Three steps of SNGAN, SAGAN and their like; everything is said at the head of generators/games.py."
BATCH, CLASSES, STEPS, LATENT = 4, 3, 3, 3


def with_spectral_norm(net):
    """On every convolution and linear layer."""
    for module in list(net.modules()):
        if isinstance(module, (nn.Conv2d, nn.Linear)) and not hasattr(module, "weight_orig"):
            spectral_norm(module)
    return net


# Settings, G and D. scale_d and draw_d are chosen so that D tells samples apart and the hinge is open for some of them:
# for few channels, spectral norm leaves little but the biases.
GAMES = {
    "sngan": ({"lr_g": 2e-3, "lr_d": 2e-3, "beta1": 0.5, "beta2": 0.999, "steps_d": 1, "scale_d": 0.375, "draw_d": 36},
              lambda: SndcganGenerator(LATENT, 1, 8, 1),
              lambda: SndcganDiscriminator(1, 8, 1, True)),
    "resnet": ({"lr_g": 2e-3, "lr_d": 2e-3, "beta1": 0.0, "beta2": 0.9, "steps_d": 2, "scale_d": 0.0625, "draw_d": 6},
               lambda: ResnetGenerator(LATENT, 4, 1, 4, 1),
               lambda: ResnetDiscriminator(1, 4, 1, 2, 0, None, True)),
    "sagan": ({"lr_g": 1e-3, "lr_d": 4e-3, "beta1": 0.0, "beta2": 0.9, "steps_d": 1, "scale_d": 0.0625, "draw_d": 5},
              lambda: with_spectral_norm(ResnetGenerator(LATENT, 4, 1, 8, 1, 0, attention=0)),
              lambda: ResnetDiscriminator(1, 8, 1, 1, 0, 0, True)),
    "projection": ({"lr_g": 2e-3, "lr_d": 2e-3, "beta1": 0.0, "beta2": 0.9, "steps_d": 1, "scale_d": 0.25, "draw_d": 3},
                   lambda: ResnetGenerator(LATENT, 4, 1, 4, 1, CLASSES),
                   lambda: ResnetDiscriminator(1, 4, 1, 1, CLASSES, None, True)),
}


class Game:
    def __init__(self, name):
        self.name = name
        self.s, make_g, make_d = GAMES[name]
        self.g = draw(make_g(), "games/%s/g" % name, 0.375).train()
        self.d = draw(make_d(), "games/%s/d%d" % (name, self.s["draw_d"]), self.s["scale_d"]).train()
        self.labelled = name == "projection"
        betas = (self.s["beta1"], self.s["beta2"])
        self.optimizers = {self.g: torch.optim.Adam(self.g.parameters(), self.s["lr_g"], betas, eps=1e-4),
                           self.d: torch.optim.Adam(self.d.parameters(), self.s["lr_d"], betas, eps=1e-4)}

    def start(self):
        return {"name": self.name + "/start", "settings": self.s, "g": state(self.g), "d": state(self.d)}

    def update(self, player, loss):
        """One step down the loss; the gradients by name."""
        return step_down(loss, dict(player.named_parameters()), self.optimizers[player])

    def step(self, number_of_step):
        r = Inputs("games/%s/%d" % (self.name, number_of_step))

        def given(into, key, value):
            into[key] = tensor(value)
            return torch.tensor(value)

        def classes(into, key):
            if not self.labelled:
                return ()
            into[key] = [int(c) for c in r.random.randint(0, CLASSES, BATCH)]
            return (torch.tensor(into[key]),)

        result = {"name": "%s/%d" % (self.name, number_of_step), "rounds": []}
        for _ in range(self.s["steps_d"]):
            one = {}
            x, z = given(one, "x", r.uniform(BATCH, 8, 8, 1, low=-1)), given(one, "z", r.normal(BATCH, LATENT))
            y, y_z = classes(one, "y"), classes(one, "y_z")
            fake = self.g(z, *y_z).detach()
            on_data = self.d(x, *y)
            on_samples = self.d(fake, *y_z)
            loss = torch.clamp(1 - on_data, min=0).mean() + torch.clamp(1 + on_samples, min=0).mean()
            one.update({"loss": number(loss.item()), "mean_real": number(on_data.mean().item()),
                        "mean_fake": number(on_samples.mean().item()), "gradients": self.update(self.d, loss)})
            result["rounds"].append(one)
        z, y_z = given(result, "z", r.normal(BATCH, LATENT)), classes(result, "y_z")
        loss = -self.d(self.g(z, *y_z), *y_z).mean()
        result.update({"loss": number(loss.item()), "gradients": self.update(self.g, loss)})
        result.update({"g": state(self.g), "d": state(self.d)})
        return result


def generate():
    cases = []
    for name in GAMES:
        game = Game(name)
        cases.append(game.start())
        cases += [game.step(i + 1) for i in range(STEPS)]
    return ABOUT, cases
