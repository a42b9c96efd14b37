"""Learns to tell two half moons apart: a small network in plain Python, which logs to MLflow."""

import json
import math
import random

import mlflow

EPOCHS, LR, HIDDEN, POINTS, SEED = 30, 0.1, 12, 300, 1


def moons(chance, count):
    """Points (x, y) with a label: 0 for the upper moon, 1 for the lower one."""
    points = []
    for _ in range(count):
        turn, label = chance.uniform(0, math.pi), chance.randrange(2)
        x, y = math.cos(turn), math.sin(turn)
        if label == 1:
            x, y = 1 - x, 0.5 - y
        points.append(((x + chance.gauss(0, 0.15), y + chance.gauss(0, 0.15)), label))
    return points


class Network:
    """A hidden layer (tanh), and a probability of the lower moon (sigmoid)."""

    def __init__(self, chance):
        self.inside = [[chance.gauss(0, 1) for _ in range(3)] for _ in range(HIDDEN)]
        self.outside = [chance.gauss(0, 0.1) for _ in range(HIDDEN + 1)]

    def __call__(self, point):
        x, y = point
        hidden = [math.tanh(a * x + b * y + c) for a, b, c in self.inside]
        score = self.outside[-1] + sum(w * h for w, h in zip(self.outside, hidden))
        return hidden, 1 / (1 + math.exp(-score))

    def learn(self, point, label):
        """One step down the gradient of the cross entropy."""
        hidden, probability = self(point)
        error = probability - label
        for n, h in enumerate(hidden):
            slope = error * self.outside[n] * (1 - h * h)
            self.outside[n] -= LR * error * h
            for i, value in enumerate((*point, 1)):
                self.inside[n][i] -= LR * slope * value
        self.outside[-1] -= LR * error


def measure(network, points):
    """The mean cross entropy, and the share that it tells apart."""
    loss, right = 0, 0
    for point, label in points:
        probability = network(point)[1]
        loss -= math.log(max(probability if label == 1 else 1 - probability, 1e-12))
        right += (probability > 0.5) == (label == 1)
    return loss / len(points), right / len(points)


def main():
    chance = random.Random(SEED)
    train, val = moons(chance, POINTS), moons(chance, POINTS)
    network = Network(chance)
    with mlflow.start_run():
        mlflow.log_params({"epochs": EPOCHS, "lr": LR, "hidden": HIDDEN, "points": POINTS, "seed": SEED})
        for epoch in range(1, EPOCHS + 1):
            chance.shuffle(train)
            for point, label in train:
                network.learn(point, label)
            metrics = {}
            for part, points in (("train", train), ("val", val)):
                metrics[f"{part}_loss"], metrics[f"{part}_accuracy"] = measure(network, points)
            mlflow.log_metrics(metrics, step=epoch)
            print(json.dumps({"epoch": epoch, **metrics}), flush=True)
        mlflow.log_dict({"inside": network.inside, "outside": network.outside}, "network.json")


if __name__ == "__main__":
    main()
