"""The table of speeds; the speeds themselves are no test."""

from assistant.training.speed import N_WARMING_UP, measured, table

OURS = "Tonewise: front end and int8 model"


def test_every_way_is_timed_in_turn_after_warming_up():
    calls = []
    times = measured({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert calls == ["a", "b"] * (N_WARMING_UP + 3)
    assert {name: len(each) for name, each in times.items()} == {"a": 3, "b": 3}
    assert all(second >= 0 for each in times.values() for second in each)


def test_the_table_has_medians_percentiles_and_ratios():
    found = table({OURS: [0.002, 0.002, 0.004], "theirs": [0.02, 0.02, 0.06]})
    assert found.splitlines()[2:] == [
        f"| {OURS} | 2.00 | 3.80 | 1.0 |",
        "| theirs | 20.00 | 56.00 | 10.0 |",
    ]
