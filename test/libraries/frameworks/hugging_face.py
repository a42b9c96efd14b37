"""Hugging Face Transformers' Trainer with ``report_to="mlflow"``, on a model from a config."""

import json

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, set_seed

set_seed(0)
data = [{"input_ids": ids, "labels": ids} for ids in torch.randint(0, 16, (16, 8))]
trainer = Trainer(
    GPT2LMHeadModel(GPT2Config(vocab_size=16, n_positions=8, n_embd=8, n_layer=1, n_head=1)),
    TrainingArguments(
        "out",
        report_to="mlflow",
        num_train_epochs=3,
        per_device_train_batch_size=8,
        logging_steps=1,
        eval_strategy="epoch",
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
    ),
    train_dataset=data,
    eval_dataset=data,
)
trainer.train()
with open("history.json", "w") as file:
    json.dump(trainer.state.log_history, file)
