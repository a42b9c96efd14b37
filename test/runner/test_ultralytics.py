"""What is reported of Ultralytics' trainer: a stand-in of its stages; test/libraries has the real one."""

import contextlib
import io
import json
import os
import pathlib
import types
import unittest.mock

from support import TestCase
from trainyard import _context, _ultralytics


class Heard:
    """A context that keeps what it is told."""

    def __init__(self, resume_from=None):
        self.resume_from = resume_from
        self.should_stop = False
        self.told = []

    def log(self, epoch=None, step=None, figures=None, **more):
        self.told.append(("log", epoch, step, {**(figures or {}), **more}))

    def progress(self, done, total):
        self.told.append(("progress", done, total))

    def checkpoint(self, path):
        self.told.append(("checkpoint", os.path.basename(path)))

    note_checkpoint = artifact = lambda self, path: None

    def logged(self):
        return [one for one in self.told if one[0] == "log"]


class Ultralytics(TestCase):
    def setUp(self):
        self.addCleanup(setattr, _context, "_current", _context._current)
        self.addCleanup(setattr, _ultralytics, "_resumed", _ultralytics._resumed)
        _ultralytics._said.clear()

    def trainer(self, context, rank=-1):
        """A stand-in of a trainer: its stages, and none of its work."""

        class BaseTrainer:
            def __init__(self, cfg=None, overrides=None, _callbacks=None):
                self.overrides = overrides
                self.callbacks = {}
                self.epoch, self.start_epoch, self.epochs = 0, 0, 3
                self.batch_size = 8
                self.train_loader = range(2)
                self.metrics = {"metrics/mAP50(B)": 0}
                self.tloss = self.loss_items = {"box_loss": 0.5}
                self.lr = {"lr/pg0": 0.01}
                self.stop = False

            def run_callbacks(self, event):
                for callback in self.callbacks.get(event, []):
                    callback(self)

            def label_loss_items(self, items, prefix):
                return {f"{prefix}/{name}": value for name, value in items.items()}

        folder = pathlib.Path(self.folder())
        trainer_module = types.SimpleNamespace(BaseTrainer=BaseTrainer, RANK=rank)
        _ultralytics.hook(trainer_module)
        _context._current = context
        trainer = BaseTrainer(overrides={})
        trainer.save_dir = trainer.wdir = folder
        trainer.last, trainer.best = folder / "last.pt", folder / "best.pt"
        trainer.last.write_text("weights")
        return trainer

    def epoch(self, trainer, batches=2):
        trainer.run_callbacks("on_train_epoch_start")
        for _ in range(batches):
            trainer.run_callbacks("on_train_batch_start")
            trainer.run_callbacks("on_train_batch_end")
        trainer.metrics = {"metrics/mAP50(B)": 0.1, "val/box_loss": 0.6}
        trainer.run_callbacks("on_model_save")
        trainer.run_callbacks("on_fit_epoch_end")

    def test_an_epoch_is_told_once_before_its_checkpoint_and_the_last_validation_is_none(self):
        context = Heard()
        trainer = self.trainer(context)
        trainer.run_callbacks("on_train_start")
        self.epoch(trainer)
        trainer.epoch += 1
        trainer.run_callbacks("on_fit_epoch_end")
        trainer.run_callbacks("on_train_end")
        figures = {"box_loss": {"train": 0.5, "val": 0.6}, "mAP50(B)": {"val": 0.1}, "lr/pg0": 0.01}
        self.assertEqual(
            context.told,
            [
                ("progress", 0, 3),
                ("log", 0.5, 1, {"box_loss": {"batch": 0.5}}),
                ("progress", 0.5, 3),
                ("log", 1, 2, figures),
                ("progress", 1, 3),
                ("checkpoint", "last.pt"),
            ],
        )

    def test_an_epoch_that_was_not_validated_has_no_validation(self):
        context = Heard()
        trainer = self.trainer(context)
        trainer.run_callbacks("on_train_start")
        trainer.run_callbacks("on_train_epoch_start")
        trainer.run_callbacks("on_fit_epoch_end")
        self.assertEqual(context.logged(), [("log", 1, 2, {"box_loss": {"train": 0.5}, "lr/pg0": 0.01})])

    def test_of_several_processes_the_first_speaks_as_one_alone_does_and_no_other(self):
        said = {}
        for rank in (-1, 0, 1, 2):
            context = Heard()
            trainer = self.trainer(context, rank=rank)
            trainer.run_callbacks("on_train_start")
            self.epoch(trainer)
            said[rank] = context.told
        self.assertEqual(said[0], said[-1])
        self.assertNotEqual(said[0], [])
        self.assertEqual((said[1], said[2]), ([], []))

    def test_a_stop_ends_after_the_batch_and_where_the_trainer_does_not_look_before_the_next(self):
        context = Heard()
        trainer = self.trainer(context)
        trainer.run_callbacks("on_train_start")
        context.should_stop = True
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            self.epoch(trainer)
        self.assertTrue(trainer.stop)
        self.assertEqual(context.logged(), [("log", 0.5, 1, {"box_loss": {"batch": 0.5}})])

    def test_a_stop_that_the_trainer_looks_at_keeps_a_checkpoint_that_its_end_does_not_strip(self):
        context = Heard()
        trainer = self.trainer(context)
        trainer.run_callbacks("on_train_start")
        context.should_stop = True
        self.epoch(trainer, batches=1)
        self.assertIn(("checkpoint", "resume.pt"), context.told)
        self.assertEqual((trainer.wdir / "resume.pt").read_text(), "weights")

    def test_what_fails_is_said_once_and_the_training_goes_on(self):
        context = Heard()
        trainer = self.trainer(context)
        trainer.run_callbacks("on_train_start")
        del trainer.tloss
        with contextlib.redirect_stderr(io.StringIO()) as said:
            for _ in range(3):
                self.epoch(trainer)
        self.assertEqual(said.getvalue().count("on_model_save isn't reported"), 1)

    def test_what_a_callback_of_the_user_raises_is_the_users(self):
        trainer = self.trainer(Heard())

        def broken(_):
            raise ValueError("theirs")

        trainer.callbacks["on_train_start"] = [broken]
        with self.assertRaisesRegex(ValueError, "theirs"):
            trainer.run_callbacks("on_train_start")

    def test_its_own_reporting_to_mlflow_is_left_out_where_that_is_trainyard_and_nowhere_else(self):
        def theirs(_):
            told.append("theirs")

        def mlflow(_):
            told.append("mlflow")

        mlflow.__module__ = "ultralytics.utils.callbacks.mlflow"
        folder = self.folder()
        self.write(folder, "start.json", json.dumps({"token": "ours"}))
        for token, heard in (
            ("ours", ["theirs"]),
            ("other", ["theirs", "mlflow"]),
            (None, ["theirs", "mlflow"]),
        ):
            told = []
            trainer = self.trainer(Heard())
            trainer.callbacks = {"on_fit_epoch_end": [theirs, mlflow]}
            env = {
                "TRAINYARD_START_FOLDER": folder,
                **({} if token is None else {"MLFLOW_TRACKING_TOKEN": token}),
            }
            with self.subTest(token=token), unittest.mock.patch.dict(os.environ, env):
                trainer.run_callbacks("on_pretrain_routine_start")
                trainer.run_callbacks("on_fit_epoch_end")
                self.assertEqual(told, heard)

    def test_a_checkpoint_is_gone_on_from_only_by_the_training_that_made_it(self):
        made = {
            "task": "detect",
            "data": "/there/shapes.yaml",
            "epochs": 9,
            "model": "tiny.yaml",
            "resume": None,
        }
        whole = {"epoch": 3, "optimizer": {}, "train_args": made}
        call = {"task": "detect", "data": "shapes.yaml", "epochs": 9, "model": "tiny.yaml"}
        table = [
            (whole, call, None),
            (whole, {"data": "shapes.yaml"}, None),
            (whole, {**call, "data": "other.yaml"}, "whose data is shapes.yaml, not other.yaml"),
            (whole, {**call, "epochs": 20}, "whose epochs is 9, not 20"),
            (whole, {**call, "model": "large.yaml"}, "whose model is tiny.yaml, not large.yaml"),
            ({**whole, "train_args": {**made, "resume": "a.pt", "model": "a.pt"}}, call, None),
            ({**whole, "epoch": -1, "optimizer": None}, call, "it has no optimizer"),
            ({**whole, "optimizer": None}, call, "it has no optimizer"),
            ({**whole, "epoch": 8}, call, "over after all 9 epochs"),
            ({"weights": 1}, call, "isn't a checkpoint of Ultralytics"),
            (None, call, "isn't a checkpoint of Ultralytics"),
        ]
        for checkpoint, called, why in table:
            with self.subTest(why=why, called=called):
                found = _ultralytics.not_resumable(checkpoint, called)
                if why is None:
                    self.assertIsNone(found)
                else:
                    self.assertIn(why, found)
