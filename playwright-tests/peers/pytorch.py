"""PyTorch on one thread: `pytorch.py cases.json` prints [{engine, workload, ms, losses}], as engines.mjs does."""

import json
import statistics
import sys
import time

import torch

torch.set_num_threads(1)
SAMPLES, SAMPLE_S, LOSSES = 9, 0.2, 10


def perceptron(weights, x):
    w1, b1, w2, b2, w3 = weights
    return torch.tanh(torch.addmm(b2, torch.tanh(torch.addmm(b1, x, w1)), w2)) @ w3


def gradient(weights, x):
    """dH/dx in closed form; the targets are turned instead of it."""
    w1, b1, w2, b2, w3 = weights
    h1 = torch.tanh(torch.addmm(b1, x, w1))
    h2 = torch.tanh(torch.addmm(b2, h1, w2))
    e2 = (1 - h2 * h2) * w3.T
    e1 = (1 - h1 * h1) * (e2 @ w2.T)
    return e1 @ w1.T


def digits(weights, x):
    w1, b1, w2, b2, w3, b3, w4, b4 = weights
    for weight, bias in ((w1, b1), (w2, b2), (w3, b3)):
        x = torch.relu(torch.nn.functional.conv1d(x, weight, bias, stride=2, padding=1))
    return torch.nn.functional.linear(x.flatten(1), w4, b4)


def squares(network):
    return lambda weights, x, y: (network(weights, x) - y).square().mean()


def entropy(weights, x, y):
    return torch.nn.functional.cross_entropy(digits(weights, x), y)


LOSS = {"regression": squares(perceptron), "hamiltonian": squares(gradient), "classification": entropy}


def batch(case):
    rows, inputs, task = case["rows"], case["inputs"], case["task"]
    if task == "classification":
        return torch.tensor(case["x"]).reshape(rows, 1, inputs), torch.tensor(case["targets"]).long()
    y = torch.tensor(case["targets"]).reshape(rows, inputs)
    if task == "hamiltonian":
        y = torch.stack([-y[:, 1], y[:, 0]], 1)
    return torch.tensor(case["x"]).reshape(rows, inputs), y


def run(case, start, x, y, steps):
    if case["task"] == "forward":
        with torch.inference_mode():
            for _ in range(steps):
                out = perceptron(start, x)
            return [(out - y).square().mean().item()]
    weights = [weight.clone().requires_grad_() for weight in start]
    adam = torch.optim.Adam(weights, lr=case["rate"], fused=True)
    losses = []
    for _ in range(steps):
        adam.zero_grad(set_to_none=True)
        loss = LOSS[case["task"]](weights, x, y)
        loss.backward()
        adam.step()
        losses.append(loss.detach())
    return [loss.item() for loss in losses]


def measure(case):
    start = [torch.tensor(tensor["values"]).reshape(tensor["shape"]) for tensor in case["tensors"]]
    x, y = batch(case)

    def seconds(steps):
        began = time.perf_counter()
        run(case, start, x, y, steps)
        return (time.perf_counter() - began) / steps

    losses = run(case, start, x, y, LOSSES)
    seconds(LOSSES)
    steps = max(1, int(SAMPLE_S / seconds(LOSSES)))
    ms = 1e3 * statistics.median(seconds(steps) for _ in range(SAMPLES))
    return {"engine": f"PyTorch {torch.__version__}, native", "workload": case["id"], "ms": ms, "losses": losses, "problem": None}


with open(sys.argv[1]) as file:
    print(json.dumps([measure(case) for case in json.load(file)]))
