"""The JSON shapes are a contract: exactly these keys, in this nesting."""

import json

from app.cli import shapes
from retrieval.library import DeleteReceipt
from tests.unit.app.cli.library import ANSWER, HIT, MOMENT, STATUS, VERSION

HIT_SHAPE = {
    "document": "handbook.pdf",
    "version": 4,
    "page": 7,
    "page_end": 8,
    "score": 0.75,
    "dense_rank": 1,
    "lexical_rank": None,
    "rerank_score": 2.5,
    "text": "Casual leave is twelve days a year.",
}


def test_search() -> None:
    assert shapes.search_shape([HIT]) == {"hits": [HIT_SHAPE]}


def test_answer() -> None:
    assert shapes.answer_shape(ANSWER) == {
        "abstained": False,
        "confidence": 0.9,
        "sentences": [
            {
                "text": "Twelve days.",
                "citations": [
                    {
                        "document": "handbook.pdf",
                        "version": 4,
                        "quote": "Casual leave is twelve days",
                        "regions": [{"page": 7, "boxes": [[10.0, 20.5, 110.0, 32.5]]}, {"page": 8, "boxes": []}],
                    }
                ],
            }
        ],
        "hits": [HIT_SHAPE],
        "timings_ms": {"search": 12.0, "total": 15.0},
        "written_by": "quotes",
        "notice": "",
    }


def test_document() -> None:
    shape = shapes.document_shape(VERSION)
    assert shape["document"] == "handbook.pdf"
    assert (shape["id"], shape["version"], shape["status"]) == (2, 4, "indexed")
    assert shape["uploaded_at"] == "2026-01-02T03:04:05+00:00"
    assert shape["error"] is None
    assert set(shape) == set(shapes.DocumentShape.__annotations__)


def test_delete() -> None:
    receipt = DeleteReceipt("handbook.pdf", 2, 24, 60, 60, ("ab",), MOMENT)
    assert json.loads(json.dumps(shapes.delete_shape(receipt))) == {
        "document": "handbook.pdf",
        "versions": 2,
        "pages": 24,
        "chunks": 60,
        "vectors": 60,
        "blobs": ["ab"],
        "deleted_at": "2026-01-02T03:04:05+00:00",
    }


def test_status() -> None:
    shape = shapes.status_shape(STATUS)
    assert set(shape) == set(shapes.StatusShape.__annotations__)
    assert (shape["migration"], shape["dimension"], shape["index_kind"]) == (3, 384, "hnsw")
