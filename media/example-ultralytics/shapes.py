"""Draws the data set, as Ultralytics reads it: one to three coloured shapes a picture."""

import random
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = 96
COLORS = [(230, 80, 60), (70, 160, 240), (90, 200, 90)]  # of circles, squares, triangles


def draw(folder, train=96, val=32, seed=1):
    chance = random.Random(seed)
    for part, count in (("train", train), ("val", val)):
        images, labels = Path(folder, "images", part), Path(folder, "labels", part)
        labels.mkdir(parents=True, exist_ok=True)
        images.mkdir(parents=True, exist_ok=True)
        for n in range(count):
            image, shapes = draw_one(chance)
            lines = (" ".join(str(number) for number in shape) for shape in shapes)
            (labels / f"{n}.txt").write_text("\n".join(lines), encoding="utf-8")
            image.save(images / f"{n}.png")


def draw_one(chance):
    """An image, and of each shape its class, centre, width and height as parts of the image."""
    background = tuple(chance.randrange(60) for _ in range(3))
    image = Image.new("RGB", (SIZE, SIZE), background)
    pen = ImageDraw.Draw(image)
    shapes = []
    # Each in a place of its own, a quarter of the image.
    places = [(x, y) for x in (SIZE // 4, SIZE * 3 // 4) for y in (SIZE // 4, SIZE * 3 // 4)]
    for x, y in chance.sample(places, chance.randint(1, 3)):
        kind, half = chance.randrange(3), chance.randint(9, 20)
        box = (x - half, y - half, x + half, y + half)
        if kind == 0:
            pen.ellipse(box, COLORS[kind])
        elif kind == 1:
            pen.rectangle(box, COLORS[kind])
        else:
            pen.polygon([(x, y - half), (x - half, y + half), (x + half, y + half)], COLORS[kind])
        shapes.append((kind, x / SIZE, y / SIZE, 2 * half / SIZE, 2 * half / SIZE))
    return image, shapes
