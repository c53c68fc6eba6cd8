"""Finds and stores the cheapest way of searching the active index that reaches a recall target."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from ingest.errors import Permanent, Transient
from ingest.ports import nothing
from retrieval.indexes import IndexChoice, IndexRecord, Knob, VectorStore
from retrieval.switch import IndexSwitch
from retrieval.tuning.bench import Bench, strata
from retrieval.tuning.bounds import least_queries
from retrieval.tuning.cost import ROUNDS, cheapest
from retrieval.tuning.ladders import ladders
from retrieval.tuning.model import CONFIDENCE, Measurement, Settings, Source, Trial, TuneReport, TuneRequest
from retrieval.tuning.ports import Measurements
from retrieval.tuning.queries import Queries
from retrieval.tuning.strata import SHARES
from retrieval.tuning.sweep import Recalls, descend, tried

CHANGED = "The vector index was changed while it was tuned. Tune again."
LEAST_QUERIES = 400
SPARE_QUERIES = 2.5
"""Times as many as a perfect index would need to show the target."""


@dataclass(frozen=True, slots=True)
class Tuner:
    """Tunes the active index.

    Attributes:
        switch: Knows all indexes, and builds new ones.
        queries: Draws queries.
        measurements: Remembers what was measured.
        clock: Seconds, monotonic.
        now: The time, with a time zone.
        tell: Is told how far it is, in words.
        rounds: Of timing.
    """

    switch: IndexSwitch
    queries: Queries
    measurements: Measurements
    clock: Callable[[], float]
    now: Callable[[], datetime]
    tell: Callable[[str], None] = nothing
    rounds: int = ROUNDS

    def tune(self, request: TuneRequest) -> TuneReport:
        """Measure, and make the cheapest setting that reaches the target the one that searches.

        Raises:
            Permanent: Nothing is stored, or the queries are too few to show the target. NotFound: No model was used
            yet. Transient: A store cannot be used now, or the index was changed meanwhile.
        """
        return _Run(self, request, self.switch.register.active()).report()


@dataclass(frozen=True, slots=True)
class _Built:
    """An index with what was tried on it."""

    record: IndexRecord
    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial | None:
        return cheapest(self.trials)


@dataclass(frozen=True, slots=True)
class _Run:
    tuner: Tuner
    request: TuneRequest
    active: IndexRecord

    @property
    def store(self) -> VectorStore:
        return self.tuner.switch.store(self.active.choice)

    @property
    def knobs(self) -> Mapping[bool, list[Knob]]:
        """By whether they need a new index."""
        found = self.store.knobs(self.active.choice, self.active.dimension)
        return {builds: [knob for knob in found if knob.builds == builds] for builds in (False, True)}

    @property
    def present(self) -> Settings:
        """How the active index is searched now."""
        named = dict(self.active.choice.settings)
        return tuple(sorted((knob.name, named.get(knob.name, knob.default)) for knob in self.knobs[False]))

    def report(self) -> TuneReport:
        error = (1 - CONFIDENCE) / len(self.choices())
        source, bench = self._bench(error / len(ladders(self.knobs[False])))
        with ExitStack() as resources:
            if self.request.rebuild:
                resources.enter_context(self.tuner.switch.register.alone())
            first = self._tried(bench, self.active, error)
            best = self._others(bench, first, error)
            chosen = best.best
            now = self._present(bench, first, error)
            report = self._report(source, bench, (first, best), chosen or now)
            if chosen and not self.request.dry_run:
                report = replace(report, changed=self._adopt(best.record, chosen, resources))
            elif best is not first:
                self.tuner.switch.discard(best.record)
        return report if self.request.dry_run else self._remembered(report)

    def choices(self) -> list[IndexChoice]:
        """The active index, and what it could be built as."""
        if not self.request.rebuild or not self.knobs[True]:
            return [self.active.choice]
        named = dict(self.active.choice.settings)
        present = tuple((knob.name, named.get(knob.name, knob.default)) for knob in self.knobs[True])
        ways = product(*([(knob.name, value) for value in knob.values] for knob in self.knobs[True]))
        return [self.active.choice, *(self.active.choice.turned(way) for way in ways if way != present)]

    def _bench(self, error: float) -> tuple[Source, Bench]:
        """The queries with their true results, enough to show the target at this error."""
        wanted, switch = self.request, self.tuner.switch
        least = least_queries(wanted.recall, error)
        count = wanted.queries or max(LEAST_QUERIES, int(SPARE_QUERIES * least))
        if count < least:
            raise Permanent(
                f"{count:,} queries cannot show a recall of {wanted.recall:.1%}: at least {least:,} are needed,"
                " even if all of them find everything. Take more with --queries, or a lower target."
            )
        if not switch.stored.count():
            raise Permanent("There is nothing to tune yet: no document has been indexed.")
        self.tuner.tell(f"Drawing {count:,} queries and finding what they should find …")
        source, vectors = self.tuner.queries.drawn(count, least, wanted.seed)
        cases = strata(switch.stored, vectors, wanted.k, wanted.seed)
        return source, Bench(cases, wanted.k, switch.search, self.tuner.clock, self.tuner.rounds)

    def _tried(self, bench: Bench, record: IndexRecord, error: float) -> _Built:
        """Walk down this index's ladders and time what was tried."""

        def recalls(settings: Settings) -> Recalls:
            self.tuner.tell(f"Trying {words(settings)} …")
            return bench.recalls(self.store, record, settings)

        trials = descend(ladders(self.knobs[False]), bench.strata, recalls, self.request.recall, error)
        return _Built(record, tuple(bench.timed(self.store, record, trials, self.active)))

    def _others(self, bench: Bench, first: _Built, error: float) -> _Built:
        """The best of the index as it is and of those built beside it; the others are removed."""
        best = first
        for choice in self.choices()[1:]:
            self.tuner.tell(f"Building {words(choice.settings)} …")
            try:
                record, _ = self.tuner.switch.build(choice)
            except Permanent as refusal:
                self.tuner.tell(str(refusal))
                continue
            try:
                built = self._tried(bench, record, error)
            except BaseException:
                self.tuner.switch.discard(record)
                raise
            loser, best = (best, built) if _better(built, best) else (built, best)
            if loser is not first:
                self.tuner.switch.discard(loser.record)
        return best

    def _present(self, bench: Bench, first: _Built, error: float) -> Trial:
        """The way in which the index is searched now; measured where it was not on the way down."""
        for trial in first.trials:
            if trial.settings == self.present:
                return trial
        recalls = bench.recalls(self.store, self.active, self.present)
        trial = replace(tried(self.present, bench.strata, recalls, self.request.recall, error), reaches=False)
        return bench.timed(self.store, self.active, [trial], self.active)[0]

    def _report(self, source: Source, bench: Bench, built: tuple[_Built, _Built], shown: Trial) -> TuneReport:
        first, best = built
        trials = tuple(dict.fromkeys([*first.trials, *best.trials, shown]))
        choice = best.record.choice.turned(shown.settings) if best.best else self.active.choice
        measurement = Measurement(
            choice, "tuning", source, self.request.recall, self.request.k, self.tuner.switch.stored.count(), shown,
            trials, self.tuner.now(),
        )  # fmt: skip
        reached, rebuilt = best.best is not None, best is not first
        return TuneReport(measurement, reached, False, rebuilt, self._advice(bench, trials, reached))

    def _adopt(self, record: IndexRecord, chosen: Trial, resources: ExitStack) -> bool:
        """Search in the chosen way from now on; returns whether that is another one."""
        register = self.tuner.switch.register
        choice = record.choice.turned(chosen.settings)
        if not self.request.rebuild:
            resources.enter_context(register.alone())
        if register.active() != self.active:
            raise Transient(CHANGED)
        if record.number != self.active.number:
            self.tuner.switch.activate(record)
        elif chosen.settings == self.present:
            choice = record.choice
        if choice != record.choice:
            register.retune(record, choice)
        return choice != self.active.choice

    def _remembered(self, report: TuneReport) -> TuneReport:
        """Remember it under the settings that the index has by now."""
        record = self.tuner.switch.register.active()
        measurement = replace(report.measurement, choice=record.choice)
        self.tuner.measurements.save(record, measurement)
        return replace(report, measurement=measurement)

    def _advice(self, bench: Bench, trials: tuple[Trial, ...], reached: bool) -> tuple[str, ...]:
        missing = [name for name, _ in SHARES if name not in {stratum.name for stratum in bench.strata}]
        found = [f"Filters of {name} were left out: the documents are too few or too large." for name in missing]
        if reached:
            return tuple(found)
        best = max(trials, key=lambda one: (one.lower, one.recall))
        found.append(
            f"The best was {words(best.settings)}: {best.recall:.2%} found, which shows {best.lower:.2%}"
            f" with {CONFIDENCE:.0%} confidence."
        )
        if best.recall > self.request.recall:
            found.append("More queries would show more: --queries.")
        if self.knobs[True] and not self.request.rebuild:
            found.append("Try an index that is built with more care: --rebuild.")
        found.append("Try another kind of index: footnote db switch-index.")
        return tuple(found)


def _better(one: _Built, other: _Built) -> bool:
    if one.best is None or other.best is None:
        return one.best is not None
    return one.best.latency_ms < other.best.latency_ms


def words(settings: Settings) -> str:
    """Settings for people: `ef_search 100, m 16`."""
    return ", ".join(f"{name} {value}" for name, value in settings) or "the index as it is"
