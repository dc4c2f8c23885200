"""Three steps of the games in which D sees T(x) and T(G(z)) in place of x and G(z), and of those of top-k training, in
double, written from the papers.

  G: z (4) -> Linear to 18, reshape (3,3,2), BN, ReLU, ConvTranspose 2 -> 3 k4s2p1, tanh: images (6,6,3)
  D: Conv 3 -> 2 k4s2p1, tanh, flatten (h,w,c), Linear 18 -> 1
Batch 4. T is drawn for every batch that D sees: x and G(z) in D's step, x_hat of the gradient penalty, G(z) in G's
step. "diff", "ada" and "noise" of a step are lists with the draws of these, in this order.
  diff    DiffAugment [Zhao et al. 2020, eq. 4 to 6], a cut of half an image
  ada     the pipeline of StyleGAN2-ADA [Karras et al. 2020, app. B]. A draw says what would happen to an image, and
          under "u" a number for each of these: it happens where u < p; of two turns each where u < 1 - sqrt(1 - p).
          p is controlled [sec. 3]: after every `interval` steps of D, of which r_t is the mean of sign D(T(x)),
          p <- p + (r_t > target ? 1 : -1) (their images) / speed, in [0, 1]; "p" is that after the step
  noise   T(x) = x + sigma_t e, sigma_t = sigma max(0, 1 - step / steps) [Sonderby et al. 2017]
  top_k   L_G is the mean over the k samples with the largest D(T(G(z))) alone, k = max(ceil(nu N), round(N gamma^step))
          [Sinha et al. 2020, sec. 3]
Penalties are of the augmented game: R1 is gamma / 2 mean |grad_x sum D(T(x))|^2, the gradient by x itself. Cases and
their names are those of generators/family.py.
"""
import math

import torch
import torch.nn.functional as F

from . import augment
from .common import Inputs, nchw, nhwc, number, step_down, tensor

ABOUT = "Three steps of games with augmentation; everything is said at the head of generators/augmented.py."
BATCH, LATENT, SIDE, STEPS = 4, 4, 6, 3
POLICY = ["color", "translation", "cutout", "flip"]

GAMES = {
    "diff_r1": {"diff": True, "gamma": 2.0},
    "diff_gradient_penalty": {"diff": True, "wasserstein": True},
    "ada": {"p": 0.5, "target": 0.375, "speed": 16, "interval": 1, "gamma": 2.0, "every": 2},
    "ada_interval": {"p": 0.625, "target": 0.375, "speed": 32, "interval": 2},
    "top_k": {"nu": 0.25, "decay": 0.7},
    "all": {"diff": True, "sigma": 0.25, "steps": 4, "nu": 0.25, "decay": 0.7, "gamma": 2.0, "every": 2},
}


def happening(draws, p):
    """What does happen to the images."""
    turn = 1 - math.sqrt(1 - p)
    return [dict(augment.NOTHING, **{k: d[k] for k, u in d["u"].items() if u < (turn if k.startswith("turn") else p)})
            for d in draws]


def sampled(x, source, outside):
    """augment.sample as a product with its matrix, for PyTorch has no second derivative of grid_sample."""
    n, height, width, channels = x.shape
    pixels = torch.eye(height * width, dtype=torch.float64).reshape(-1, height, width, 1)
    images = []
    for i in range(n):
        matrix = augment.sample(pixels, [source[i]] * (height * width), outside).reshape(height * width, -1)
        images.append((matrix.t() @ x[i].reshape(-1, channels)).reshape(height, width, channels))
    return torch.stack(images)


