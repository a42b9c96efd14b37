"""The data: small pictures of coloured circles, squares and triangles, drawn from a seed."""

from typing import NamedTuple

import numpy as np

from boxes import Boxes

SHAPES = ("circle", "square", "triangle")


class Dataset(NamedTuple):
    """N square pictures and the objects on them."""

    pictures: np.ndarray  # (N, size, size, 3) uint8: rows, columns, red-green-blue
    objects: Boxes

    def batches(self, size, rng=None):
        """The data in batches of at most `size` pictures: in order, or shuffled by `rng`."""
        order = np.arange(len(self.pictures)) if rng is None else rng.permutation(len(self.pictures))
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            yield Dataset(self.pictures[chosen], self.objects.renumber(chosen))


def draw_dataset(count, size, seed):
    """Draws `count` pictures of `size` by `size` pixels. The same seed, the same pictures."""
    rng = np.random.default_rng(seed)
    pictures = np.empty((count, size, size, 3), np.uint8)
    rows = []
    for number in range(count):
        pictures[number], found = draw_picture(size, rng)
        rows += [(number, label, corners) for label, corners in found]
    picture, label, corners = zip(*rows)
    return Dataset(pictures, Boxes(np.array(picture), np.array(label), np.array(corners), np.ones(len(rows))))


def draw_picture(size, rng):
    """One picture (size, size, 3) in 0..255, and a list of (label, corners) of what is on it."""
    y, x = np.mgrid[:size, :size] + 0.5  # the pixels' centres
    slope_y, slope_x = rng.uniform(-60, 60, (2, 3)) / size
    picture = rng.uniform(60, 160, 3) + y[..., None] * slope_y + x[..., None] * slope_x

    taken, objects = [], []
    for _ in range(rng.integers(1, 5)):
        radius = rng.uniform(6, 13)
        centre_x, centre_y = rng.uniform(radius, size - radius, 2)
        if any(max(abs(centre_x - a), abs(centre_y - b)) < 0.8 * (radius + c) for a, b, c in taken):
            continue  # it would hide too much of another
        taken.append((centre_x, centre_y, radius))
        label = int(rng.integers(len(SHAPES)))
        cover = np.clip(0.5 - distance(SHAPES[label], x - centre_x, y - centre_y, radius), 0, 1)[..., None]
        colour = rng.permutation([rng.uniform(180, 255), rng.uniform(0, 255), rng.uniform(0, 60)])
        picture = picture * (1 - cover) + colour * cover
        objects.append((label, (centre_x - radius, centre_y - radius, centre_x + radius, centre_y + radius)))

    return np.clip(picture + rng.normal(0, 12, picture.shape), 0, 255), objects


def distance(shape, x, y, radius):
    """How many pixels points are outside a shape that fills the square of +-`radius`; inside, negative."""
    if shape == "circle":
        return np.hypot(x, y) - radius
    if shape == "square":
        return np.maximum(abs(x), abs(y)) - radius
    return np.maximum(y - radius, (2 * abs(x) - y - radius) / 5**0.5)  # a triangle that points up
