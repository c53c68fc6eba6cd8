"""`footnote size`."""

import textwrap
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import Json
from app.cli.output import Output
from app.sizing.architecture import from_config
from app.sizing.catalogue import Model, known, of_size
from app.sizing.plan import USED_SHARE, WORKING_GB, Demand, Fit, Memory, fits, memory, options, serve_line
from ingest.errors import Permanent

SHOWN = 6
WIDTH = 110
GB = 1e9

Name = Annotated[str, typer.Option("--model", help="A size such as 7b, or a name such as qwen2.5-7b or llama-3.1-8b.")]
Config = Annotated[Path | None, typer.Option("--config", help="The model's config.json, where its name is not known.")]
Bits = Annotated[int, typer.Option("--bits", help="Bits of a weight: 16, 8 (FP8) or 4 (AWQ, GPTQ).")]
KvBits = Annotated[int, typer.Option("--kv-bits", help="Bits of a number in the key-value cache: 16 or 8.")]
Context = Annotated[int, typer.Option("--context", min=512, max=1_048_576, help="Tokens of prompt and reply together.")]
Users = Annotated[int, typer.Option("--users", min=1, max=10_000, help="Answers that are written at the same time.")]


def size(
    model: Name = "7b",
    bits: Bits = 16,
    context: Context = 8_192,
    users: Users = 8,
    kv_bits: KvBits = 16,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say how much memory a language model needs, which GPUs it fits on, and how to serve it."""
    if bits not in (4, 8, 16) or kv_bits not in (8, 16):
        raise typer.BadParameter("--bits is 16, 8 or 4; --kv-bits is 16 or 8.")
    demand = Demand(_model(model, config), bits, context, users, kv_bits)
    needed, found = memory(demand), fits(demand)
    Output(as_json).result(_shape(demand, needed, found), _text(demand, needed, found))


def _model(name: str, config: Path | None) -> Model:
    if config is None:
        return known(name) or of_size(name)
    try:
        architecture = from_config(config.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"The file {config} cannot be read.") from error
    return Model(str(config.parent), str(config.parent), architecture.parameters / GB, architecture)


def _text(demand: Demand, needed: Memory, found: list[Fit]) -> str:
    like = f", as with {demand.model.like}" if demand.model.like else ""
    each = f"{needed.kv_a_token:,} bytes a token · {demand.context:,} tokens{like}"
    lines = [
        f"Weights          {needed.weights / GB:8.2f} GB  {_parameters(demand)} at {demand.bits} bits",
        f"  rule of thumb  {needed.rule / GB:8.2f} GB  P · 4 B / (32 / {demand.bits}) · 1.2, with a fifth for the rest",
        f"Cache a user     {needed.kv_a_user / GB:8.2f} GB  {each}",
        f"Cache            {needed.kv / GB:8.2f} GB  {demand.users} users, each with a full context",
        f"Together         {needed.total / GB:8.2f} GB",
        "",
        *_gpus(found),
    ]
    if found:
        best = found[0]
        lines += ["", f"On {best.count} × {best.gpu.name}:", "", f"    {serve_line(demand, best)}", ""]
        lines += [_reason(words, why) for words, why in options(demand, best)]
    return "\n".join(lines)


def _parameters(demand: Demand) -> str:
    if demand.model.hub_id:
        return f"{demand.model.architecture.parameters:,} parameters"
    return f"{demand.model.billions:g} billion parameters"


def _gpus(found: list[Fit]) -> list[str]:
    if not found:
        return ["It fits on no eight GPUs of a kind. Take fewer bits, a shorter context or fewer users."]
    head = f"It fits on ({USED_SHARE:.0%} of the memory, less {WORKING_GB:g} GB a GPU to work in):"
    rows = [
        f"    {fit.count} × {fit.gpu.name} ({fit.gpu.gigabytes:g} GB): room for {fit.users:,} full contexts"
        for fit in found[:SHOWN]
    ]
    return [head, *rows]


def _reason(words: str, why: str) -> str:
    return textwrap.fill(f"{words}: {why}", WIDTH, initial_indent="  ", subsequent_indent="      ")


def _shape(demand: Demand, needed: Memory, found: list[Fit]) -> dict[str, object]:
    return {
        "model": demand.model.name,
        "parameters": demand.model.architecture.parameters if demand.model.hub_id else int(demand.model.billions * GB),
        "weights_bytes": needed.weights,
        "rule_bytes": int(needed.rule),
        "kv_bytes_a_token": needed.kv_a_token,
        "kv_bytes_a_user": needed.kv_a_user,
        "kv_bytes": needed.kv,
        "total_bytes": needed.total,
        "fits": [
            {"gpu": fit.gpu.name, "gigabytes": fit.gpu.gigabytes, "count": fit.count, "users": fit.users}
            for fit in found
        ],
        "serve": serve_line(demand, found[0]) if found else None,
        "options": [{"option": words, "why": why} for words, why in options(demand, found[0])] if found else [],
    }
