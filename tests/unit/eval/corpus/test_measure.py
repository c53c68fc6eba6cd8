"""An installation's own documents, with everything real behind them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from app.application import EVERYBODY, Application
from app.settings import Settings
from app.wiring import open_application
from eval.corpus.exact import Neighbours
from eval.corpus.measure import Asked, CorpusMeasure, Found, is_right
from eval.corpus.report import Context, estimates, result_json, screen, skewness, write
from eval.home import ingest
from infra.postgres.access import PgAccess
from infra.postgres.server import Database, open_database
from infra.postgres.stored_vectors import PgStoredVectors
from ingest.errors import Permanent
from ingest.model import Scope
from retrieval.model import Filters, Passage, Scored
from tests.unit.eval.corpus.test_questions import passage
from tests.unit.eval.hits import hit

CONTEXT = Context("default", 0, "pgvector HNSW (halfvec)", {"rerank": True})
TOPICS = ("Canteen lunch vouchers", "Bicycle parking yard", "Parental leave request", "Laptop repair desk")
NOTES = "\n\n".join(f"# {topic}\n\n{topic} are looked after by the {topic.lower()} team every day." for topic in TOPICS)


def found(*ranks: int | None, lost: tuple[Passage, ...] = ()) -> Found:
    exact = Neighbours(np.array([[1, 2]] * len(ranks)), np.array([[0.9, 0.8]] * len(ranks), np.float32))
    asked = tuple(Asked(passage("One."), f"question {place}", "words", rank, 5) for place, rank in enumerate(ranks))
    dense = tuple([Scored(1, 0.9), Scored(3, 0.1)] for _ in ranks)
    pairs = tuple((one, "its question") for one in lost)
    return Found(4, asked, dense, exact, Counter({1: 2, 3: 2}), 2, 2, pairs)


def test_estimates_by_hand() -> None:
    means = {name: one.mean for name, one in estimates(found(1, 4, None, 20).asked).items()}

    assert means == {
        "recall@1": 0.25,
        "recall@3": 0.25,
        "recall@5": 0.5,
        "recall@10": 0.5,
        "recall@100": 0.75,
        "MRR@10": pytest.approx((1 + 0.25) / 4),
    }


def test_the_words_say_what_the_figures_are_worth(tmp_path: Path) -> None:
    result = found(1, None, lost=(passage("Nobody finds this."),))

    page = write(tmp_path, result, CONTEXT)
    shape = result_json(result, CONTEXT, page)

    assert "the figures flatter" in screen(result, CONTEXT)
    assert "the figures flatter" in page.read_text()
    assert "Nobody finds this." in page.read_text()
    assert "Nobody finds this." in (tmp_path / "never_found.jsonl").read_text()
    assert (shape["never_found"], shape["unseen"], shape["made_by"]) == (1, 2, {"words": 2})
    assert shape["index"]["index recall@10"]["mean"] == 0.5


def test_skewness_by_hand() -> None:
    occurrences = np.array([2.0, 2.0, 0.0, 0.0])
    assert skewness(found(1, 1)) == pytest.approx(float(((occurrences - 1) ** 3).mean()))


def test_a_hit_is_right_on_the_same_page_or_with_the_same_text() -> None:
    source = passage("text")

    assert is_right(hit("other.pdf", page=1), passage("other words"))
    assert not is_right(hit("other.pdf", page=2), passage("other words"))
    assert is_right(hit("other.pdf", page=2), source)


@pytest.fixture(scope="module")
def installed() -> Iterator[tuple[Application, Database]]:
    """Notes that all may read, and a secret that one person may read."""
    with TemporaryDirectory(prefix="footnote-test-") as folder:
        home = Path(folder) / "home"
        notes, secret = Path(folder) / "notes.md", Path(folder) / "secret.md"
        notes.write_text(NOTES)
        secret.write_text("# Merger\n\nThe secret merger with the lighthouse company is planned for autumn.")
        settings = Settings(home=home, rerank=False, query_log="off")
        with open_application(settings) as application, open_database(home, None) as database:
            ingest(application, [notes])
            application.upload_path(secret, collection="board")
            application.run_worker(until_idle=True)
            with database.transaction() as connection:
                connection.execute("UPDATE collections SET readers = '{user:ann}' WHERE name = 'board'")
            yield application, database


def measure(installed: tuple[Application, Database], scope: Scope, filters: Filters = Filters()) -> CorpusMeasure:
    application, database = installed
    told: list[str] = []
    return CorpusMeasure(application, PgAccess(database), PgStoredVectors(database), scope, filters, 3, told.append)


@pytest.mark.slow
def test_questions_find_their_chunks(installed: tuple[Application, Database]) -> None:
    result = measure(installed, EVERYBODY).run(3, 10, None)

    assert len(result.asked) == 3
    assert {one.rank for one in result.asked} == {1}
    assert (result.unseen, result.lost) == (0, ())
    assert all({one.chunk_id for one in hits} == set(result.seen) for hits in result.dense)
    assert result.asked == measure(installed, EVERYBODY).run(3, 10, None).asked


@pytest.mark.slow
def test_only_what_the_asker_may_read_is_measured(installed: tuple[Application, Database]) -> None:
    everybody = measure(installed, EVERYBODY).run(100, 10, None)
    ann = measure(installed, Scope("ann")).run(100, 10, None)

    assert ann.chunks == everybody.chunks + 1
    assert {one.source.document for one in everybody.asked} == {"notes.md"}
    assert {one.source.document for one in ann.asked} == {"notes.md", "secret.md"}
    assert not {one.source.chunk_id for one in ann.asked if one.source.document == "secret.md"} & set(everybody.seen)


@pytest.mark.slow
def test_filters_limit_what_is_measured(installed: tuple[Application, Database]) -> None:
    board = measure(installed, Scope("ann"), Filters(collections=("board",))).run(100, 10, None)

    assert {one.source.document for one in board.asked} == {"secret.md"}
    with pytest.raises(Permanent, match="There is nothing to measure"):
        measure(installed, EVERYBODY, Filters(collections=("board",))).run(100, 10, None)


@pytest.mark.slow
def test_a_model_asks_where_it_can(installed: tuple[Application, Database]) -> None:
    def model(source: Passage) -> str | None:
        return "Who looks after bicycles?" if "Bicycle" in source.text else None

    result = measure(installed, EVERYBODY).run(100, 10, model)

    assert {one.maker for one in result.asked} == {"model", "words"}
    assert [one.question for one in result.asked if one.maker == "model"] == ["Who looks after bicycles?"]


@pytest.mark.slow
def test_a_chunk_that_nothing_finds_is_listed(
    installed: tuple[Application, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for one candidate only, a chunk that another one outdoes for its own question is never found."""
    monkeypatch.setattr("eval.corpus.measure.DEPTH", 1)
    monkeypatch.setattr("eval.corpus.measure.made_question", lambda *_: "Bicycle parking yard")

    result = measure(installed, EVERYBODY).run(1, 10, None)

    assert result.unseen == result.tried == result.chunks - len(result.seen) > 0
    assert {one.chunk_id for one, _ in result.lost}.isdisjoint(result.seen)
    assert len(result.lost) == result.unseen