class Game:
    def __init__(self, name):
        self.name, self.s = name, dict({"every": 1}, **GAMES[name])
        r = Inputs("augmented/" + name)
        values = {"G.linear.weight": r.normal(18, LATENT, scale=0.5), "G.linear.bias": r.normal(18, scale=0.25),
                  "G.bn.weight": r.normal(2, scale=0.25, shift=1), "G.bn.bias": r.normal(2, scale=0.25),
                  "G.deconv.weight": r.normal(2, 4, 4, 3, scale=0.25), "G.deconv.bias": r.normal(3, scale=0.25),
                  "D.conv.weight": r.normal(2, 4, 4, 3, scale=0.25), "D.conv.bias": r.normal(2, scale=0.25),
                  "D.linear.weight": r.normal(1, 18, scale=0.5), "D.linear.bias": r.normal(1, scale=0.25)}
        self.start = {k: tensor(v) for k, v in values.items()}
        self.p = {k: torch.tensor(v, requires_grad=True) for k, v in values.items()}
        self.running = [torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)]
        self.optimizers = {who: torch.optim.Adam([v for k, v in self.p.items() if k.startswith(who)], 2e-3, (0.5, 0.9))
                           for who in "GD"}
        self.chance, self.signs, self.seen = self.s.get("p"), [], {}

    def generate(self, z):
        p = self.p
        x = F.linear(z, p["G.linear.weight"], p["G.linear.bias"]).reshape(-1, 3, 3, 2)
        x = F.relu(F.batch_norm(nchw(x), self.running[0], self.running[1], p["G.bn.weight"], p["G.bn.bias"], True, 0.1,
                                1e-5))
        return torch.tanh(nhwc(F.conv_transpose2d(x, nchw(p["G.deconv.weight"]), p["G.deconv.bias"], 2, 1)))

    def judge(self, x, step, r, given):
        """D(T(x)); what is drawn goes to `given`."""
        s, p = self.s, self.p
        if "diff" in s:
            draws = self.diff_draws(r)
            given["diff"].append(draws)
            x = augment.diff_augment(x, draws, POLICY, 0.5)
        if "p" in s:
            draws = self.pipeline_draws(r)
            given["ada"].append(draws)
            x = augment.pipeline(x, happening(draws, self.chance), sampled)
        if "sigma" in s:
            e = r.normal(*x.shape)
            given["noise"].append(tensor(e))
            x = x + s["sigma"] * max(0.0, 1 - step / s["steps"]) * torch.tensor(e)
        f = torch.tanh(nhwc(F.conv2d(nchw(x), nchw(p["D.conv.weight"]), p["D.conv.bias"], 2, 1))).reshape(len(x), -1)
        return F.linear(f, p["D.linear.weight"], p["D.linear.bias"])

    @staticmethod
    def diff_draws(r):
        return [{"brightness": number(r.uniform(low=-0.5, high=0.5)), "saturation": number(r.uniform(high=2)),
                 "contrast": number(r.uniform(low=0.5, high=1.5)), "flip": bool(r.random.randint(2)),
                 "down": r.random.randint(-1, 2), "right": r.random.randint(-1, 2),
                 "cut_row": r.random.randint(SIDE), "cut_column": r.random.randint(SIDE)} for _ in range(BATCH)]

    @staticmethod
    def pipeline_draws(r):
        draws = []
        for _ in range(BATCH):
            d = {"flip": bool(r.random.randint(2)), "quarter_turns": r.random.randint(4),
                 "down": r.random.randint(-1, 2), "right": r.random.randint(-1, 2),
                 "scale": number(1 + r.normal(scale=0.125)), "turn_before": number(r.normal(scale=2)),
                 "stretch": number(1 + r.normal(scale=0.125)), "turn_after": number(r.normal(scale=2)),
                 "down_part": number(r.normal(scale=0.125)), "right_part": number(r.normal(scale=0.125)),
                 "brightness": number(r.normal(scale=0.2)), "contrast": number(1 + r.normal(scale=0.25)),
                 "luma_flip": bool(r.random.randint(2)), "hue": number(r.normal(scale=2)),
                 "saturation": number(r.uniform(high=2))}
            draws.append(dict(d, u={k: number(r.uniform(high=1)) for k in d}))
        return draws

    def slope(self, d, x):
        g = torch.autograd.grad(d.sum(), x, create_graph=True)[0]
        return (g ** 2).reshape(BATCH, -1).sum(1)

    def control(self, d_real):
        """p behind D's step."""
        s = self.s
        self.signs += [math.copysign(1, v) for v in d_real.flatten().tolist()]
        if len(self.signs) == s["interval"] * BATCH:
            up = sum(self.signs) / len(self.signs) > s["target"]
            self.chance = min(max(self.chance + (1 if up else -1) * len(self.signs) / s["speed"], 0.0), 1.0)
            self.seen[up] = True
            self.signs = []

    def update(self, who, loss, results):
        mine = {k: p for k, p in self.p.items() if k.startswith(who)}
        results["gradients"].update(step_down(loss, mine, self.optimizers[who]))

    def step(self, step):
        s, r = self.s, Inputs("augmented/%s/%d" % (self.name, step))
        x, z_d, z_g = (torch.tensor(v) for v in (r.uniform(BATCH, SIDE, SIDE, 3, low=-1), r.normal(BATCH, LATENT),
                                                 r.normal(BATCH, LATENT)))
        given = {"diff": [], "ada": [], "noise": []}
        results = {"name": "%s/%d" % (self.name, step), "gradients": {}, "x": tensor(x), "z_d": tensor(z_d),
                   "z_g": tensor(z_g)}

        x.requires_grad_()
        fake = self.generate(z_d).detach()
        d_real, d_fake = self.judge(x, step, r, given), self.judge(fake, step, r, given)
        if "wasserstein" in s:
            loss = d_fake.mean() - d_real.mean()
        else:
            loss = F.softplus(-d_real).mean() + F.softplus(d_fake).mean()
        results["loss_d"] = number(loss.item())
        penalty = None
        if "wasserstein" in s:
            epsilon = torch.tensor(r.uniform(BATCH, 1, 1, 1))
            x_hat = (epsilon * x + (1 - epsilon) * fake).detach().requires_grad_()
            norm = torch.sqrt(self.slope(self.judge(x_hat, step, r, given), x_hat) + 1e-12)
            penalty, results["epsilon"] = 10 * ((norm - 1) ** 2).mean(), tensor(epsilon)
        elif "gamma" in s and (step - 1) % s["every"] == 0:
            penalty = s["gamma"] / 2 * self.slope(d_real, x).mean() * s["every"]
        if penalty is not None:
            results["penalty"], loss = number(penalty.item()), loss + penalty
        self.update("D", loss, results)
        if "p" in s:
            self.control(d_real)
            results["p"] = number(self.chance)

        d_fake = self.judge(self.generate(z_g), step, r, given)
        if "nu" in s:
            d_fake = torch.topk(d_fake, max(math.ceil(s["nu"] * BATCH), round(BATCH * s["decay"] ** step)), 0)[0]
        loss = -d_fake.mean() if "wasserstein" in s else F.softplus(-d_fake).mean()
        results["loss_g"] = number(loss.item())
        self.update("G", loss, results)
        results["parameters"] = {k: tensor(v) for k, v in self.p.items()}
        results["running"] = [tensor(v) for v in self.running]
        results.update({k: v for k, v in given.items() if v})
        return results


def generate():
    cases = []
    for name in GAMES:
        game = Game(name)
        cases.append({"name": name + "/start", "settings": game.s, "parameters": game.start})
        cases += [game.step(i + 1) for i in range(STEPS)]
        assert name != "ada" or len(game.seen) == 2, "p must go both ways"
    return ABOUT, cases
