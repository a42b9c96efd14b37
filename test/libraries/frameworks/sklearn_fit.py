"""scikit-learn through MLflow's autologging."""

import json

import mlflow
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

mlflow.autolog(log_models=False)
x, y = make_classification(n_samples=200, random_state=0)
model = LogisticRegression(C=0.5).fit(x, y)
with open("history.json", "w") as file:
    json.dump({"training_score": model.score(x, y), "C": model.C}, file)
