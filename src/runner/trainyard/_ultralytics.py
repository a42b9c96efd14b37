"""Reports a training of Ultralytics YOLO, whose code knows nothing of it.

Its trainer runs callbacks at each stage. They are wrapped where they are run, since lists of callbacks are
reset and replaced (8.2.0 to 8.4.190 have been tried). Whatever fails in here is said once, and the training
goes on as if it weren't there.

What Trainyard does besides reporting: a stop that the user asks for ends the training after a batch, keeping
`weights/resume.pt`; the next attempt goes on from there, whatever the code asks for.
"""

import functools
import os
import shutil
import sys
import time

from trainyard import _context
from trainyard._quick import ignoring, signal

#: Within an epoch it is told how far it is, and what a batch's losses are, at most so often. Seconds.
BATCHES_EVERY = 1.0
#: Endings of the files beside `weights/` that people look at.
PICTURES = (".png", ".jpg", ".csv", ".yaml")

_said = set()
#: The checkpoint of an earlier attempt is for one training of this process.
_resumed = False


def hook(module):
    """Takes `ultralytics.engine.trainer`, right after it was executed."""
    trainer = module.BaseTrainer
    run_callbacks, begin = trainer.run_callbacks, trainer.__init__
    # In a training by several processes, the first one speaks for all.
    speaks = getattr(module, "RANK", -1) in (-1, 0)

    @functools.wraps(begin)
    def begin_and_resume(self, *args, **named):
        if getattr(module, "RANK", -1) == -1:
            _guarded("resuming", _resume, named.get("overrides", args[1] if len(args) > 1 else None))
        begin(self, *args, **named)

    @functools.wraps(run_callbacks)
    def run_callbacks_and_report(self, event):
        if speaks and event == "on_pretrain_routine_start":
            _guarded(event, _leave_mlflow_out, self)
        run_callbacks(self, event)
        if speaks and hasattr(_Training, event):
            watch = self.__dict__.get("_trainyard")
            if watch is None:
                watch = self._trainyard = _Training(_context.current())
            _guarded(event, getattr(watch, event), self)

    trainer.__init__ = begin_and_resume
    trainer.run_callbacks = run_callbacks_and_report


class _Training:
    """What is known of one training. Its methods are named for the trainer's events, and run after them."""

    def __init__(self, context):
        self.context = context
        #: An epoch began whose figures aren't reported. (The last validation of all belongs to none.)
        self.unreported = False
        self.batches = 0
        self.told_at = float("-inf")
        self.batch_size = None
        self.metrics = None
        self.listening = False
        self.stopped = False
        self.files = {}

    def on_train_start(self, trainer):
        self.batch_size = trainer.batch_size
        self.listening = _listen(self.context)
        if _resumed and not trainer.start_epoch:
            _say("the checkpoint couldn't be resumed from: it starts anew")
        self.context.progress(trainer.start_epoch, trainer.epochs)

    def on_train_epoch_start(self, trainer):
        self.unreported = True
        self.batches = 0
        self.metrics = trainer.metrics
        if trainer.batch_size != self.batch_size:
            # Out of memory in the first epoch: it begins again with half of it.
            _say(f"the batch size is {trainer.batch_size} now, not {self.batch_size}: memory was full")
            for epoch, size in ((trainer.epoch, self.batch_size), (trainer.epoch + 1, trainer.batch_size)):
                self.context.log(epoch=epoch, batch_size=size)
            self.batch_size = trainer.batch_size

    def on_train_batch_start(self, trainer):
        if self.stopped and self.batches:
            # Up to 8.4.0 a stop is looked at after the epoch alone, which may take an hour.
            _say("stopped within an epoch: the checkpoint of the last whole one is kept")
            raise SystemExit

    def on_train_batch_end(self, trainer):
        self.batches += 1
        if self.context.should_stop:
            self.stopped = trainer.stop = True
        now = time.monotonic()
        if now - self.told_at < BATCHES_EVERY:
            return
        self.told_at = now
        of = len(trainer.train_loader)
        epoch = trainer.epoch + self.batches / of
        losses = _figures(trainer.label_loss_items(trainer.loss_items, prefix="batch"))
        self.context.log(epoch=epoch, step=trainer.epoch * of + self.batches, figures=losses)
        self.context.progress(round(epoch, 2), trainer.epochs)

    def on_model_save(self, trainer):
        # Before the checkpoint: what goes on from there won't see this epoch again.
        self._report_epoch(trainer)
        self._note(trainer.best)
        if not self.stopped:
            self.context.checkpoint(trainer.last)
            return
        # Its end strips the other two of what is needed to go on.
        self._note(trainer.last)
        resume = trainer.wdir / "resume.pt"
        half = trainer.wdir / "resume.pt.half"
        shutil.copyfile(trainer.last, half)
        os.replace(half, resume)
        self.context.checkpoint(resume)

    def on_fit_epoch_end(self, trainer):
        self._report_epoch(trainer)
        self._note_pictures(trainer)

    def on_train_end(self, trainer):
        self._note_pictures(trainer)

    def teardown(self, trainer):
        if self.listening:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self.listening = False
            if self.stopped:
                # The signal was put off until all was kept. What else the program does is called off as well.
                raise SystemExit

    def _report_epoch(self, trainer):
        if not self.unreported:
            return
        self.unreported = False
        figures = _figures(trainer.label_loss_items(trainer.tloss, prefix="train"))
        if trainer.metrics is not self.metrics:
            # Otherwise this epoch wasn't validated, and they are of an earlier one.
            _figures(trainer.metrics, figures)
        _figures(trainer.lr, figures)
        epoch = trainer.epoch + 1
        self.context.log(epoch=epoch, step=epoch * len(trainer.train_loader), figures=figures)
        self.context.progress(epoch, max(epoch, trainer.epochs))

    def _note(self, path):
        """Makes a checkpoint known that nothing goes on from while there is a better one: no copy is made."""
        if self._changed(path):
            self.context.note_checkpoint(path)

    def _note_pictures(self, trainer):
        for entry in os.scandir(trainer.save_dir):
            if entry.name.endswith(PICTURES) and entry.path not in self.files:
                self.files[entry.path] = None
                self.context.artifact(entry.path)

    def _changed(self, path):
        try:
            changed = os.stat(path).st_mtime_ns
        except FileNotFoundError:
            return False
        known, self.files[path] = self.files.get(path), changed
        return changed != known


