"""How good a detector is: precision, recall and mean average precision, defined as in COCO and Ultralytics.

A detection is a true positive (TP) if it overlaps an object of its class that no surer detection has taken,
else a false positive (FP); an object that nothing took is a false negative (FN). There are no true negatives:
nobody can count the boxes that are rightly absent. So a picture with nothing on it, where nothing is found,
changes no figure.
"""

import numpy as np

from boxes import iou

THRESHOLDS = np.arange(50, 100, 5) / 100  # the IoU that makes a detection a hit: .50, .55 ... .95


def evaluate(detections, objects):
    """The four figures of a set of pictures, each in 0..1, from the Boxes found and the Boxes that are there.

    Each is a mean over the classes that have objects. Where nothing is there, finding nothing is perfect (1).
    """
    labels = np.unique(objects.label)
    if len(labels) == 0:
        perfect = float(len(detections.label) == 0)
        return {"mAP50(B)": perfect, "mAP50-95(B)": perfect, "precision(B)": perfect, "recall(B)": perfect}

    classes = []  # for each class: its scores, surest first, their hits (D, 10), the number of its objects
    for label in labels:
        found = detections.take(detections.label == label)
        found = found.take(np.argsort(-found.score, kind="stable"))
        wanted = objects.take(objects.label == label)
        classes.append((found.score, match(found, wanted), len(wanted.score)))

    ap = np.array([[average_precision(hit, count) for hit in hits.T] for _, hits, count in classes])
    precision, recall = best_precision_recall([(score, hits[:, 0], count) for score, hits, count in classes])
    return {
        "mAP50(B)": float(ap[:, 0].mean()),
        "mAP50-95(B)": float(ap.mean()),
        "precision(B)": precision,
        "recall(B)": recall,
    }


def match(detections, objects):
    """Which detections of one class are hits at each of the THRESHOLDS: (D, 10) bool.

    Greedy, as in COCO: each detection, surest first, takes the free object that it overlaps most. A second
    one of the same object finds it taken, and is a false positive.
    """
    hits = np.zeros((len(detections.score), len(THRESHOLDS)), bool)
    every = np.arange(len(THRESHOLDS))
    for picture in np.intersect1d(detections.picture, objects.picture):
        rows = np.flatnonzero(detections.picture == picture)
        overlaps = iou(detections.corners[rows], objects.corners[objects.picture == picture])
        free = np.ones((len(THRESHOLDS), overlaps.shape[1]), bool)
        for row, overlap in zip(rows, overlaps):
            best = np.where(free, overlap, -1).argmax(axis=1)
            hits[row] = free[every, best] & (overlap[best] >= THRESHOLDS)
            free[every, best] &= ~hits[row]
    return hits


def average_precision(hits, count):
    """The area under a class's precision-recall curve, from its hits (D,), surest first, of `count` objects.

    COCO's 101 points: the mean, over recall 0, .01 ... 1, of the best precision at that recall or a higher
    one (0 where that recall is never reached).
    """
    true_positives = np.cumsum(hits)
    precision = true_positives / np.arange(1, len(hits) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    needed = (np.arange(101) * count + 99) // 100  # the hits that each recall takes: whole numbers, so exact
    reached = np.searchsorted(true_positives, needed)
    return float(np.append(best_from_here, 0)[reached].mean())


def best_precision_recall(classes):
    """Precision TP / (TP + FP) and recall TP / (TP + FN), where the mean F1 of the classes is best.

    `classes`: for each its scores (D,), surest first, their hits (D,) and the number of its objects.
    One confidence serves all classes; those tried are the scores themselves.
    """
    confidences = np.unique(np.concatenate([score for score, _, _ in classes]))[::-1]
    if len(confidences) == 0:
        return 0.0, 0.0  # objects, and not one of them found
    precision, recall, f1 = [], [], []
    for score, hits, count in classes:
        found = np.searchsorted(-score, -confidences, side="right")  # TP + FP: detections at least that sure
        true_positives = np.append(0, np.cumsum(hits))[found]
        precision.append(true_positives / np.maximum(found, 1))
        recall.append(true_positives / count)
        f1.append(2 * true_positives / (found + count))  # = 2 TP / (2 TP + FP + FN)
    best = np.mean(f1, axis=0).argmax()
    return float(np.mean(precision, axis=0)[best]), float(np.mean(recall, axis=0)[best])
