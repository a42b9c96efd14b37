"""Learns to find circles, squares and triangles on small pictures. This is what a train function looks like.

Trainyard calls `train(context)`. The settings come in `context.config` (they stand in trainyard.json), the
figures go out with `context.log`: each name becomes a chart in *Explore Metrics*, each legend a curve in it.
"""

import math
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # one thread: the same seed gives the same figures

import numpy as np

from detector import Detector, average
from metrics import evaluate
from shapes import draw_dataset


def train(context):
    config = context.config
    epochs, seed = config["epochs"], config["seed"]
    train_set = draw_dataset(config["pictures"], config["size"], [seed, 1])
    val_set = draw_dataset(config["pictures"] // 4, config["size"], [seed, 2])

    detector = Detector(seed)
    done = detector.load(context.resume_from) if context.resume_from else 0  # a rerun goes on from there

    for epoch in range(done + 1, epochs + 1):
        rate = config["lr"] * (1 + math.cos(math.pi * (epoch - 1) / epochs)) / 2
        steps = []
        for batch in train_set.batches(config["batch"], np.random.default_rng([seed, 3, epoch])):
            if context.should_stop:
                return
            steps.append(detector.learn(batch, rate))
        train_losses = average(steps)
        val_losses, detections = detector.validate(val_set, config["batch"])

        figures = {name: {"train": train_losses[name], "val": val_losses[name]} for name in train_losses}
        for name, value in evaluate(detections, val_set.objects).items():
            figures[name] = {"val": value}

        context.log(epoch=epoch, figures=figures)
        context.progress(epoch, epochs)
        context.checkpoint(detector.save(os.path.join(context.output_dir, "last.npz"), epoch))

        line = "  ".join(f"{name} {values['val']:.3f}" for name, values in figures.items())
        print(f"epoch {epoch:>2}/{epochs}  {line}", flush=True)
