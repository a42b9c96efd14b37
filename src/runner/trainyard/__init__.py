"""Report a training's figures from anywhere in it::

    import trainyard
    trainyard.log(epoch=1, figures={"loss": {"train": 0.61, "val": 0.66}})

Under Trainyard they become curves. Elsewhere ``log`` prints one line an epoch, and all else does nothing.
Also here: ``progress``, ``checkpoint``, ``artifact``, ``should_stop``, ``config``, ``dataset``,
``output_dir``, ``model``, ``execution_id``, ``attempt``, ``resume_from``.

Every process of a training has these in its environment:

TRAINYARD_HOME          where the backend keeps its files; ``server.json`` in it says where it listens
TRAINYARD_EXECUTION     the execution's id
TRAINYARD_START         as "ID/1/1", with attempt and start
TRAINYARD_START_FOLDER  what this start was told, and what it tells: read it by this module alone. What is
                        left of a training is found by it
"""

__all__ = [
    "artifact",
    "attempt",
    "checkpoint",
    "config",
    "dataset",
    "execution_id",
    "log",
    "model",
    "output_dir",
    "progress",
    "resume_from",
    "should_stop",
]


def __getattr__(name):
    if name in __all__:
        from trainyard import _context

        return getattr(_context.current(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
