"""The packaged models."""

import numpy as np
import pytest

from infra.models.onnx import MAX_TOKENS, PROGRESS_EVERY, OnnxEmbedder
from infra.models.packaged import EMBEDDERS
from ingest.ports import Embedder, Vectors
from retrieval.ports import Reranker

TEXTS = [
    "Employees get twelve days of casual leave in a year.",
    "The canteen opens at noon.",
    "Short.",
    "A longer passage about the notice period, " * 30,
    "Überstunden werden bezahlt.",
    "",
]
QUESTION = "How many days of casual leave do employees get?"


@pytest.fixture(scope="module")
def together(embedder: Embedder) -> Vectors:
    return embedder.embed_documents(TEXTS)


def test_the_shape_and_the_name(embedder: Embedder, together: Vectors) -> None:
    assert (embedder.model_name, embedder.dimension, embedder.max_tokens) == ("bge-small-en-v1.5", 384, 512)
    assert together.shape == (len(TEXTS), 384)
    assert together.dtype == np.float32


def test_vectors_have_unit_length(embedder: Embedder, together: Vectors) -> None:
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert np.linalg.norm(embedder.embed_query(QUESTION)) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("position", range(len(TEXTS)))
def test_the_same_text_gives_the_same_bits_alone_and_among_others(
    embedder: Embedder, together: Vectors, position: int
) -> None:
    alone = embedder.embed_documents([TEXTS[position]])[0]
    assert alone.tobytes() == together[position].tobytes()


def test_the_order_of_texts_does_not_matter(embedder: Embedder, together: Vectors) -> None:
    assert embedder.embed_documents(TEXTS[::-1])[::-1].tobytes() == together.tobytes()


def test_one_thread_gives_the_same_bits(together: Vectors) -> None:
    packaged = EMBEDDERS["bge-small-en-v1.5"]
    single = OnnxEmbedder("one", packaged.directory(), packaged.query_prefix, threads=1)
    assert single.embed_documents(TEXTS).tobytes() == together.tobytes()


def test_a_question_gets_the_prefix(embedder: Embedder) -> None:
    prefix = "Represent this sentence for searching relevant passages: "
    asked = embedder.embed_query(QUESTION)
    assert asked.shape == (384,)
    assert asked.tobytes() == embedder.embed_documents([prefix + QUESTION])[0].tobytes()
    assert asked.tobytes() != embedder.embed_documents([QUESTION])[0].tobytes()


def test_what_belongs_together_is_near(embedder: Embedder, together: Vectors) -> None:
    similarities = together @ embedder.embed_query(QUESTION)
    assert similarities.argmax() == 0
    assert similarities[0] > similarities[1] + 0.2


def test_tokens_are_counted_without_special_ones_and_without_a_limit(embedder: Embedder) -> None:
    assert embedder.count_tokens(["casual leave", "", "unbelievabilities", "leave " * 1_000]) == [2, 0, 5, 1_000]
    assert embedder.count_tokens([]) == []


def test_what_is_too_long_is_cut(embedder: Embedder) -> None:
    full = "leave " * (MAX_TOKENS - 2)
    vectors = embedder.embed_documents([full, full + "notice " * 50, "leave " * (MAX_TOKENS - 3) + "notice"])
    assert vectors[0].tobytes() == vectors[1].tobytes()
    assert vectors[0].tobytes() != vectors[2].tobytes()


def test_progress_comes_now_and_then_and_at_the_end(embedder: Embedder) -> None:
    reported: list[int] = []
    embedder.embed_documents(["leave"] * (2 * PROGRESS_EVERY + 3), reported.append)
    assert reported == [PROGRESS_EVERY, 2 * PROGRESS_EVERY, 2 * PROGRESS_EVERY + 3]


def test_no_text_gives_no_vector(embedder: Embedder) -> None:
    assert embedder.embed_documents([]).shape == (0, 384)


def test_progress_may_stop_the_work(embedder: Embedder) -> None:
    def stop(done: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        embedder.embed_documents(["leave"] * 20, stop)


def test_the_answer_scores_highest(reranker: Reranker) -> None:
    scores = reranker.score(QUESTION, TEXTS[:3])
    assert len(scores) == 3
    assert scores[0] > 3.0
    assert scores[1] < -5.0
    assert scores[2] < -5.0


def test_a_score_depends_on_its_own_text_only(reranker: Reranker) -> None:
    together = reranker.score(QUESTION, TEXTS)
    assert [reranker.score(QUESTION, [text])[0] for text in TEXTS] == together
    assert reranker.score(QUESTION, []) == []


def test_question_and_text_are_told_apart(reranker: Reranker) -> None:
    one_way = reranker.score("casual leave", ["How many days do I get?"])
    assert one_way != reranker.score("How many days do I get?", ["casual leave"])


def test_a_long_text_does_not_push_the_question_out(reranker: Reranker) -> None:
    (score,) = reranker.score(QUESTION, [TEXTS[0] + " The canteen opens at noon." * 300])
    (other,) = reranker.score("Who repairs the printer on the second floor?", [TEXTS[0] + " The canteen opens." * 300])
    assert score > other + 3.0
