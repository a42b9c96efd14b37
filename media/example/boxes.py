"""Boxes on pictures: how they are kept, how much two of them overlap, and which of many to keep."""

from typing import NamedTuple

import numpy as np


class Boxes(NamedTuple):
    """M boxes over a set of pictures, one row each: what is there, or what a detector found."""

    picture: np.ndarray  # (M,) int: the number of the picture that the box is on
    label: np.ndarray  # (M,) int: the class
    corners: np.ndarray  # (M, 4) float: left, top, right, bottom in pixels
    score: np.ndarray  # (M,) float in 0..1: the detector's confidence (an object has 1)

    def take(self, rows):
        """Some of the boxes: by a mask or by row numbers."""
        return Boxes(*(column[rows] for column in self))

    def renumber(self, pictures):
        """The boxes that are on the given pictures, which are numbered 0, 1, 2 ... from now on."""
        rows, number = np.nonzero(self.picture[:, None] == np.asarray(pictures)[None, :])
        return self.take(rows)._replace(picture=number)


def join(parts):
    """Several Boxes as one."""
    return Boxes(*(np.concatenate(columns) for columns in zip(*parts)))


def iou(a, b):
    """Intersection over union of each of the corners `a` (A, 4) with each of `b` (B, 4): (A, B), in 0..1."""
    near = np.maximum(a[:, None, :2], b[None, :, :2])
    far = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(far - near, 0, None).prod(axis=2)
    area_a, area_b = ((box[:, 2:] - box[:, :2]).prod(axis=1) for box in (a, b))
    return overlap / np.maximum(area_a[:, None] + area_b[None, :] - overlap, 1e-9)


def suppress(boxes, limit=0.5):
    """Non-maximum suppression: of a class's boxes that overlap by an IoU above `limit`, the surest stays."""
    boxes = boxes.take(np.argsort(-boxes.score, kind="stable"))
    kept = []
    for picture in np.unique(boxes.picture):
        rows = np.flatnonzero(boxes.picture == picture)
        corners, label = boxes.corners[rows], boxes.label[rows]
        rivals = (iou(corners, corners) > limit) & (label[:, None] == label[None, :])
        alive = np.ones(len(rows), bool)
        for i in range(len(rows)):
            if alive[i]:
                alive[i + 1 :] &= ~rivals[i, i + 1 :]
        kept.extend(rows[alive])
    return boxes.take(np.array(kept, int))
