"""Every setting of Footnote; the only place that reads the environment."""

import os
from pathlib import Path
from typing import Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "FOOTNOTE_"


class Settings(BaseSettings):
    """Read from `FOOTNOTE_*` environment variables; see `docs/settings.md`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    home: Path = Field(default_factory=lambda: user_data_path("footnote", appauthor=False))
    database_url: SecretStr | None = None

    milvus_uri: str = "indexes/milvus"
    milvus_token: SecretStr | None = None
    milvus_ca_certificate: Path | None = None
    milvus_server_name: str | None = None
    milvus_database: str | None = None

    ui_host: str = "127.0.0.1"
    ui_port: int = Field(default=8501, ge=1, le=65535)
    worker_concurrency: int = Field(default=1, ge=1, le=64)
    threads: int = Field(default=0, ge=0, le=512)

    upload_limit_mb: int = Field(default=200, ge=1, le=10_000)
    question_limit: int = Field(default=2_000, ge=10, le=100_000)

    embedding_model: str = "bge-small-en-v1.5"
    reranker_model: str = "ms-marco-MiniLM-L-12-v2"
    reader_model: str = "footnote-reader"
    query_prefix: str | None = None
    chunk_tokens: int = Field(default=128, ge=32, le=8_192)

    fusion: Literal["blend", "rrf", "dense", "lexical"] = "blend"
    dense_weight: float = Field(default=0.5, ge=0.0, le=1.0)
    candidates: int = Field(default=100, ge=1, le=1_000)
    query_log: Literal["vectors", "off"] = "vectors"
    rerank: bool = True
    rerank_candidates: int = Field(default=24, ge=0, le=200)
    rerank_weight: float = Field(default=0.6, ge=0.0, le=1.0)
    rerank_budget_ms: int = Field(default=3_000, ge=0, le=60_000)

    evidence_hits: int = Field(default=6, ge=1, le=50)
    answer_threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    llm_url: str | None = None
    llm_model: str | None = None
    llm_api_key: SecretStr | None = None
    llm_timeout_s: float = Field(default=60.0, gt=0.0, le=3_600.0)
    llm_silence_s: float = Field(default=30.0, gt=0.0, le=3_600.0)
    llm_tries: int = Field(default=4, ge=1, le=20)
    llm_in_flight: int = Field(default=32, ge=1, le=1_000)
    llm_context: int | None = Field(default=None, ge=1_024, le=10_000_000)
    llm_small_url: str | None = None
    llm_small_model: str | None = None
    llm_small_confidence: float = Field(default=0.8, ge=0.0, le=1.0)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _known_only(self) -> Self:
        """A misspelt variable must not be ignored."""
        known = {f"{PREFIX}{name}".upper() for name in type(self).model_fields}
        unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
        if unknown:
            raise ValueError(f"There is no such setting: {', '.join(unknown)}")
        return self
