from eval.ann.bars import Bar, as_json, show


def test_a_bound_is_the_least_or_the_most() -> None:
    assert Bar("recall", 0.99, 0.98).met
    assert not Bar("recall", 0.97, 0.98).met
    assert Bar("times", 2.0, 4.0, ceiling=True).met
    assert not Bar("times", 4.1, 4.0, ceiling=True).met
    assert Bar("told only", 0.0, None).met


def test_a_missed_bar_is_told() -> None:
    text = show([Bar("recall", 0.97, 0.98), Bar("times", 2.0, 4.0, ceiling=True), Bar("told", 3.0, None)])
    lines = text.splitlines()
    assert lines[1].split() == ["recall", "0.970", "≥", "0.98", "MISSED"]
    assert lines[2].split() == ["times", "2.000", "≤", "4", "met"]
    assert lines[3].split() == ["told", "3.000"]


def test_programs_get_bounds_and_whether_they_are_met() -> None:
    shape = as_json([Bar("recall", 0.97, 0.98)], [1.0, 2.0])
    assert shape["bars"] == [{"name": "recall", "value": 0.97, "bound": 0.98, "ceiling": False, "met": False}]
    assert shape["load"] == [1.0, 2.0]
