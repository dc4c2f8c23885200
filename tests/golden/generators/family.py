"""Three steps of each GAN of the family on one pair of small networks, in double, written from the papers.

  G: [z, one-hot y] -> Linear to 16, reshape (2,2,4), BN, ReLU, ConvTranspose 4 -> 1 k4s2p1, tanh: images (4,4,1)
  D: Conv C -> 3 k4s2p1, LeakyReLU 0.2, flatten (h,w,c): 12 features f, score = Linear 12 -> 1 of f
     "planes":     one plane for each class beside the image's channel, 1 for y and 0 for others
     "projection": score += <V_y, f>
     "head":       a second Linear 12 -> K of f
     "autoencoder": f -> Linear 12 -> 4 -> Linear 4 -> 16 is the image again, score = mean |x - A(x)| of each image
Batch 4. Each step: D's update with z_d (G in training mode, its statistics move), then G's with z_g. A case "<recipe>/start"
has the settings and parameters, "<recipe>/1" to "/3" inputs, losses, gradients and the parameters afterwards.
loss_d and loss_g are those of the game alone; the gradients are of loss_d + penalty + terms_d and of loss_g + terms_g.
"""
import torch
import torch.nn.functional as F

from .common import Inputs, nchw, nhwc, number, step_down, tensor

ABOUT = "Three steps of each GAN of the family; everything is said at the head of generators/family.py."
BATCH, CLASSES, STEPS = 4, 3, 3


def bce(d, target):
    return F.binary_cross_entropy_with_logits(d, torch.full_like(d, target))


def ns_d(real, fake):
    return bce(real, 1.0) + bce(fake, 0.0)


def ns_g(real, fake):
    return bce(fake, 1.0)


def ragan_d(real, fake):
    return (bce(real - fake.mean(), 1.0) + bce(fake - real.mean(), 0.0)) / 2


def ragan_g(real, fake):
    return (bce(real - fake.mean(), 0.0) + bce(fake - real.mean(), 1.0)) / 2


def wasserstein_d(real, fake):
    return fake.mean() - real.mean()


def wasserstein_g(real, fake):
    return -fake.mean()


def hinge_d(real, fake):
    return torch.clamp(1 - real, min=0).mean() + torch.clamp(1 + fake, min=0).mean()


LOSSES = {
    "minimax": (ns_d, lambda r, f: -bce(f, 0.0)),
    "non_saturating": (ns_d, ns_g),
    "smoothed": (lambda r, f: bce(r, 0.9) + bce(f, 0.0), ns_g),
    "least_squares": (lambda r, f: 0.5 * F.mse_loss(r, torch.ones_like(r)) + 0.5 * F.mse_loss(f, torch.zeros_like(f)),
                      lambda r, f: 0.5 * F.mse_loss(f, torch.ones_like(f))),
    "wasserstein": (wasserstein_d, wasserstein_g),
    "hinge": (hinge_d, wasserstein_g),
    "paired": (lambda r, f: -F.logsigmoid(r - f).mean(), lambda r, f: -F.logsigmoid(f - r).mean()),
    "average": (ragan_d, ragan_g),
}

# loss, optimisers, what D is made of, and what else there is in the game
RECIPES = {
    "gan": {"loss": "minimax"},
    "smoothed": {"loss": "smoothed"},
    "lsgan": {"loss": "least_squares"},
    "wgan": {"loss": "wasserstein", "rule": "rmsprop", "lr_d": 1e-3, "lr_g": 1e-3, "clip": 0.25},
    "wgan_gp": {"loss": "wasserstein", "penalty": "gradient_penalty"},
    "dragan": {"loss": "non_saturating", "penalty": "dragan"},
    "hinge_ttur": {"loss": "hinge", "lr_d": 4e-3},
    "r1_lazy": {"loss": "non_saturating", "penalty": "r1", "gamma": 2.0, "every": 2},
    "r2": {"loss": "non_saturating", "penalty": "r2", "gamma": 2.0},
    "r3gan": {"loss": "paired", "penalty": "r1r2", "gamma": 0.5},
    "ragan": {"loss": "average"},
    "cgan": {"loss": "non_saturating", "classes": True, "d": "planes"},
    "projection": {"loss": "hinge", "classes": True, "d": "projection"},
    "acgan": {"loss": "non_saturating", "classes": True, "d": "head", "head": CLASSES},
    "infogan": {"loss": "non_saturating", "d": "head", "head": 5, "noise": 3, "codes": 3, "continuous": 2},
    "began": {"loss": "began", "d": "autoencoder"},
    "pacgan": {"loss": "non_saturating", "pack": 2},
    "pacgan_gp": {"loss": "wasserstein", "pack": 2, "penalty": "gradient_penalty"},
    "unrolled_sgd": {"loss": "non_saturating", "unroll": 3, "rule_d": "sgd", "lr_d": 0.1},
    "unrolled_adam": {"loss": "non_saturating", "unroll": 2},
    "unrolled_five": {"loss": "non_saturating", "unroll": 5},
    "feature_matching": {"loss": "non_saturating", "d": "features"},
    "historical": {"loss": "non_saturating", "historical": 0.25},
}


