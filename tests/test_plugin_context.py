"""What a plugin has beside the utterance."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from assistant.errors import PluginError
from assistant.plugin_context import Cancelled, Context, Felt
from assistant.values import Reply, Style


@pytest.fixture
def sent():
    return []


@pytest.fixture
def context(sent):
    return Context("clock", send=sent.append)


def test_something_is_said_now_or_later(context, sent):
    keys = [context.say("now"), context.say(Reply("later", style=Style(rate=0.5)), after_s=60)]
    now, later = sent
    assert [now.key, later.key] == keys
    assert keys[0] != keys[1]
    assert now.reply == Reply("now", "clock")
    assert later.reply == Reply("later", "clock", Style(rate=0.5))
    assert abs(now.due_s - time.time()) < 30
    assert later.due_s - now.due_s == pytest.approx(60, abs=30)


@pytest.mark.parametrize("zone", [None, UTC])
def test_a_time_without_a_zone_is_local(zone, context, sent):
    at = datetime.now(zone) + timedelta(hours=1)
    assert context.say("tea", at=at, after_s=5, key="tea") == "tea"
    assert sent[0].due_s == pytest.approx(time.time() + 3605, abs=30)


def test_a_time_that_is_none_is_refused(context):
    with pytest.raises(PluginError, match="is no time"):
        context.say("tea", at=datetime(1, 1, 1))


def test_something_is_taken_back(context, sent):
    context.cancel("tea")
    assert sent == [Cancelled("tea")]


def test_a_feeling_is_corrected(context, sent):
    context.correct("calm")
    assert sent == [Felt("calm")]
    with pytest.raises(PluginError, match="'tired' is no emotion; there are neutral, calm"):
        context.correct("tired")


def test_the_answer_to_a_question_goes_where_it_was_asked(context):
    def recommend():
        return "a book"

    assert context.ask("A book or a film?", recommend) == Reply("A book or a film?", asks_s=20)
    context.is_answer = True
    assert context.follow_up() is recommend
    assert context.follow_up() is None


def test_what_answers_nothing_ends_the_wait(context):
    asked = context.ask(Reply("Which?", style=Style(rate=0.5)), print, asks_s=5)
    assert asked == Reply("Which?", style=Style(rate=0.5), asks_s=5)
    assert context.follow_up() is None  # something else was said
    context.is_answer = True
    assert context.follow_up() is None
