"""Turn after turn in one run: each is answered, and nothing piles up.

All the while the microphone hears the loudspeaker, and it listens while it speaks: PulseAudio's
canceller takes its voice out, and what it says itself must be no turn.
"""

import pytest

from tests.soak import growth, soak


def held(virtual_audio, folder, n_turns):
    """Hold a conversation in which every turn is answered and nothing is left of one."""
    with virtual_audio.loopback():
        cancelling = ("--set", "audio.echo=cancel")
        turns = list(soak(virtual_audio, n_turns, folder, cancelling))
    assert [turn.number for turn in turns if not turn.is_answered] == []
    # One that has just ended may be on its way to be replaced.
    assert abs(turns[-1].n_children - turns[1].n_children) <= 1
    assert turns[-1].n_open <= turns[1].n_open + 4
    assert turns[-1].n_temporary == turns[1].n_temporary
    return turns


@pytest.mark.slow
def test_ten_turns_in_which_it_hears_itself(virtual_audio, tmp_path):
    held(virtual_audio, tmp_path, 10)


@pytest.mark.long
def test_sixty_turns_need_hardly_more_memory_than_ten(virtual_audio, tmp_path):
    """It settles within the first hundred; `make soak` measures what 500 need."""
    assert growth(held(virtual_audio, tmp_path, 60)) < 0.04