class Game:
    def __init__(self, name):
        self.name, self.s = name, dict({"lr_d": 2e-3, "lr_g": 2e-3, "rule": "adam", "noise": 5, "pack": 1}, **RECIPES[name])
        s, r = self.s, Inputs("family/" + name)
        self.d_kind = s.get("d", "plain")
        latent = s["noise"] + s.get("codes", 0) + s.get("continuous", 0)
        into_g = latent + (CLASSES if s.get("classes") else 0)
        into_d = s["pack"] + (CLASSES if self.d_kind == "planes" else 0)
        values = {"G.linear.weight": r.normal(16, into_g, scale=0.5), "G.linear.bias": r.normal(16, scale=0.25),
                  "G.bn.weight": r.normal(4, scale=0.25, shift=1), "G.bn.bias": r.normal(4, scale=0.25),
                  "G.deconv.weight": r.normal(4, 4, 4, 1, scale=0.25), "G.deconv.bias": r.normal(1, scale=0.25),
                  "D.conv.weight": r.normal(3, 4, 4, into_d, scale=0.25), "D.conv.bias": r.normal(3, scale=0.25)}
        if self.d_kind == "autoencoder":
            values.update({"D.code.weight": r.normal(4, 12, scale=0.25), "D.code.bias": r.normal(4, scale=0.25),
                           "D.decode.weight": r.normal(16, 4, scale=0.25), "D.decode.bias": r.normal(16, scale=0.25)})
        else:
            values.update({"D.linear.weight": r.normal(1, 12, scale=0.5), "D.linear.bias": r.normal(1)})
        if self.d_kind == "head":
            values.update({"D.head.weight": r.normal(s["head"], 12, scale=0.5), "D.head.bias": r.normal(s["head"])})
        if self.d_kind == "projection":
            values["D.embedding.weight"] = r.normal(CLASSES, 12, scale=0.5)
        self.start = {k: tensor(v) for k, v in values.items()}
        self.p = {k: torch.tensor(v, requires_grad=True) for k, v in values.items()}
        self.running = [torch.zeros(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)]
        self.optimizers = {}
        for who, lr in (("D", s["lr_d"]), ("G", s["lr_g"])):
            mine = [v for k, v in self.p.items() if k.startswith(who)]
            rule = s.get("rule_" + who.lower(), s["rule"])
            self.optimizers[who] = {"adam": lambda: torch.optim.Adam(mine, lr, (0.5, 0.9)),
                                    "rmsprop": lambda: torch.optim.RMSprop(mine, lr),
                                    "sgd": lambda: torch.optim.SGD(mine, lr)}[rule]()
        self.k = 0.0  # BEGAN's balance
        self.past = {"D": [], "G": []}  # parameters of earlier steps

    def generate(self, z, y):
        p = self.p
        if y is not None:
            z = torch.cat([z, F.one_hot(y, CLASSES).double()], 1)
        x = F.linear(z, p["G.linear.weight"], p["G.linear.bias"]).reshape(-1, 2, 2, 4)
        x = F.relu(F.batch_norm(nchw(x), self.running[0], self.running[1], p["G.bn.weight"], p["G.bn.bias"], True, 0.1,
                                1e-5))
        return torch.tanh(nhwc(F.conv_transpose2d(x, nchw(p["G.deconv.weight"]), p["G.deconv.bias"], 2, 1)))

    def judge(self, x, y, p=None):
        """score (N,1), the head's numbers, the features"""
        p = p or self.p
        image = x
        if self.s["pack"] > 1 and x.shape[-1] == 1:
            x = self.pack(x)
        if self.d_kind == "planes":
            planes = F.one_hot(y, CLASSES).double()[:, None, None, :].expand(-1, 4, 4, -1)
            x = torch.cat([x, planes], 3)
        h = F.leaky_relu(F.conv2d(nchw(x), nchw(p["D.conv.weight"]), p["D.conv.bias"], 2, 1), 0.2)
        f = nhwc(h).reshape(x.shape[0], -1)
        if self.d_kind == "autoencoder":
            code = F.linear(f, p["D.code.weight"], p["D.code.bias"])
            again = F.linear(code, p["D.decode.weight"], p["D.decode.bias"]).reshape(image.shape)
            return (image - again).abs().mean((1, 2, 3))[:, None], None, f
        score = F.linear(f, p["D.linear.weight"], p["D.linear.bias"])
        if self.d_kind == "projection":
            score = score + (p["D.embedding.weight"][y] * f).sum(1, keepdim=True)
        head = F.linear(f, p["D.head.weight"], p["D.head.bias"]) if self.d_kind == "head" else None
        return score, head, f

    def pack(self, x):
        m = self.s["pack"]
        return torch.cat([x[i::m] for i in range(m)], 3)  # samples i m, ..., i m + m - 1 side by side

    def losses(self):
        if self.s["loss"] == "began":
            return lambda r, f: r.mean() - self.k * f.mean(), lambda r, f: f.mean()
        return LOSSES[self.s["loss"]]

    def penalty(self, step, x, fake, y, given):
        kind, every = self.s.get("penalty"), self.s.get("every", 1)
        if kind is None or (step - 1) % every != 0:
            return None
        if self.s["pack"] > 1:
            x, fake = self.pack(x), self.pack(fake)

        def slope(at):
            at = at.detach().clone().requires_grad_()
            g = torch.autograd.grad(self.judge(at, y)[0].sum(), at, create_graph=True)[0]
            return g.reshape(at.shape[0], -1)
        if kind == "gradient_penalty":
            e = given["epsilon"]
            return 10 * ((torch.sqrt((slope(e * x + (1 - e) * fake) ** 2).sum(1) + 1e-12) - 1) ** 2).mean()
        if kind == "dragan":
            around = x + given["alpha"] * 0.5 * x.std(unbiased=False) * given["u"]
            return 10 * ((torch.sqrt((slope(around) ** 2).sum(1) + 1e-12) - 1) ** 2).mean()
        value = 0
        if "r1" in kind:
            value = value + self.s["gamma"] / 2 * (slope(x) ** 2).sum(1).mean()
        if "r2" in kind:
            value = value + self.s["gamma"] / 2 * (slope(fake) ** 2).sum(1).mean()
        return value * every

    def information(self, q, z):
        s = self.s
        codes, continuous = z[:, s["noise"]:s["noise"] + s["codes"]], z[:, s["noise"] + s["codes"]:]
        value = F.cross_entropy(q[:, :s["codes"]], codes.argmax(1))
        normal = torch.distributions.Normal(q[:, s["codes"]:], 1.0)
        log_q = (normal.log_prob(continuous) + 0.5 * torch.log(torch.tensor(2 * torch.pi, dtype=torch.float64))).sum(1)
        return value - 0.1 * log_q.mean()

    def history(self, who):
        weight = self.s.get("historical")
        if weight is None:
            return None
        mine = [v for k, v in self.p.items() if k.startswith(who)]
        self.past[who].append([v.detach().clone() for v in mine])
        return weight * sum(((v - sum(h[i] for h in self.past[who]) / len(self.past[who])) ** 2).sum()
                            for i, v in enumerate(mine))

    def unrolled(self, x, fake, y):
        """D's parameters after more steps, differentiable by G's."""
        p, names = dict(self.p), [k for k in self.p if k.startswith("D")]
        optimizer = self.optimizers["D"]
        state = {k: optimizer.state.get(self.p[k], {}) for k in names}
        m = {k: state[k].get("exp_avg", torch.zeros_like(self.p[k])) for k in names}
        v = {k: state[k].get("exp_avg_sq", torch.zeros_like(self.p[k])) for k in names}
        t = int(max([int(state[k].get("step", 0)) for k in names]))
        lr = self.s["lr_d"]
        for _ in range(self.s["unroll"]):
            loss = self.losses()[0](self.judge(x, y, p)[0], self.judge(fake, y, p)[0])
            g = dict(zip(names, torch.autograd.grad(loss, [p[k] for k in names], create_graph=True)))
            t += 1
            for k in names:
                if isinstance(optimizer, torch.optim.SGD):
                    p[k] = p[k] - lr * g[k]
                else:
                    m[k] = 0.5 * m[k] + 0.5 * g[k]
                    v[k] = 0.9 * v[k] + 0.1 * g[k] ** 2
                    p[k] = p[k] - lr * (m[k] / (1 - 0.5 ** t)) / (torch.sqrt(v[k] / (1 - 0.9 ** t)) + 1e-8)
        return p

    def update(self, who, loss, results):
        mine = {k: p for k, p in self.p.items() if k.startswith(who)}
        results["gradients"].update(step_down(loss, mine, self.optimizers[who]))
        if who == "D" and "clip" in self.s:
            for p in mine.values():
                p.data.clamp_(-self.s["clip"], self.s["clip"])

    def step(self, number_of_step):
        s, r = self.s, Inputs("family/%s/%d" % (self.name, number_of_step))
        given = {"x": r.uniform(BATCH, 4, 4, 1, low=-1)}
        for z in ("z_d", "z_g"):
            given[z] = r.normal(BATCH, s["noise"])
            if "codes" in s:
                one_hot = torch.eye(s["codes"], dtype=torch.float64)[torch.tensor(r.random.randint(0, s["codes"], BATCH))]
                given[z] = torch.cat([torch.tensor(given[z]), one_hot,
                                      torch.tensor(r.uniform(BATCH, s["continuous"], low=-1))], 1)
        if s.get("penalty") == "gradient_penalty":
            given["epsilon"] = r.uniform(BATCH // s["pack"], 1, 1, 1)
        if s.get("penalty") == "dragan":
            given.update({"alpha": r.uniform(BATCH, 1, 1, 1), "u": r.uniform(BATCH, 4, 4, 1)})
        t = {k: torch.as_tensor(v) for k, v in given.items()}
        y = {k: None for k in ("y", "y_d", "y_g")}
        results = {"name": "%s/%d" % (self.name, number_of_step), "gradients": {}}
        if s.get("classes"):
            y = {k: torch.tensor(r.random.randint(0, CLASSES, BATCH)) for k in y}
            results.update({k: [int(c) for c in v] for k, v in y.items()})
        results.update({k: tensor(v) for k, v in t.items()})
        loss_d, loss_g = self.losses()

        fake = self.generate(t["z_d"], y["y_d"]).detach()
        real_d, real_head, _ = self.judge(t["x"], y["y"])
        fake_d, fake_head, _ = self.judge(fake, y["y_d"])
        game = loss_d(real_d, fake_d)
        penalty = self.penalty(number_of_step, t["x"], fake, y["y"], t)
        terms = self.history("D")
        if self.name == "acgan":
            terms = F.cross_entropy(real_head, y["y"]) + F.cross_entropy(fake_head, y["y_d"])
        if self.name == "infogan":
            terms = self.information(fake_head, t["z_d"])
        results.update({"loss_d": number(game.item()), "mean_real": number(real_d.mean().item())})
        for k, v in (("penalty", penalty), ("terms_d", terms)):
            if v is not None:
                results[k], game = number(v.item()), game + v
        self.update("D", game, results)

        fake = self.generate(t["z_g"], y["y_g"])
        ahead = self.unrolled(t["x"], fake, y["y"]) if "unroll" in s else self.p
        fake_d, fake_head, fake_f = self.judge(fake, y["y_g"], ahead)
        after_d, _, real_f = self.judge(t["x"], y["y"])
        game = loss_g(after_d, fake_d)
        results["loss_g"] = number(game.item())
        terms = self.history("G")
        if self.name == "acgan":
            terms = F.cross_entropy(fake_head, y["y_g"])
        if self.name == "infogan":
            terms = self.information(fake_head, t["z_g"])
        if self.name == "feature_matching":
            terms, game = ((real_f.mean(0) - fake_f.mean(0)) ** 2).sum(), 0
        if terms is not None:
            results["terms_g"], game = number(terms.item()), game + terms
        self.update("G", game, results)
        if s["loss"] == "began":
            self.k = min(max(self.k + 0.05 * (1.5 * real_d.mean().item() - results["loss_g"]), 0.0), 1.0)
            results["k"] = number(self.k)
        results["parameters"] = {k: tensor(v) for k, v in self.p.items()}
        results["running"] = [tensor(v) for v in self.running]
        return results


def generate():
    cases = []
    for name in RECIPES:
        game = Game(name)
        settings = {k: v for k, v in game.s.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
        cases.append({"name": name + "/start", "settings": settings, "parameters": game.start})
        cases += [game.step(i + 1) for i in range(STEPS)]
    return ABOUT, cases
