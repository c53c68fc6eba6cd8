"""Small models with random weights, made like those on a hub."""

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizer

WORDS = ["how", "many", "days", "of", "leave", "parking", "is", "free", "notice", "four", "weeks", "twelve", ".", "?"]


def bert(folder: Path) -> BertConfig:
    """Write a tokenizer; returns the configuration of a network of two narrow layers."""
    folder.mkdir(parents=True)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]) + "\n")
    BertTokenizer(str(vocabulary), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(1)
    return BertConfig(
        vocab_size=len(WORDS) + 5,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
    )


def cross_encoder(folder: Path, outputs: int = 1) -> Path:
    """A cross-encoder."""
    configuration = bert(folder)
    configuration.num_labels = outputs
    BertForSequenceClassification(configuration).save_pretrained(folder)
    return folder


def embedding_model(folder: Path, prompts: dict[str, str] | None = None) -> Path:
    """An embedding model of 32 dimensions."""
    plain = folder / "plain"
    BertModel(bert(plain)).save_pretrained(plain)
    transformer = Transformer(str(plain))
    SentenceTransformer(modules=[transformer, Pooling(32)], prompts=prompts).save(str(folder))
    return folder
