"""The contract of `PassageReader`."""

from ingest.model import Scope
from retrieval.model import Filters, Passage
from tests.contracts.stores import ME, Store, chunk, directions, first_axis

TEXTS = ["zero", "one", "two", "three", "four"]


def passages(store: Store) -> list[Passage]:
    hits = store.vectors.search(first_axis(), ME, Filters(), 100)
    return store.passages.passages([hit.chunk_id for hit in hits], ME)


def test_a_passage_tells_where_it_comes_from(store: Store) -> None:
    store.complete(store.upload(content="a").version_id, ["old"])
    receipt = store.upload(content="b", tags=["x"])
    one = chunk(0, "Twelve days.", ("Leave", "Casual leave"))
    store.writer.complete(receipt.version_id, "Handbook", [], [one], directions(1))
    (found,) = passages(store)
    assert (found.document_id, found.version_id, found.version) == (receipt.document_id, receipt.version_id, 2)
    assert (found.document, found.title, found.heading_path) == ("handbook.pdf", "Handbook", ("Leave", "Casual leave"))
    assert (found.ordinal, found.page, found.page_end, found.text) == (0, 1, 2, "Twelve days.")
    assert found.sentences == one.sentences


def test_passages_come_in_the_order_asked_for(store: Store) -> None:
    store.add("a.pdf", TEXTS)
    ids = [one.chunk_id for one in passages(store)]
    wanted = [ids[3], ids[0], ids[4]]
    assert [one.chunk_id for one in store.passages.passages(wanted, ME)] == wanted


def test_what_is_unknown_is_left_out(store: Store) -> None:
    store.add("a.pdf", TEXTS)
    (first, *_) = passages(store)
    assert store.passages.passages([999_999, first.chunk_id], ME) == [first]
    assert store.passages.passages([], ME) == []


def test_what_is_out_of_scope_is_left_out(store: Store) -> None:
    store.add("a.pdf", TEXTS, collection="hr")
    found = passages(store)
    store.restrict("hr", ["group:people"])
    assert store.passages.passages([one.chunk_id for one in found], ME) == []
    assert store.passages.neighbours(found[0], ME) == []
    assert store.passages.passages([found[0].chunk_id], Scope("ann", frozenset({"people"}))) == [found[0]]


def test_neighbours_are_of_the_same_version_in_order(store: Store) -> None:
    store.add("b.pdf", TEXTS)
    store.add("a.pdf", TEXTS)
    middle = next(one for one in passages(store) if one.ordinal == 2)
    near = store.passages.neighbours(middle, ME)
    assert [one.text for one in near] == ["one", "two", "three"]
    assert {one.version_id for one in near} == {middle.version_id}
    assert [one.text for one in store.passages.neighbours(near[0], ME, radius=3)] == TEXTS


def test_passages_of_a_replaced_version_can_still_be_read(store: Store) -> None:
    store.complete(store.upload(content="a").version_id, ["old"])
    (old,) = passages(store)
    store.complete(store.upload(content="b").version_id, ["new"])
    assert store.passages.passages([old.chunk_id], ME) == [old]


def test_deletion_is_final_at_once(store: Store) -> None:
    receipt = store.add("a.pdf", TEXTS)
    found = passages(store)
    store.library.delete(receipt.document_id, ME)
    assert store.passages.passages([one.chunk_id for one in found], ME) == []
    assert store.passages.neighbours(found[0], ME) == []
