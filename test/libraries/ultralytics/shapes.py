"""Draws small data sets of coloured shapes, as Ultralytics reads them: ``python shapes.py FOLDER``.

boxes.yaml is for a detector, outlines.yaml for segmentation, points.yaml for poses, corners.yaml for turned
boxes, classes/ for a classifier.
"""

import os
import sys

import cv2
import numpy as np

NAMES = ("circle", "square", "triangle")
COLORS = ((60, 60, 220), (60, 200, 60), (220, 120, 40))
SIZE = 64


def draw(random, xs):
    """An image with a shape at each x, and of each its class, centre, half its width, and outline."""
    image = random.integers(0, 60, (SIZE, SIZE, 3), dtype=np.uint8)
    shapes = []
    for x in xs:
        kind, half = int(random.integers(3)), int(random.integers(8, 14))
        y = int(random.integers(half, SIZE - half))
        if kind == 0:
            turns = np.linspace(0, 2 * np.pi, 16, endpoint=False)
            outline = np.stack([x + half * np.cos(turns), y + half * np.sin(turns)], axis=1)
        elif kind == 1:
            outline = np.array(
                [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
            )
        else:
            outline = np.array([(x, y - half), (x - half, y + half), (x + half, y + half)])
        cv2.fillPoly(image, [outline.astype(np.int32)], COLORS[kind])
        shapes.append((kind, (x, y), half, outline))
    return image, shapes


def write(root, part, n, image, lines):
    for what in ("images", "labels"):
        os.makedirs(os.path.join(root, what, part), exist_ok=True)
    cv2.imwrite(os.path.join(root, "images", part, f"{n}.png"), image)
    with open(os.path.join(root, "labels", part, f"{n}.txt"), "w") as file:
        file.write("\n".join(" ".join(str(number) for number in line) for line in lines))


def main(folder):
    random = np.random.default_rng(0)
    for part, count in (("train", 24), ("val", 8)):
        for n in range(count):
            image, shapes = draw(random, (SIZE // 4, 3 * SIZE // 4)[: random.integers(1, 3)])
            boxes = [
                (kind, x / SIZE, y / SIZE, 2 * half / SIZE, 2 * half / SIZE)
                for kind, (x, y), half, _ in shapes
            ]
            outlines = [(kind, *(np.clip(outline, 0, SIZE) / SIZE).ravel()) for kind, _, _, outline in shapes]
            # A centre, and the middles of its two sides, all of them to be seen.
            points = [
                (*box, *(number for side in (0, -1, 1) for number in (box[1] + side * box[3] / 2, box[2], 2)))
                for box in boxes
            ]
            corners = [
                (
                    kind,
                    *(
                        number
                        for side in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                        for number in (x + side[0] * w / 2, y + side[1] * h / 2)
                    ),
                )
                for kind, x, y, w, h in boxes
            ]
            write(os.path.join(folder, "boxes"), part, n, image, boxes)
            write(os.path.join(folder, "outlines"), part, n, image, outlines)
            write(os.path.join(folder, "points"), part, n, image, points)
            write(os.path.join(folder, "corners"), part, n, image, corners)
            image, [(kind, _, _, _)] = draw(random, (SIZE // 2,))
            place = os.path.join(folder, "classes", part, NAMES[kind])
            os.makedirs(place, exist_ok=True)
            cv2.imwrite(os.path.join(place, f"{n}.png"), image)
    poses = "kpt_shape: [3, 3]\nflip_idx: [0, 2, 1]\n"
    for name, more in (("boxes", ""), ("outlines", ""), ("points", poses), ("corners", "")):
        with open(os.path.join(folder, f"{name}.yaml"), "w") as file:
            root = os.path.join(folder, name)
            file.write(
                f"path: {root}\ntrain: images/train\nval: images/val\nnames: [{', '.join(NAMES)}]\n{more}"
            )


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
