"""The metrics, against cases that can be worked out by hand (B48 to B53)."""

import inspect
import unittest

import numpy as np

import project  # noqa: F401 (puts the example on the path)
from boxes import Boxes, iou, suppress
from metrics import average_precision, evaluate

NAMES = ["mAP50(B)", "mAP50-95(B)", "precision(B)", "recall(B)"]
HERE, THERE, AWAY = (0, 0, 10, 10), (20, 20, 30, 30), (40, 40, 50, 50)


def boxes(*rows):
    """Boxes from (picture, label, corners[, score]) rows."""
    rows = [row if len(row) == 4 else (*row, 1.0) for row in rows]
    picture, label, corners, score = zip(*rows) if rows else ((), (), (), ())
    return Boxes(
        np.array(picture, int),
        np.array(label, int),
        np.array(corners, float).reshape(-1, 4),
        np.array(score, float),
    )


class Figures(unittest.TestCase):
    def figures(self, detections, objects):
        figures = evaluate(boxes(*detections), boxes(*objects))
        self.assertEqual(list(figures), NAMES)
        self.assertTrue(all(type(value) is float for value in figures.values()))
        return list(figures.values())

    def check(self, detections, objects, map50, map50_95, precision, recall):
        np.testing.assert_allclose(
            self.figures(detections, objects), [map50, map50_95, precision, recall], atol=1e-12
        )


class WhatIsFound(Figures):
    def test_perfect_detections_have_every_figure_at_one(self):
        objects = [(0, 0, HERE), (0, 1, THERE), (1, 0, AWAY)]
        self.check([(*o, s) for o, s in zip(objects, (0.9, 0.3, 0.6))], objects, 1, 1, 1, 1)

    def test_a_false_positive_less_sure_than_the_hit_costs_nothing(self):
        self.check([(0, 0, HERE, 0.9), (0, 0, AWAY, 0.8)], [(0, 0, HERE)], 1, 1, 1, 1)

    def test_a_false_positive_surer_than_the_hit_halves_the_precision(self):
        self.check([(0, 0, HERE, 0.8), (0, 0, AWAY, 0.9)], [(0, 0, HERE)], 0.5, 0.5, 0.5, 1)

    def test_one_hit_one_false_positive_and_one_object_missed(self):
        # recall reaches .5 at precision 1: 51 of the 101 points; F1 is best at .9: P = 1 / 1, R = 1 / 2
        self.check(
            [(0, 0, HERE, 0.9), (0, 0, AWAY, 0.8)], [(0, 0, HERE), (0, 0, THERE)], 51 / 101, 51 / 101, 1, 0.5
        )

    def test_a_second_detection_of_the_same_object_is_a_false_positive(self):
        found = [(0, 0, HERE, 0.9), (0, 0, HERE, 0.8), (0, 0, THERE, 0.7)]
        # precision 1, 1/2, 2/3 at recall .5, .5, 1; F1 at .9 is 2/3, at .7 it is 4/5
        ap = (51 + 50 * 2 / 3) / 101
        self.check(found, [(0, 0, HERE), (0, 0, THERE)], ap, ap, 2 / 3, 1)

    def test_the_wrong_class_and_the_wrong_picture_are_no_hits(self):
        self.check([(0, 1, HERE, 0.9)], [(0, 0, HERE)], 0, 0, 0, 0)
        self.check([(1, 0, HERE, 0.9)], [(0, 0, HERE)], 0, 0, 0, 0)

    def test_the_figures_are_means_over_the_classes(self):
        self.check([(0, 0, HERE, 0.9)], [(0, 0, HERE), (0, 1, THERE)], 0.5, 0.5, 0.5, 0.5)

    def test_one_confidence_serves_all_classes(self):
        found = [(0, 0, HERE, 0.9), (0, 0, AWAY, 0.4), (0, 1, THERE, 0.3)]
        # at .9 mean F1 is (1 + 0) / 2; at .3 it is (2/3 + 1) / 2, so class 0 has its false positive
        self.check(found, [(0, 0, HERE), (0, 1, THERE)], 1, 1, 0.75, 1)

    def test_a_surer_detection_takes_the_object_it_overlaps_most_and_leaves_the_other(self):
        objects = [(0, 0, (0, 0, 10, 10)), (0, 0, (3, 0, 13, 10))]
        found = [(0, 0, (1, 0, 11, 10), 0.9), (0, 0, (0, 0, 10, 10), 0.8)]
        # .9 overlaps the first by 9/11, the second by 8/12: it takes the first, though that fits .8 exactly.
        # Left for .8 is the second, at 7/13. At .5 both hit. From .55 to .80 (6 thresholds) only .9 does:
        # 51 points. From .85 on .9 takes nothing, and .8 has the first: precision 0, 1/2.
        self.check(found, objects, 1, (1 + 6 * 51 / 101 + 3 * 51 / 2 / 101) / 10, 1, 1)


