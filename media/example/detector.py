"""The detector: what the network's output means, the three losses with their gradients, and how it learns.

Anchor-free, as YOLOv8: each cell of 8 x 8 pixels says which shape's middle is near, and how far that shape's
four sides are from the cell's own centre. A distance is the mean of a distribution over bins.
"""

import os

import numpy as np

from boxes import Boxes, join, suppress
from network import Adam, Conv, Network
from shapes import SHAPES

CELL = 8  # pixels from one cell to the next: the network halves the picture three times
BIN = 4  # pixels from one bin of a distance to the next
BINS = 8  # so that a side is 0 to 28 pixels away
CLASSES = len(SHAPES)
GAINS = {"box_loss": 7.5, "cls_loss": 0.5, "dfl_loss": 1.5}  # the losses' weights in their sum, as in YOLOv8


class Detector:
    """A network, its optimiser, and what they do with batches of pictures."""

    def __init__(self, seed, dtype=np.float32):
        layers = [
            Conv(3, 16, stride=2),
            Conv(16, 32, stride=2),
            Conv(32, 64, stride=2),
            Conv(64, 64),
            Conv(64, 64),
            Conv(64, CLASSES + 4 * BINS, size=1, relu=False),
        ]
        self.network = Network(layers, np.random.default_rng(seed), dtype)
        layers[-1].weights[-1, :CLASSES] = -3  # most cells are empty: start out expecting that
        self.adam = Adam(self.network.weights)

    def learn(self, batch, rate):
        """One step of learning on a batch of pictures: its losses before the step."""
        values, slope = losses(self.network.forward(batch.pictures), batch.objects)
        self.network.backward(slope)
        self.adam.step(self.network.weights, self.network.gradient, rate)
        return values

    def validate(self, dataset, batch_size):
        """Learns nothing: the mean losses over a data set, and the Boxes found on its pictures."""
        values, found, first = [], [], 0
        for batch in dataset.batches(batch_size):
            output = self.network.forward(batch.pictures)
            values.append(losses(output, batch.objects)[0])
            detections = decode(output)
            found.append(detections._replace(picture=detections.picture + first))
            first += len(batch.pictures)
        return average(values), join(found)

    def save(self, path, epochs):
        """Writes what `load` needs to go on after so many epochs. A kill meanwhile spares the old file."""
        state = {"weights": self.network.weights, "mean": self.adam.mean, "square": self.adam.square}
        with open(path + ".part", "wb") as file:
            np.savez(file, steps=self.adam.steps, epochs=epochs, **state)
        os.replace(path + ".part", path)
        return path

    def load(self, path):
        """Takes up where `save` left off: the number of epochs done."""
        with np.load(path) as state:
            self.network.weights[:] = state["weights"]
            self.adam.mean[:], self.adam.square[:] = state["mean"], state["square"]
            self.adam.steps = int(state["steps"])
            return int(state["epochs"])


def average(values):
    """The mean of each figure over a list of {figure: value}."""
    return {name: float(np.mean([value[name] for value in values])) for name in values[0]}


def assign(objects, pictures, grid):
    """Which object each cell is to find: (pictures, grid, grid) row numbers, -1 for none.

    A cell is to find the object that its centre lies in, if that object's middle is less than a cell away; of
    several the smallest (as FCOS, Tian et al. 2019).
    """
    middle = (np.arange(grid) + 0.5) * CELL
    left, top, right, bottom = (side[:, None, None] for side in objects.corners.T)
    x, y = middle[None, None, :], middle[None, :, None]
    inside = (x > left) & (x < right) & (y > top) & (y < bottom)
    near = (abs(x - (left + right) / 2) < CELL) & (abs(y - (top + bottom) / 2) < CELL)

    size = (objects.corners[:, 2:] - objects.corners[:, :2]).prod(axis=1)
    big_to_small = np.argsort(-size, kind="stable")
    place, row, column = np.nonzero((inside & near)[big_to_small])
    target = np.full((pictures, grid, grid), -1)
    number = big_to_small[place]
    target[objects.picture[number], row, column] = number  # of two values for one cell the last stays
    return target


