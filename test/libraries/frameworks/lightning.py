"""PyTorch Lightning with MLflow's logger, and with its own to compare."""

import os

import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger, MLFlowLogger
from torch.utils.data import DataLoader, TensorDataset


class Net(pl.LightningModule):
    def __init__(self, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)

    def _register_sharded_tensor_state_dict_hooks_if_available(self):
        """Left out: that part of PyTorch 1.13 can't be imported by Python 3.11."""

    def step(self, batch, name):
        x, y = batch
        loss = torch.nn.functional.mse_loss(self.layer(x), y)
        self.log(name, loss, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch, _):
        return self.step(batch, "train_loss")

    def validation_step(self, batch, _):
        return self.step(batch, "val_loss")

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


pl.seed_everything(0)
x = torch.randn(32, 4)
data = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8)
loggers = [CSVLogger(".")]
if os.environ["HOW"] == "mlflow":
    loggers.append(MLFlowLogger(tracking_uri=os.environ["MLFLOW_TRACKING_URI"]))
trainer = pl.Trainer(
    max_epochs=4,
    logger=loggers,
    accelerator="cpu",
    log_every_n_steps=1,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(Net(), data, data)