class IouThresholds(Figures):
    def test_iou_of_boxes_worked_out_by_hand(self):
        a = np.array([HERE, (5, 5, 15, 15)], float)
        np.testing.assert_allclose(iou(a, np.array([HERE, AWAY], float)), [[1, 0], [25 / 175, 0]])

    def test_boxes_that_only_touch_or_have_no_area_do_not_overlap(self):
        a = np.array([(0, 0, 10, 10), (3, 3, 3, 3)], float)
        np.testing.assert_array_equal(
            iou(a, np.array([(10, 0, 20, 10), (3, 3, 3, 3)], float)), np.zeros((2, 2))
        )

    def test_map50_counts_a_hit_from_an_iou_of_one_half_on(self):
        self.check([(0, 0, (0, 0, 10, 5), 0.9)], [(0, 0, HERE)], 1, 0.1, 1, 1)
        self.check([(0, 0, (0, 0, 10, 4.9), 0.9)], [(0, 0, HERE)], 0, 0, 0, 0)

    def test_map50_95_is_the_mean_over_ten_thresholds(self):
        for height, hits in ((5.5, 2), (6, 3), (7, 5), (7.5, 6), (9, 9), (9.4, 9), (9.5, 10)):
            with self.subTest(iou=height / 10):
                self.check([(0, 0, (0, 0, 10, height), 0.9)], [(0, 0, HERE)], 1, hits / 10, 1, 1)


class Interpolation(unittest.TestCase):
    def test_at_101_recalls_by_hand(self):
        self.assertAlmostEqual(average_precision(np.array([True, False, True]), 2), (51 + 50 * 2 / 3) / 101)
        self.assertAlmostEqual(average_precision(np.array([False, True, True]), 3), 67 * (2 / 3) / 101)
        self.assertAlmostEqual(
            average_precision(np.array([True, False, False, False, True]), 4), (26 + 25 * 0.4) / 101
        )

    def test_a_recall_reached_exactly_counts(self):
        for found in range(1, 10):  # with floats 7 / 10 is less than 70 * .01
            with self.subTest(found=found):
                hits = np.array([True] * found)
                self.assertAlmostEqual(average_precision(hits, 10), (10 * found + 1) / 101)

    def test_without_a_detection_it_is_zero(self):
        self.assertEqual(average_precision(np.zeros(0, bool), 3), 0)


class NothingThere(Figures):
    def test_no_objects_and_no_detections_is_perfect(self):
        self.check([], [], 1, 1, 1, 1)

    def test_objects_but_no_detections(self):
        self.check([], [(0, 0, HERE)], 0, 0, 0, 0)

    def test_detections_but_no_objects(self):
        self.check([(0, 0, HERE, 0.9)], [], 0, 0, 0, 0)

    def test_empty_pictures_change_nothing_for_there_are_no_true_negatives(self):
        objects = [(0, 0, HERE), (1, 0, THERE), (2, 1, AWAY)]
        found = [(0, 0, HERE, 0.9), (1, 0, HERE, 0.7), (2, 1, AWAY, 0.6), (2, 0, AWAY, 0.2)]
        apart = [[(100 * picture + 7, *rest) for picture, *rest in rows] for rows in (found, objects)]
        self.assertEqual(self.figures(found, objects), self.figures(*apart))
        self.assertEqual(
            list(inspect.signature(evaluate).parameters), ["detections", "objects"]
        )  # nor a count


