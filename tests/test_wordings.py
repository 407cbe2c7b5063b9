"""Several wordings of one thing."""

import pytest

from assistant import Wordings


def test_no_line_comes_twice_in_a_row():
    wordings = Wordings("one", "two", "three")
    assert [wordings.next() for _ in range(7)] == [
        "One", "Two", "Three", "One", "Two", "Three", "One",
    ]  # fmt: skip


def test_values_are_filled_in_before_the_capital_letter():
    assert Wordings("{count} notes", "notes: {count}").next(count="ten") == "Ten notes"


def test_it_goes_on_where_it_was():
    wordings = Wordings("one", "two", "three")
    wordings.n_said = 5
    assert wordings.next() == "Three"


def test_a_missing_value_is_an_error_and_says_no_line():
    wordings = Wordings("{count} notes", "notes")
    with pytest.raises(KeyError, match="count"):
        wordings.next()
    assert wordings.n_said == 0


@pytest.mark.parametrize("lines", [(), ("only one",)])
def test_fewer_than_two_are_refused(lines):
    with pytest.raises(ValueError, match="at least two"):
        Wordings(*lines)
