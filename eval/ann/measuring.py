"""Builds an index and measures it with all settings under all filters."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.ann.kinds import Kind
from eval.ann.material import FILTERS, Material
from eval.ann.measure import measured
from eval.ann.subjects import Site, Subject
from eval.ann.usage import Watch, at_work_in, below, own, processor_seconds, watched

Json = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measuring:
    """Measures one index after the other.

    Attributes:
        site: Where they are built.
        drawn: The vectors and questions.
        home: Folder of the database's server and of everything else that is written.
        k: How many hits a search is for.
        rounds: How often each question is asked.
        tell: Is told how far it is.
    """

    site: Site
    drawn: Material
    home: Path
    k: int
    rounds: int
    tell: Tell

    def index(self, kind: Kind) -> Json:
        """All figures of an index. Raises: Permanent, Transient: It cannot be built or searched."""
        choice = kind.choice(len(self.drawn.vectors))
        building, used = self._watch(), self.cpu()
        with ExitStack() as until_built, ExitStack() as resources:
            until_built.enter_context(watched(building))
            subject = resources.enter_context(self.site.built(kind, choice))
            until_built.close()
            used = self.cpu() - used
            self.tell(
                f"  {subject.kind}: built in {sum(subject.seconds.values()):.1f} s, {used:.1f} s of processor time"
            )
            searching = self._watch()
            points = list(self._points(subject, kind, searching))
            return {
                "kind": subject.kind,
                "choice": {"store": choice.store, "kind": choice.kind, "settings": dict(choice.settings)},
                "build_seconds": subject.seconds,
                "build_processor_seconds": used,
                "bytes": subject.bytes,
                "bytes_a_vector": bytes_a_vector(subject.bytes, len(self.drawn.vectors)),
                "memory": {"building": building.grown, "searching": searching.grown},
                "points": points,
            }

    def cpu(self) -> float:
        """Processor time used so far by all that take part and can be seen, in seconds."""
        return processor_seconds(own() | at_work_in(self.home) | below(os.getpid()))

    def _points(self, subject: Subject, kind: Kind, memory: Watch) -> Iterator[Json]:
        """One for each setting and filter; memory is looked at in between, so as not to disturb the clock."""
        for knobs in kind.points:
            search = subject.searching(knobs)
            for name in FILTERS:
                point = measured(search, knobs, self.drawn, self.site.filled, name, self.k, self.rounds, self.cpu)
                memory.look()
                times = f"p50 {point.p50:.2f} ms, processor {point.cpu:.2f} ms"
                self.tell(f"    {dict(knobs)} {name}: recall {point.recall:.3f}, {times}")
                yield asdict(point)

    def _watch(self) -> Watch:
        return Watch(
            {
                "this process": own,
                "servers of the home": lambda: at_work_in(self.home),
                "server of its own": lambda: below(os.getpid()) - at_work_in(self.home),
            }
        )


def bytes_a_vector(parts: Json, rows: int) -> float | None:
    """Of the index itself on disk; `None` where that is not known."""
    size = parts.get("index", parts.get("folder"))
    return None if size is None else size / rows
