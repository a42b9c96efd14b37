"""Keras, logged as the environment names: by MLflow, by itself, or by five lines that call Trainyard."""

import json
import os

import keras
import numpy as np

how = os.environ["HOW"]
callbacks = []
if how == "autolog":
    import mlflow

    mlflow.autolog(log_models=False)
elif how == "csv":
    callbacks.append(keras.callbacks.CSVLogger("keras.csv"))
else:
    import trainyard

    class Trainyard(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            figures = {"loss": {"train": logs["loss"], "val": logs["val_loss"]}}
            trainyard.log(epoch=epoch, figures=figures)

    callbacks.append(Trainyard())

keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
fitted = model.fit(x, y, validation_split=0.25, epochs=4, verbose=0, callbacks=callbacks)
with open("history.json", "w") as file:
    json.dump(fitted.history, file)