def losses(output, objects):
    """The three losses of a batch, and the slope of their weighted sum by the network's output.

    Output and slope: (N, grid, grid, CLASSES + 4 * BINS), for each cell the logits of the classes, then of
    the bins of its left, top, right and bottom distance. Each loss is per cell that is to find an object.
    """
    target = assign(objects, len(output), output.shape[1])
    cells = np.nonzero(target >= 0)  # the P cells that are to find an object
    wanted = objects.take(target[cells])
    count = max(len(wanted.label), 1)
    slope = np.zeros_like(output)

    # cls_loss: is a circle's, a square's, a triangle's middle near? Binary cross-entropy, for every cell.
    logits = output[..., :CLASSES]
    truth = np.zeros_like(logits)
    truth[cells + (wanted.label,)] = 1
    cls_loss = (np.logaddexp(0, logits) - truth * logits).sum() / count
    slope[..., :CLASSES] = GAINS["cls_loss"] / count * (sigmoid(logits) - truth)

    # dfl_loss: the distribution focal loss (Li et al. 2020), a cross-entropy that wants a distance's chances
    # on the two bins around the truth, the nearer the more.
    chances = softmax(output[cells][:, CLASSES:].reshape(-1, 4, BINS))
    bins = np.arange(BINS, dtype=output.dtype)
    truth = np.clip(sides(cells, wanted.corners), 0, BINS - 1).astype(output.dtype)
    wanted_chances = np.clip(1 - abs(bins - truth[..., None]), 0, None)
    dfl_loss = -(wanted_chances * np.log(chances + 1e-9)).sum() / (4 * count)
    by_logits = GAINS["dfl_loss"] / (4 * count) * (chances - wanted_chances)

    # box_loss: 1 - IoU of the mean distances' box. Both boxes hold the cell's centre, so they always overlap.
    distances = chances @ bins
    overlap, by_distances = iou_of_sides(distances, truth)
    box_loss = (1 - overlap).sum() / count
    by_chances = by_distances[..., None] * (bins - distances[..., None])
    by_logits -= GAINS["box_loss"] / count * chances * by_chances

    slope[cells + (slice(CLASSES, None),)] = by_logits.reshape(-1, 4 * BINS)
    return {"box_loss": float(box_loss), "cls_loss": float(cls_loss), "dfl_loss": float(dfl_loss)}, slope


def iou_of_sides(a, b):
    """The IoU (P,) of boxes around a point, by their sides' distances (P, 4), and its slope by `a`."""
    near = np.minimum(a, b)
    spans = near[:, :2] + near[:, 2:]  # width and height of the overlap
    spans_a, spans_b = a[:, :2] + a[:, 2:], b[:, :2] + b[:, 2:]
    overlap = spans.prod(axis=1, keepdims=True)
    union = spans_a.prod(axis=1, keepdims=True) + spans_b.prod(axis=1, keepdims=True) - overlap
    # An area grows by its height as its left or right side moves out, by its width as its top or bottom does.
    overlap_slope = (a < b) * np.tile(spans[:, ::-1], 2)
    area_slope = np.tile(spans_a[:, ::-1], 2)
    slope = (overlap_slope * (union + overlap) - overlap * area_slope) / union**2
    return (overlap / union)[:, 0], slope


def sides(cells, corners):
    """How far the left, top, right, bottom of boxes (P, 4) are from their cells' centres, in bins: (P, 4)."""
    _, row, column = cells
    centre = (np.stack([column, row], axis=1) + 0.5) * CELL
    return np.concatenate([centre - corners[:, :2], corners[:, 2:] - centre], axis=1) / BIN


def decode(output, least=0.01):
    """The Boxes that an output of the network stands for, without those less sure than `least`."""
    scores = sigmoid(output[..., :CLASSES])
    picture, row, column, label = np.nonzero(scores > least)
    chances = softmax(output[picture, row, column, CLASSES:].reshape(-1, 4, BINS))
    distances = chances @ np.arange(BINS, dtype=output.dtype) * BIN
    centre = (np.stack([column, row], axis=1) + 0.5) * CELL
    corners = np.concatenate([centre - distances[:, :2], centre + distances[:, 2:]], axis=1)
    return suppress(Boxes(picture, label, corners, scores[picture, row, column, label]))


def sigmoid(x):
    """The chance that a logit stands for: 1 / (1 + exp(-x)), written so that nothing overflows."""
    return (1 + np.tanh(x / 2)) / 2


def softmax(x):
    """Chances out of logits, along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
