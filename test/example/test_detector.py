"""The network, the losses and their gradients, the targets, and the pictures."""

import unittest

import numpy as np

import project  # noqa: F401 (puts the example on the path)
from boxes import Boxes, iou
from detector import BIN, BINS, CELL, CLASSES, GAINS, Detector, assign, decode, iou_of_sides, losses
from network import Adam
from shapes import SHAPES, distance, draw_dataset


def objects(*rows):
    """Objects from (picture, label, corners) rows."""
    picture, label, corners = zip(*rows)
    return Boxes(np.array(picture), np.array(label), np.array(corners, float), np.ones(len(rows)))


class Gradients(unittest.TestCase):
    """In double precision the gradient by hand is that of finite differences."""

    def setUp(self):
        self.detector = Detector(3, np.float64)
        self.batch = draw_dataset(3, 32, 5)

    def loss(self):
        values, _ = losses(self.detector.network.forward(self.batch.pictures), self.batch.objects)
        return sum(GAINS[name] * value for name, value in values.items())

    def test_every_layers_weights(self):
        network = self.detector.network
        network.backward(losses(network.forward(self.batch.pictures), self.batch.objects)[1])
        rng, first = np.random.default_rng(0), 0
        for number, layer in enumerate(network.layers):
            count = layer.rows * layer.outputs
            chosen = np.append(rng.choice(count, 25, replace=False), count - 1)  # the last is a bias
            expected = [self.difference(network.weights, first + i) for i in chosen]
            with self.subTest(layer=number):
                np.testing.assert_allclose(network.gradient[first + chosen], expected, rtol=1e-4, atol=1e-6)
                self.assertGreater(np.abs(expected).max(), 1e-3)
            first += count

    def difference(self, weights, i, step=1e-6):
        kept = weights[i]
        weights[i] = kept + step
        above = self.loss()
        weights[i] = kept - step
        below = self.loss()
        weights[i] = kept
        return (above - below) / (2 * step)

    def test_iou_by_the_four_sides(self):
        rng = np.random.default_rng(1)
        a, b = rng.uniform(0.5, 5, (2, 40, 4))
        value, slope = iou_of_sides(a, b)
        corners = [np.concatenate([-sides[:, :2], sides[:, 2:]], axis=1) for sides in (a, b)]
        np.testing.assert_allclose(value, np.diag(iou(*corners)))
        for side in range(4):
            step = np.eye(4)[side] * 1e-6
            expected = (iou_of_sides(a + step, b)[0] - iou_of_sides(a - step, b)[0]) / 2e-6
            np.testing.assert_allclose(slope[:, side], expected, atol=1e-7)


class Losses(unittest.TestCase):
    truth = objects((0, 1, (8, 4, 24, 26)), (1, 2, (2, 2, 14, 14)))

    def output(self, sureness):
        """What a network that knows the truth says: logits of +-`sureness`, the bins' chances as wanted."""
        output = np.full((2, 4, 4, CLASSES + 4 * BINS), -float(sureness))
        target = assign(self.truth, 2, 4)
        for picture, row, column in zip(*np.nonzero(target >= 0)):
            number = target[picture, row, column]
            output[picture, row, column, self.truth.label[number]] = sureness
            centre = (np.array([column, row]) + 0.5) * CELL
            corners = self.truth.corners[number]
            for side, far in enumerate([*(centre - corners[:2]), *(corners[2:] - centre)]):
                low, share = divmod(far / BIN, 1)
                chances = np.full(BINS, 1e-12)
                chances[int(low)] += 1 - share
                chances[int(low) + 1] += share
                output[picture, row, column, CLASSES + side * BINS :][:BINS] = np.log(chances)
        return output

    def test_knowing_the_truth_brings_them_to_their_least(self):
        values, _ = losses(self.output(20), self.truth)
        self.assertAlmostEqual(values["box_loss"], 0, places=6)
        self.assertAlmostEqual(values["cls_loss"], 0, places=6)
        rng = np.random.default_rng(2)  # dfl_loss can't be 0 for a truth between two bins
        for _ in range(20):
            worse = self.output(20)
            worse[..., CLASSES:] += rng.normal(0, 0.1, worse[..., CLASSES:].shape)
            self.assertGreater(losses(worse, self.truth)[0]["dfl_loss"], values["dfl_loss"])

    def test_decoding_the_truth_gives_the_objects(self):
        found = decode(self.output(20))
        np.testing.assert_array_equal(found.label, [1, 2])
        np.testing.assert_allclose(found.corners, self.truth.corners, atol=1e-6)
        self.assertGreater(found.score.min(), 0.999)

    def test_knowing_nothing(self):
        values, _ = losses(np.zeros((2, 4, 4, CLASSES + 4 * BINS)), self.truth)
        cells = (assign(self.truth, 2, 4) >= 0).sum()
        self.assertAlmostEqual(values["cls_loss"], 2 * 16 * CLASSES * np.log(2) / cells)
        self.assertAlmostEqual(values["dfl_loss"], np.log(BINS))

    def test_pictures_without_objects_have_a_cls_loss_alone(self):
        nothing = self.truth.take(np.zeros(2, bool))
        values, slope = losses(np.zeros((2, 4, 4, CLASSES + 4 * BINS)), nothing)
        self.assertEqual((values["box_loss"], values["dfl_loss"]), (0, 0))
        self.assertGreater(values["cls_loss"], 0)
        self.assertFalse(slope[..., CLASSES:].any())

    def test_huge_logits_overflow_nowhere(self):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            output = np.float32(1e4) * np.random.default_rng(0).normal(size=(2, 4, 4, CLASSES + 4 * BINS))
            values, slope = losses(output.astype(np.float32), self.truth)
            decode(output.astype(np.float32))
        self.assertTrue(np.isfinite([*values.values(), slope.sum()]).all())


