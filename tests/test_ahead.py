"""What is made ahead comes in order, not too far ahead, with what went wrong at its place."""

import threading
import time

import pytest

from assistant.ahead import Ahead


def wait_until(is_so):
    end_s = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_values_come_in_order_and_then_none():
    ahead = Ahead(range(50))
    assert [ahead.take(wait=True) for _ in range(51)] == [*range(50), None]
    assert ahead.is_over


def test_only_so_many_are_made_as_may_wait():
    made = []

    def values():
        for number in range(9):
            made.append(number)
            yield number

    ahead = Ahead(values(), n_ahead=2)
    wait_until(lambda: len(made) >= 2)
    time.sleep(0.05)
    assert made == [0, 1]
    assert ahead.take(wait=True) == 0
    wait_until(lambda: len(made) >= 3)
    time.sleep(0.05)
    assert made == [0, 1, 2]


def test_what_is_not_ready_is_none_where_one_does_not_wait():
    go_on = threading.Event()

    def values():
        go_on.wait(10)
        yield 7

    ahead = Ahead(values())
    assert ahead.take(wait=False) is None
    assert not ahead.is_over
    go_on.set()
    assert ahead.take(wait=True) == 7


def test_an_error_comes_after_the_values_before_it_and_once():
    def values():
        yield 1
        raise ZeroDivisionError

    ahead = Ahead(values())
    assert ahead.take(wait=True) == 1
    with pytest.raises(ZeroDivisionError):
        ahead.take(wait=True)
    assert ahead.is_over
    assert ahead.take(wait=True) is None


def test_close_ends_the_wait_and_the_thread():
    go_on = threading.Event()
    n_threads = threading.active_count()

    def values():
        go_on.wait(10)
        yield from range(9)

    ahead = Ahead(values())
    threading.Timer(0.1, ahead.close).start()
    assert ahead.take(wait=True) is None
    assert ahead.is_over
    go_on.set()
    wait_until(lambda: threading.active_count() <= n_threads)
