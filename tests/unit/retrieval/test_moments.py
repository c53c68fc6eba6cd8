"""Moments as whole numbers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from retrieval.moments import microseconds


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (datetime(2026, 11, 1, 14, 30, 15, 123_456, tzinfo=timezone(timedelta(hours=2))), 1793536215123456),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), 253402300799999999),
    ],
)
def test_moments_are_exact_to_the_microsecond(moment: datetime, expected: int) -> None:
    assert microseconds(moment) == expected
