"""What tuning asks, finds and leaves behind."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ingest.ports import Vectors
from retrieval.indexes import IndexChoice, Setting
from retrieval.model import Scored, Selection

Settings = tuple[tuple[str, Setting], ...]
Source = Literal["log", "generated", "stored"]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class TuneRequest:
    """What is wanted of the index.

    Attributes:
        recall: Share of the true nearest chunks that a search must find on average, in (0, 1).
        k: How many nearest chunks count.
        queries: How many queries to try; `None` for as many as the target needs.
        seed: Decides which queries and filters are drawn.
        rebuild: Try indexes that are built in other ways too.
        dry_run: Measure only; change and remember nothing.
    """

    recall: float = 0.98
    k: int = 10
    queries: int | None = None
    seed: int = 0
    rebuild: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A search whose result is known.

    Attributes:
        vector: float32 array of shape (dimension,), of unit length.
        selection: Where it looks.
        truth: The nearest chunks there, best first, by comparing all.
    """

    vector: Vectors
    selection: Selection
    truth: tuple[Scored, ...]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Queries under filters that let about the same share of all chunks pass.

    Attributes:
        name: `all`, `10%` or `1%`.
        share: The share of the chunks that pass, on average.
        cases: The queries.
    """

    name: str
    share: float
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """Recall in one stratum.

    Attributes:
        name: Of the stratum.
        share: The share of the chunks that its filters let pass, on average.
        queries: How many.
        recall: Their mean recall.
        lower: Lower confidence bound of the mean; 0 where none was computed.
    """

    name: str
    share: float
    queries: int
    recall: float
    lower: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of searching, measured.

    Attributes:
        settings: The knobs that were turned.
        strata: Recall by stratum; every one of them has to reach the target.
        reaches: Was it shown that all do?
        latency_ms: Median time of a search, 0 where it was not timed.
    """

    settings: Settings
    strata: tuple[Reached, ...]
    reaches: bool
    latency_ms: float = 0.0

    @property
    def recall(self) -> float:
        """Mean recall in the worst stratum."""
        return min((one.recall for one in self.strata), default=0.0)

    @property
    def lower(self) -> float:
        """Lower bound in the worst stratum."""
        return min((one.lower for one in self.strata), default=0.0)


@dataclass(frozen=True, slots=True)
class Measurement:
    """The recall of an index, as it was measured.

    Attributes:
        choice: The index and its settings at that time.
        how: By `tuning`, or by the `check` of a new index, which looks for stored vectors.
        source: Where the queries came from.
        target: The recall that was wanted; `None` where none was.
        k: How many nearest chunks counted.
        vectors: How many chunks there were.
        chosen: What it measured under `choice`.
        trials: Everything that was tried, including `chosen`.
        measured_at: When.
    """

    choice: IndexChoice
    how: Literal["tuning", "check"]
    source: Source
    target: float | None
    k: int
    vectors: int
    chosen: Trial
    trials: tuple[Trial, ...]
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class TuneReport:
    """What became of tuning.

    Attributes:
        measurement: Of the setting that was chosen; where none reaches the target, of the one before.
        reached: Was a setting found that reaches the target?
        changed: Does the index search in another way now?
        rebuilt: Was it built anew for that?
        advice: What to try where the target was not reached, and what was left out; for people.
    """

    measurement: Measurement
    reached: bool
    changed: bool
    rebuilt: bool
    advice: tuple[str, ...]