class AgainstThePlainestWay(unittest.TestCase):
    """Random pictures, evaluated once more with loops that follow the definitions word by word."""

    def hits(self, found, wanted, threshold):
        taken, hits = set(), []
        for picture, _, corners, _ in found:
            best, best_overlap = None, -1
            for number, (other, _, box) in enumerate(wanted):
                overlap = iou(np.array([corners]), np.array([box]))[0, 0]
                if other == picture and number not in taken and overlap > best_overlap:
                    best, best_overlap = number, overlap
            hits.append(best_overlap >= threshold)
            if hits[-1]:
                taken.add(best)
        return hits

    def ap(self, hits, count):
        curve = [(sum(hits[:n]) / count, sum(hits[:n]) / n) for n in range(1, len(hits) + 1)]
        reached = [[p for r, p in curve if r >= percent / 100 - 1e-9] for percent in range(101)]
        return sum(max(at_least, default=0) for at_least in reached) / 101

    def test_they_agree(self):
        rng = np.random.default_rng(4)
        for _ in range(25):
            objects, found = [], []
            for picture in range(6):
                for _ in range(rng.integers(0, 5)):
                    x, y, size = rng.uniform(0, 30, 3)
                    corners = np.array([x, y, x + size + 5, y + size + 5])
                    objects.append((picture, int(rng.integers(2)), corners))
                    for _ in range(rng.integers(0, 3)):
                        guess = corners + rng.normal(0, 2, 4)
                        found.append((picture, int(rng.integers(2)), guess, round(rng.uniform(), 3)))
            classes = {label for _, label, _ in objects}
            found.sort(key=lambda row: -row[3])
            aps, at50 = [], []
            for label in classes:
                mine = [row for row in found if row[1] == label]
                wanted = [row for row in objects if row[1] == label]
                for threshold in range(50, 100, 5):
                    aps.append(self.ap(self.hits(mine, wanted, threshold / 100), len(wanted)))
                at50.append((mine, self.hits(mine, wanted, 0.5), len(wanted)))

            best = (-1, 0, 0)
            for confidence in sorted({row[3] for row in found}, reverse=True):
                p, r, f1 = [], [], []
                for mine, hits, count in at50:
                    kept = [hit for row, hit in zip(mine, hits) if row[3] >= confidence]
                    tp, fp, fn = sum(kept), len(kept) - sum(kept), count - sum(kept)
                    p.append(tp / (tp + fp) if kept else 0)
                    r.append(tp / (tp + fn))
                    f1.append(2 * p[-1] * r[-1] / (p[-1] + r[-1]) if tp else 0)
                if np.mean(f1) > best[0] + 1e-12:
                    best = (np.mean(f1), np.mean(p), np.mean(r))
            expected = [np.mean(aps[::10]), np.mean(aps), *best[1:]]
            np.testing.assert_allclose(
                list(evaluate(boxes(*found), boxes(*objects)).values()), expected, atol=1e-9
            )


class Suppression(unittest.TestCase):
    def test_of_overlapping_boxes_the_surest_stays(self):
        near = (1, 0, 11, 10)  # IoU 9 / 11 with HERE
        kept = suppress(boxes((0, 0, HERE, 0.6), (0, 0, near, 0.9), (0, 0, AWAY, 0.1)))
        self.assertEqual(sorted(kept.score), [0.1, 0.9])

    def test_other_classes_and_other_pictures_are_left_alone(self):
        self.assertEqual(
            len(suppress(boxes((0, 0, HERE, 0.6), (0, 1, HERE, 0.9), (1, 0, HERE, 0.5))).score), 3
        )

    def test_a_box_that_was_dropped_drops_no_other(self):
        row = [
            (0, 0, (x, 0, x + 10, 10), s) for x, s in ((0, 0.9), (3, 0.8), (6, 0.7))
        ]  # neighbours: IoU 7 / 13
        self.assertEqual(list(suppress(boxes(*row)).score), [0.9, 0.7])

    def test_nothing_stays_nothing(self):
        self.assertEqual(len(suppress(boxes()).score), 0)


if __name__ == "__main__":
    unittest.main()