class Targets(unittest.TestCase):
    def test_the_cells_around_an_objects_middle_are_to_find_it(self):
        expected = np.full((1, 4, 4), -1)
        expected[0, 1:3, 1:3] = 0  # its middle is the corner of these four cells
        np.testing.assert_array_equal(assign(objects((0, 0, (6, 6, 26, 26))), 1, 4), expected)

    def test_of_two_objects_the_smaller_has_the_cell(self):
        both = objects((0, 0, (5, 5, 15, 15)), (0, 1, (2, 2, 22, 22)))
        for truth, small in ((both, 0), (both.take([1, 0]), 1)):
            self.assertEqual(assign(truth, 1, 4)[0, 1, 1], small)

    def test_every_object_of_the_data_has_a_cell(self):
        data = draw_dataset(200, 40, 1)
        found = np.unique(assign(data.objects, 200, 5))
        self.assertGreater(len(found) / len(data.objects.label), 0.999)


class Pictures(unittest.TestCase):
    def test_the_same_seed_draws_the_same_pictures_and_another_seed_others(self):
        a, b, c = (draw_dataset(5, 32, seed) for seed in ([1, 1], [1, 1], [1, 2]))
        np.testing.assert_array_equal(a.pictures, b.pictures)
        np.testing.assert_array_equal(a.objects.corners, b.objects.corners)
        self.assertTrue((a.pictures != c.pictures).any())

    def test_objects_lie_within_the_picture_and_every_shape_occurs(self):
        data = draw_dataset(100, 40, 1)
        self.assertEqual(data.pictures.shape, (100, 40, 40, 3))
        self.assertEqual(set(data.objects.label), set(range(len(SHAPES))))
        self.assertEqual(set(data.objects.picture), set(range(100)))
        self.assertTrue((data.objects.corners >= 0).all() and (data.objects.corners <= 40).all())

    def test_every_shape_fills_its_box(self):
        y, x = np.mgrid[-20:20, -20:20] + 0.5
        for shape in SHAPES:
            rows, columns = np.nonzero(distance(shape, x, y, 12) < 0.5)
            with self.subTest(shape=shape):
                self.assertEqual((rows.min(), rows.max(), columns.min(), columns.max()), (8, 31, 8, 31))

    def test_batches_keep_each_pictures_objects(self):
        data = draw_dataset(10, 32, 1)
        seen = 0
        for batch in data.batches(4, np.random.default_rng(0)):
            for i, picture in enumerate(batch.pictures):
                number = next(n for n in range(10) if (data.pictures[n] == picture).all())
                mine = batch.objects.corners[batch.objects.picture == i]
                np.testing.assert_array_equal(mine, data.objects.corners[data.objects.picture == number])
                seen += 1
        self.assertEqual(seen, 10)


class Optimiser(unittest.TestCase):
    def test_adams_first_step_is_the_learning_rate(self):
        weights = np.array([1.0, 1.0, 1.0])
        Adam(weights).step(weights, np.array([5.0, -0.1, 0.0]), rate=0.01)
        np.testing.assert_allclose(weights, [0.99, 1.01, 1.0])


if __name__ == "__main__":
    unittest.main()
