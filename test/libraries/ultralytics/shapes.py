"""Draws a small data set of coloured shapes, as Ultralytics reads it: ``python shapes.py FOLDER``."""

import os
import sys

import cv2
import numpy as np

NAMES = ("circle", "square", "triangle")
COLORS = ((60, 60, 220), (60, 200, 60), (220, 120, 40))
SIZE = 64


def draw(random):
    """An image, and a line for each shape in it: class, centre, width and height as shares."""
    image = random.integers(0, 60, (SIZE, SIZE, 3), dtype=np.uint8)
    lines = []
    for x in (SIZE // 4, 3 * SIZE // 4)[: random.integers(1, 3)]:
        kind, half = int(random.integers(3)), int(random.integers(8, 14))
        y = int(random.integers(half, SIZE - half))
        if kind == 0:
            cv2.circle(image, (x, y), half, COLORS[kind], -1)
        elif kind == 1:
            cv2.rectangle(image, (x - half, y - half), (x + half, y + half), COLORS[kind], -1)
        else:
            corners = np.array([(x, y - half), (x - half, y + half), (x + half, y + half)])
            cv2.fillPoly(image, [corners], COLORS[kind])
        lines.append(f"{kind} {x / SIZE} {y / SIZE} {2 * half / SIZE} {2 * half / SIZE}")
    return image, lines


def main(folder):
    random = np.random.default_rng(0)
    for part, count in (("train", 24), ("val", 8)):
        for what in ("images", "labels"):
            os.makedirs(os.path.join(folder, what, part))
        for n in range(count):
            image, lines = draw(random)
            cv2.imwrite(os.path.join(folder, "images", part, f"{n}.png"), image)
            with open(os.path.join(folder, "labels", part, f"{n}.txt"), "w") as file:
                file.write("\n".join(lines))
    with open(os.path.join(folder, "data.yaml"), "w") as file:
        file.write(f"path: {folder}\ntrain: images/train\nval: images/val\nnames: [{', '.join(NAMES)}]\n")


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
