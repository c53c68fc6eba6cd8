"""What `footnote eval ann` does."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from app.cli.output import Output
from eval.ann import bars, server
from eval.ann.draw import drawing
from eval.ann.kinds import KINDS, chosen, needs_server
from eval.ann.measuring import Json
from eval.ann.page import page
from eval.ann.run import Plan, run
from eval.report import table
from ingest.errors import Permanent


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes:
        plan: What to measure; without indexes all that can be measured here.
        out: Folder of the results.
    """

    plan: Plan
    out: Path


def measure(request: Request, output: Output) -> None:
    """Measure, and write `ann.json`, `ann.html` and one PNG for each size and dimension.

    Raises:
        Permanent: An index cannot be measured here, or matplotlib is missing. Transient: A store cannot be used now.
    """
    names = list(chosen(request.plan.indexes)) or available(request.plan.milvus_uri)
    request.out.mkdir(parents=True, exist_ok=True)
    with _served(names, request.plan.milvus_uri) as (uri, folder):
        plan = replace(request.plan, indexes=names, milvus_uri=uri, milvus_folder=folder)
        result = run(plan, output.note, lambda so_far: write(request.out, so_far))
    output.result(result, _told(result, request.out))


def check_bars(request: Request, output: Output) -> bool:
    """Measure the bars; returns whether all that could be measured are met. Raises: as `measure`."""
    names = [name for name in request.plan.indexes or bars.INDEXES if name in bars.INDEXES]
    there = available(request.plan.milvus_uri)
    names, missing = [name for name in names if name in there], [name for name in names if name not in there]
    before = bars.load()
    with _served(names, request.plan.milvus_uri) as (uri, _), tempfile.TemporaryDirectory(prefix="footnote-") as home:
        plan, place = request.plan, Path(home).resolve()
        found = bars.bars(plan.cache, place, names, uri, plan.questions, plan.rounds, output.note)
    notes = f"\nNot measured, for lack of packages or a server: {', '.join(missing)}" if missing else ""
    shape = {**bars.as_json(found, [before, bars.load()]), "not_measured": missing}
    output.result(shape, bars.show(found) + notes)
    return all(one.met for one in found)


def available(milvus_uri: str | None) -> list[str]:
    """The indexes whose packages, and server, are there."""
    served = bool(find_spec("pymilvus")) and (milvus_uri is not None or server.can_run())
    there = {"faiss": bool(find_spec("faiss")), "milvus": served, "pgvector": True}
    lite = bool(find_spec("pymilvus")) and bool(find_spec("milvus_lite"))
    return [name for name, kind in KINDS.items() if (lite if kind.lite else there[kind.store])]


def write(folder: Path, result: Json) -> list[Path]:
    """Write the result as JSON, as a page, and as pictures; returns the files."""
    files = [folder / "ann.json", folder / "ann.html"]
    files[0].write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    files[1].write_text(page(result), encoding="utf-8")
    settings = result["settings"]
    for size, dimension in dict.fromkeys((one["size"], one["dimension"]) for one in result["runs"]):
        runs = [one for one in result["runs"] if (one["size"], one["dimension"]) == (size, dimension)]
        files.append(folder / f"ann-{short(size)}-{dimension}.png")
        files[-1].write_bytes(drawing(runs, result["filters"], settings["k"], settings["questions"]))
    return files


def short(size: int) -> str:
    """A number of vectors as on the command line: `10k`, `1m`."""
    for unit, many in (("m", 1_000_000), ("k", 1_000)):
        if size % many == 0:
            return f"{size // many}{unit}"
    return str(size)


def sizes(said: str) -> list[int]:
    """The reverse, for several, separated by commas. Raises: Permanent."""
    units = {"k": 1_000, "m": 1_000_000}
    found = []
    for one in said.lower().replace(" ", "").split(","):
        digits, many = (one[:-1], units[one[-1]]) if one[-1:] in units else (one, 1)
        if not digits.isdecimal() or not 0 < int(digits) * many <= 100_000_000 or int(digits) * many % 100:
            raise Permanent(f"{one!r} is not a number of vectors. Give a multiple of 100, such as 10k, 100k or 1m.")
        found.append(int(digits) * many)
    return found


@contextmanager
def _served(names: Sequence[str], uri: str | None) -> Iterator[tuple[str | None, Path | None]]:
    """The address of a Milvus server where one is needed: the given one, or one that is run meanwhile."""
    if uri or not any(needs_server(name) for name in names):
        yield uri, None
        return
    if not server.can_run():
        raise Permanent("No Milvus server is known. Start one and give --milvus-uri http://host:19530.")
    with tempfile.TemporaryDirectory(prefix="footnote-milvus-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        with server.running(place) as own:
            yield own, place


def _told(result: Json, folder: Path) -> str:
    """The fastest setting of each index that finds enough, and where the rest is."""
    rows = []
    for one in result["runs"]:
        points = [point for point in one["points"] if point["filter"] == "all"]
        good = [point for point in points if point["recall"] >= 0.98]
        best = min(good, key=lambda point: point["p50"]) if good else max(points, key=lambda point: point["recall"])
        knobs = ", ".join(f"{name} {value}" for name, value in best["knobs"].items())
        size = one["bytes_a_vector"]
        rows.append(
            [
                f"{short(one['size'])} × {one['dimension']} {one['kind']}", knobs, f"{best['recall']:.3f}",
                f"{best['p50']:.2f}", f"{best['p99']:.2f}", f"{sum(one['build_seconds'].values()):.0f}",
                "" if size is None else f"{size:.0f}",
            ]
        )  # fmt: skip
    header = ["fastest with recall .98", "setting", "recall", "p50 ms", "p99 ms", "build s", "bytes a vector"]
    return f"{table(header, rows)}\nwritten to {folder}"
