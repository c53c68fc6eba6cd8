"""Memory and GPUs for a model."""

import json
from dataclasses import replace

import pytest

from app.sizing.architecture import Architecture, from_config
from app.sizing.catalogue import MODELS, Model, known, of_size
from app.sizing.plan import Demand, fits, memory, options, serve_line
from ingest.errors import Permanent

# Parameters as counted in the published weights.
PUBLISHED = {
    "smollm2-135m": 134_515_008,
    "qwen2.5-0.5b": 494_032_768,
    "llama-3.2-1b": 1_235_814_400,
    "qwen2.5-1.5b": 1_543_714_304,
    "qwen2.5-3b": 3_085_938_688,
    "llama-3.2-3b": 3_212_749_824,
    "qwen3-4b": 4_022_468_096,
    "qwen2.5-7b": 7_615_616_512,
    "mistral-7b": 7_248_023_552,
    "llama-3.1-8b": 8_030_261_248,
    "qwen3-8b": 8_190_735_360,
    "qwen2.5-14b": 14_770_033_664,
    "qwen3-14b": 14_768_307_200,
    "qwen2.5-32b": 32_763_876_352,
    "qwen3-32b": 32_762_123_264,
    "llama-3.1-70b": 70_553_706_496,
    "qwen2.5-72b": 72_706_203_648,
}
SMALL = {
    "model_type": "llama", "vocab_size": 49152, "hidden_size": 576, "num_hidden_layers": 30, "num_attention_heads": 9,
    "num_key_value_heads": 3, "intermediate_size": 1536, "tie_word_embeddings": True, "rope_theta": 100000,
}  # fmt: skip


def architecture(name: str) -> Architecture:
    found = known(name)
    assert found is not None
    return found.architecture


def demand(name: str = "llama-3.1-8b", bits: int = 16, context: int = 8_192, users: int = 1) -> Demand:
    return Demand(known(name) or of_size(name), bits, context, users)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_parameters_are_counted_exactly(model: Model) -> None:
    assert model.architecture.parameters == PUBLISHED[model.name]


def test_every_known_model_is_checked() -> None:
    assert {model.name for model in MODELS} == set(PUBLISHED)


def test_a_model_is_found_by_name_and_hub_id() -> None:
    assert known("QWEN/Qwen2.5-7B-Instruct") == known("qwen2.5-7b")
    assert known("7b") is None


def test_a_size_takes_the_largest_cache_among_its_like() -> None:
    found = of_size("7B")
    assert (found.billions, found.hub_id, found.like) == (7.0, "", "qwen3-8b")
    assert of_size("135m").like == "smollm2-135m"


@pytest.mark.parametrize("size", ["", "7", "b", "7x", "400b", "-7b", "0b", "seven billion"])
def test_what_is_no_size_is_told(size: str) -> None:
    with pytest.raises(Permanent, match=r"qwen2\.5-7b"):
        of_size(size)


def test_a_config_is_read() -> None:
    assert from_config(json.dumps(SMALL)) == architecture("smollm2-135m")
    qwen = from_config(json.dumps({**SMALL, "model_type": "qwen2"}))
    assert qwen.parameters == 134_515_008 + 30 * 64 * (9 + 2 * 3)
    wide = from_config(json.dumps({**SMALL, "model_type": "qwen3", "head_dim": 128}))
    assert (wide.head, wide.qk_norm) == (128, True)


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({**SMALL, "model_type": "mixtral"})])
def test_a_config_that_cannot_be_counted_is_told(text: str) -> None:
    with pytest.raises(Permanent):
        from_config(text)


def test_memory_by_the_rule_and_exactly() -> None:
    needed = memory(demand(context=8_192, users=50))
    assert needed.rule == pytest.approx(8e9 * 2 * 1.2)
    assert needed.weights == 2 * 8_030_261_248
    assert needed.kv_a_token == 2 * 32 * 8 * 128 * 2
    assert needed.kv_a_user == 131_072 * 8_192 == 2**30
    assert needed.kv == 50 * 2**30
    assert needed.total == needed.weights + needed.kv


def test_fewer_bits_shrink_matrices_but_not_embeddings() -> None:
    model = architecture("llama-3.1-8b")
    eight, four = memory(demand(bits=8)).weights, memory(demand(bits=4)).weights
    assert eight == model.linear_parameters + 2 * model.other_parameters
    assert four == pytest.approx(model.linear_parameters * (4 + 20 / 128) / 8 + 2 * model.other_parameters, abs=1)
    assert memory(replace(demand(), kv_bits=8)).kv_a_token == 65_536


def test_of_a_size_the_weights_are_those_of_the_size() -> None:
    assert memory(demand("7b")).weights == pytest.approx(14e9)


def test_the_least_hardware_comes_first() -> None:
    found = fits(demand(users=2))
    assert [(fit.gpu.gigabytes, fit.count) for fit in found][:3] == [(24, 1)] * 3
    for fit in found:
        room = fit.count * (0.9 * fit.gpu.gigabytes - 2.0)
        assert 16.06 + 1.0737 * fit.users <= room < 16.07 + 1.0738 * (fit.users + 1)


def test_a_large_model_is_shared_among_gpus() -> None:
    counts = {fit.gpu.name: fit.count for fit in fits(demand("llama-3.1-70b", users=4))}
    assert (counts["NVIDIA H100"], counts["NVIDIA H200"], counts["NVIDIA L40S"]) == (4, 2, 4)
    assert fits(demand("qwen2.5-72b", context=131_072, users=500)) == []


def test_heads_are_shared_evenly() -> None:
    assert {fit.count for fit in fits(demand("smollm2-135m", users=500))} == {1}


def test_the_serve_line_says_what_was_planned() -> None:
    planned = demand("llama-3.1-70b", bits=8, context=16_384, users=20)
    fit = next(fit for fit in fits(planned) if fit.gpu.name == "NVIDIA H100")
    line = serve_line(planned, fit)
    assert line.startswith("vllm serve meta-llama/Llama-3.1-70B-Instruct --host 127.0.0.1 --max-model-len 16384")
    for words in ("--max-num-seqs 20", f"--tensor-parallel-size {fit.count}", "--quantization fp8", "safetensors"):
        assert words in line
    assert "trust" not in line
    assert all(why.endswith(".") for _, why in options(planned, fit))


@pytest.mark.parametrize(
    ("bits", "users", "there", "missing"),
    [(16, 1, "--dtype bfloat16", "--quantization"), (4, 1, "awq_marlin", "--dtype"), (16, 9, "--dtype", "speculative")],
)
def test_options_follow_the_demand(bits: int, users: int, there: str, missing: str) -> None:
    planned = demand(bits=bits, users=users)
    line = serve_line(planned, fits(planned)[0])
    assert there in line
    assert missing not in line
