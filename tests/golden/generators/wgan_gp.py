"""Three steps of a small WGAN-GP in double, everything stored [Gulrajani et al. 2017, Algorithm 1].

  G: Linear 6 -> 64, reshape (4,4,4), BN, ReLU, ConvTranspose 4 -> 1 k4s2p1, tanh: images (8,8,1)
  D: Conv 1 -> 4 k4s2p1, LeakyReLU 0.2, Conv 4 -> 8 k4s2p1, LeakyReLU 0.2, flatten (h,w,c), Linear 32 -> 1
n_critic = 2, lambda = 10, batch 4, Adam 1e-4 (0.5, 0.9). Cases in the order in which things happen:
  critic_*     G's running statistics move (training mode), the sample is constant; then
               loss_d  = mean D(fake) - mean D(x)
               penalty = lambda mean (sqrt(sum g^2 + 1e-12) - 1)^2, g = grad D(x_hat), x_hat = epsilon x + (1 - epsilon)
               fake with the given epsilon (4,1,1,1); the gradients are of loss_d + penalty
  generator_*  loss_g = -mean D(G(z)) with a noise of its own
and then the step of Adam; "parameters" are those after it, of the player that moved.
"""
import math

import numpy as np
import torch
import torch.nn.functional as F

from .common import Inputs, nchw, nhwc, number, tensor

ABOUT = "Three steps of a small WGAN-GP; everything is said at the head of generators/wgan_gp.py."
BATCH, LATENT, N_CRITIC, LAMBDA, STEPS = 4, 6, 2, 10.0, 3


def start():
    r = Inputs("wgan_gp")
    return {"G.linear.weight": r.normal(64, LATENT, scale=0.5), "G.linear.bias": r.normal(64, scale=0.25),
            "G.bn.weight": r.normal(4, scale=0.25, shift=1), "G.bn.bias": r.normal(4, scale=0.25),
            "G.deconv.weight": r.normal(4, 4, 4, 1, scale=0.25), "G.deconv.bias": r.normal(1, scale=0.25),
            "D.conv1.weight": r.normal(4, 4, 4, 1, scale=0.25), "D.conv1.bias": r.normal(4, scale=0.25),
            "D.conv2.weight": r.normal(8, 4, 4, 4, scale=0.125), "D.conv2.bias": r.normal(8, scale=0.25),
            "D.linear.weight": r.normal(1, 32, scale=0.25), "D.linear.bias": r.normal(1)}


def generate_images(p, z, running):
    x = F.linear(z, p["G.linear.weight"], p["G.linear.bias"]).reshape(-1, 4, 4, 4)
    x = F.relu(F.batch_norm(nchw(x), running[0], running[1], p["G.bn.weight"], p["G.bn.bias"], True, 0.1, 1e-5))
    return torch.tanh(nhwc(F.conv_transpose2d(x, nchw(p["G.deconv.weight"]), p["G.deconv.bias"], 2, 1)))


def critic(p, x):
    x = F.leaky_relu(F.conv2d(nchw(x), nchw(p["D.conv1.weight"]), p["D.conv1.bias"], 2, 1), 0.2)
    x = F.leaky_relu(F.conv2d(x, nchw(p["D.conv2.weight"]), p["D.conv2.bias"], 2, 1), 0.2)
    return F.linear(nhwc(x).reshape(x.shape[0], -1), p["D.linear.weight"], p["D.linear.bias"]).reshape(-1)


def train(dtype):
    initial = start()
    p = {k: torch.tensor(v, dtype=dtype, requires_grad=True) for k, v in initial.items()}
    running = [torch.zeros(4, dtype=dtype), torch.ones(4, dtype=dtype)]
    adam = {who: torch.optim.Adam([v for k, v in p.items() if k.startswith(who)], 1e-4, (0.5, 0.9)) for who in "GD"}
    cases = [{"name": "start", "lambda": LAMBDA, "n_critic": N_CRITIC, "batch": BATCH,
              "parameters": {k: tensor(v) for k, v in initial.items()}}]

    def update(who, name, loss, results):
        names = [k for k in p if k.startswith(who)]
        gradients = torch.autograd.grad(loss, [p[k] for k in names])
        for k, g in zip(names, gradients):
            p[k].grad = g
        adam[who].step()
        results.update({"name": name, "gradients": {k: tensor(g) for k, g in zip(names, gradients)},
                        "parameters": {k: tensor(p[k]) for k in names}})
        cases.append(results)

    for step in range(1, STEPS + 1):
        for i in range(1, N_CRITIC + 1):
            name = "critic_%d_%d" % (step, i)
            r = Inputs(name)
            given = {"x": r.uniform(BATCH, 8, 8, 1, low=-1), "z": r.normal(BATCH, LATENT),
                     "epsilon": r.uniform(BATCH, 1, 1, 1)}
            x, z, epsilon = (torch.tensor(v, dtype=dtype) for v in given.values())
            fake = generate_images(p, z, running).detach()
            loss = critic(p, fake).mean() - critic(p, x).mean()
            x_hat = (epsilon * x + (1 - epsilon) * fake).requires_grad_()
            g = torch.autograd.grad(critic(p, x_hat).sum(), x_hat, create_graph=True)[0].reshape(BATCH, -1)
            penalty = LAMBDA * ((torch.sqrt((g * g).sum(1) + 1e-12) - 1) ** 2).mean()
            results = {k: tensor(v) for k, v in given.items()}
            results.update({"loss_d": number(loss.item()), "penalty": number(penalty.item())})
            update("D", name, loss + penalty, results)
        name = "generator_%d" % step
        z = Inputs(name).normal(BATCH, LATENT)
        loss = -critic(p, generate_images(p, torch.tensor(z, dtype=dtype), running)).mean()
        update("G", name, loss, {"z": tensor(z), "loss_g": number(loss.item()),
                                 "running_mean": tensor(running[0]), "running_var": tensor(running[1])})
    return cases


def relative(a, b):
    a, b = np.array(a["data"]), np.array(b["data"])
    return math.sqrt(((a - b) ** 2).sum() / max((b ** 2).sum(), 1e-300))  # D's last bias has the gradient 0 exactly


def generate():
    cases = train(torch.float64)
    worst = {}
    for a, b in zip(train(torch.float32), cases):
        for kind in ["gradients", "parameters"]:
            for k in b.get(kind, {}):
                worst[kind] = max(worst.get(kind, 0), relative(a[kind][k], b[kind][k]))
        for kind in ["loss_d", "loss_g", "penalty"]:
            if kind in b:
                worst[kind] = max(worst.get(kind, 0), abs(a[kind] / b[kind] - 1))
    for kind, w in worst.items():
        print("  float32 against float64, all steps %-10s %.1e" % (kind, w))
    return ABOUT, cases
