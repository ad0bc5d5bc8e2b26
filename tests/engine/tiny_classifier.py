"""Tiny classifiers of several families, with a tokenizer of letters."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    DebertaV2Config,
    DebertaV2Model,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

SIZE = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
WORDS = ["sun", "rain", "snow", "wind", "fog", "hail", "heat", "ice", "storm", "cloud", "dew", "gale"]


def make_tokenizer() -> PreTrainedTokenizerFast:
    special = ["[PAD]", "[CLS]", "[SEP]", "?"]
    words = {token: index for index, token in enumerate([*special, *"abcdefghijklmnopqrstuvwxyz ."])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.add_special_tokens(special[:3])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", unk_token="?"
    )


def make(family: str) -> Any:
    torch.manual_seed(0)
    size: dict[str, Any] = {"vocab_size": len(make_tokenizer()), "max_position_embeddings": 64, "pad_token_id": 0}
    wide = {**SIZE, **size, "initializer_range": 0.3}
    if family == "bert":
        return BertModel(BertConfig(**wide))
    if family == "bert-without-pooler":
        return BertForMaskedLM(BertConfig(**wide))
    if family == "roberta":
        return RobertaModel(RobertaConfig(**wide))
    if family == "deberta":
        return DebertaV2Model(DebertaV2Config(**wide, relative_attention=True, pos_att_type=["p2c", "c2p"]))
    return DistilBertModel(DistilBertConfig(**size, dim=16, hidden_dim=32, n_layers=2, n_heads=2))


def save(folder: Path, family: str = "bert") -> Path:
    make(family).save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


def write_weather(project: Project, *, pairs: bool = False) -> None:
    """Write 24 texts with the labels “cold” and “warm”, a quarter of them held out."""
    rows = [
        {"text": f"{word}{end}", "label": "warm" if word in ("sun", "heat", "dew") else "cold"}
        for word in WORDS
        for end in (".", " it is.")
    ]
    if pairs:
        rows = [{**row, "text_pair": row["text"][::-1]} if place % 2 else row for place, row in enumerate(rows)]
    write_dataset(project.data / "weather", "weather", "text-label", rows, split=0.25)
