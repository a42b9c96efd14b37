"""XGBoost through MLflow's autologging."""

import json

import mlflow
import numpy as np
import xgboost

mlflow.autolog(log_models=False)
x = np.random.default_rng(0).normal(size=(200, 4))
y = (x.sum(axis=1) > 0).astype(int)
train, val = xgboost.DMatrix(x[:150], y[:150]), xgboost.DMatrix(x[150:], y[150:])
history = {}
xgboost.train(
    {"objective": "binary:logistic", "eval_metric": "logloss", "max_depth": 2, "nthread": 1},
    train,
    num_boost_round=8,
    evals=[(train, "train"), (val, "val")],
    evals_result=history,
    verbose_eval=False,
)
with open("history.json", "w") as file:
    json.dump(history, file)
