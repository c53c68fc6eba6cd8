"""Counts the parameters of a transformer and the bytes of its key-value cache."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.errors import Permanent


@dataclass(frozen=True, slots=True)
class Architecture:
    """The numbers of a decoder with grouped-query attention and a gated feed-forward layer (Llama, Mistral, Qwen).

    Attributes:
        vocabulary: Rows of the embedding.
        hidden: Width.
        layers: Depth.
        heads: Query heads.
        kv_heads: Key and value heads.
        head: Width of a head.
        feed_forward: Inner width of a feed-forward layer.
        tied: Whether the output layer is the embedding.
        qkv_bias: Whether queries, keys and values have a bias (Qwen2).
        qk_norm: Whether queries and keys are normalised (Qwen3).
    """

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    feed_forward: int
    tied: bool = False
    qkv_bias: bool = False
    qk_norm: bool = False

    @property
    def linear_parameters(self) -> int:
        """Weights of the layers' matrices: what quantization makes smaller."""
        attention = 2 * self.hidden * self.head * (self.heads + self.kv_heads)
        return self.layers * (attention + 3 * self.hidden * self.feed_forward)

    @property
    def other_parameters(self) -> int:
        """Embedding, output layer, norms and biases: they keep 16 bits."""
        norms = 2 * self.hidden + (2 * self.head if self.qk_norm else 0)
        biases = self.head * (self.heads + 2 * self.kv_heads) if self.qkv_bias else 0
        embeddings = self.vocabulary * self.hidden * (1 if self.tied else 2)
        return embeddings + self.hidden + self.layers * (norms + biases)

    @property
    def parameters(self) -> int:
        """All parameters, exactly."""
        return self.linear_parameters + self.other_parameters

    def kv_bytes_a_token(self, kv_bits: int = 16) -> int:
        """Bytes of the key-value cache for one token: keys and values of every layer."""
        return 2 * self.layers * self.kv_heads * self.head * kv_bits // 8


class _Config(BaseModel):
    """The fields of a model's `config.json` that matter here."""

    model_config = ConfigDict(extra="ignore")
    model_type: str
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    tie_word_embeddings: bool = False


DENSE = frozenset({"llama", "mistral", "qwen2", "qwen3"})


def from_config(text: str) -> Architecture:
    """The architecture that a `config.json` describes.

    Raises:
        Permanent: It is none, or of a kind whose parameters cannot be counted here.
    """
    try:
        read = _Config.model_validate_json(text)
    except ValidationError as error:
        raise Permanent("This is not the config.json of a language model.") from error
    if read.model_type not in DENSE:
        known = ", ".join(sorted(DENSE))
        words = f"Models of the kind {read.model_type} cannot be counted, only: {known}."
        raise Permanent(f"{words} Give a size instead: --model 7b")
    return Architecture(
        vocabulary=read.vocab_size,
        hidden=read.hidden_size,
        layers=read.num_hidden_layers,
        heads=read.num_attention_heads,
        kv_heads=read.num_key_value_heads or read.num_attention_heads,
        head=read.head_dim or read.hidden_size // read.num_attention_heads,
        feed_forward=read.intermediate_size,
        tied=read.tie_word_embeddings,
        qkv_bias=read.model_type == "qwen2",
        qk_norm=read.model_type == "qwen3",
    )