def _figures(named, into=None):
    """Figures by the names of results.csv: "train/box_loss" is box_loss with the legend train."""
    figures = {} if into is None else into
    for name, value in named.items():
        group, _, figure = name.partition("/")
        if group in ("train", "val", "batch"):
            figures.setdefault(figure, {})[group] = value
        elif group == "metrics":
            figures.setdefault(figure, {})["val"] = value
        else:
            # "lr/pg0", and what a trainer of one's own calls otherwise.
            figures[name] = value
    return figures


def _listen(context):
    """Has the signal of a stop wait for the end of the batch; False where somebody else listens."""
    folder = os.environ.get("TRAINYARD_START_FOLDER")
    if folder is None or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        return False
    from trainyard import _child

    _child.listen_for_stop(folder, context)
    return True


def _leave_mlflow_out(trainer):
    """Ultralytics' own reporting to MLflow would tell us all of it again.

    Where the user names an MLflow server of theirs it goes there, as ever.
    """
    from trainyard import _files

    spec = _files.read(os.environ["TRAINYARD_START_FOLDER"], "start.json")
    if os.environ.get("MLFLOW_TRACKING_TOKEN") != spec["token"]:
        return
    for event, callbacks in trainer.callbacks.items():
        theirs = [
            one for one in callbacks if getattr(one, "__module__", "") != "ultralytics.utils.callbacks.mlflow"
        ]
        trainer.callbacks[event] = theirs


def _resume(overrides):
    """Has a training that is called so go on from the checkpoint of an earlier attempt, if it is its own."""
    global _resumed
    path = _context.current().resume_from
    if path is None or _resumed:
        return
    if overrides is None or overrides.get("resume") or "LOCAL_RANK" in os.environ:
        # It resumes by itself.
        return
    from ultralytics.nn.tasks import torch_safe_load

    checkpoint = torch_safe_load(path)[0] if path.endswith(".pt") else None
    why = not_resumable(checkpoint, overrides)
    if why is not None:
        _say(f"starts anew and doesn't go on from {path}: {why}")
        return
    _resumed = True
    _say(f"goes on after epoch {checkpoint['epoch'] + 1}, from {path}")
    # It is read by the trainer, and by who called it.
    overrides["resume"] = path


def not_resumable(checkpoint, call):
    """Why a training that is called so can't go on from this checkpoint; None where it can."""
    if not isinstance(checkpoint, dict) or "train_args" not in checkpoint:
        return "it isn't a checkpoint of Ultralytics"
    epoch, made = checkpoint.get("epoch", -1), checkpoint["train_args"]
    if epoch < 0 or checkpoint.get("optimizer") is None:
        return "its training was over, it has no optimizer any more"
    if epoch + 1 >= made.get("epochs", 0):
        return f"its training was over after all {epoch + 1} epochs"
    # A resumed training's model is the checkpoint that it was resumed from.
    names = ("task", "data", "epochs") if made.get("resume") else ("task", "data", "epochs", "model")
    for name in names:
        asked, had = (_bare(one.get(name)) for one in (call, made))
        if asked is not None and asked != had:
            return f"it is of another training, whose {name} is {had}, not {asked}"
    return None


def _bare(value):
    """A path may be made absolute."""
    return os.path.basename(value) if isinstance(value, str) else value


def _guarded(what, do, *args):
    try:
        do(*args)
    except Exception as error:
        if what not in _said:
            _said.add(what)
            _say(f"{what} isn't reported: {type(error).__name__}: {error}")


def _say(text):
    with ignoring(Exception):
        print(f"Trainyard: {text}", file=sys.stderr, flush=True)
