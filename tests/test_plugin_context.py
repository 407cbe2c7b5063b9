"""What a plugin has beside the utterance."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pytest

from assistant.child import MAX_LINE_BYTES
from assistant.errors import PluginError
from assistant.plugin_context import Cancelled, Context, Felt
from assistant.values import Reply, Style
from assistant.wire import to_plain


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


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda c: c.say(42), "context.say: expected a Reply or a str, got int"),
        (lambda c: c.say(None), "context.say: expected a Reply or a str, got NoneType"),
        (lambda c: c.say(""), "context.say: there is no text to say"),
        (lambda c: c.say(Reply(" ")), "context.say: there is no text to say"),
        (lambda c: c.say("x", key=5), "context.say: key: expected str, got 5"),
        (lambda c: c.say("x", at="18:00"), "context.say: at: expected a datetime, got '18:00'"),
        (
            lambda c: c.say("x", at=date(2026, 1, 2)),
            "context.say: at: expected a datetime, got datetime.date(2026, 1, 2)",
        ),
        (lambda c: c.say("x", after_s="5"), "context.say: after_s: expected float, got '5'"),
        (lambda c: c.say("x", after_s=True), "context.say: after_s: expected float, got True"),
        (
            lambda c: c.say("x", after_s=float("inf")),
            "context.say: due_s: expected a finite number, got inf",
        ),
        (
            lambda c: c.say(Reply("x", style=Style(rate=float("nan")))),
            "context.say: reply.style.rate: expected a finite number, got nan",
        ),
        (lambda c: c.cancel(None), "context.cancel: key: expected str, got None"),
        (
            lambda c: c.correct("happy", "1"),
            "context.correct: turns_back: expected int, got '1'",
        ),
        (
            lambda c: c.correct(["happy"]),
            "['happy'] is no emotion; there are neutral, calm, happy, sad, angry, fearful, "
            "disgust, surprised",
        ),
        (lambda c: c.ask(42, print), "context.ask: expected a Reply or a str, got int"),
    ],
)
def test_what_would_not_arrive_is_refused_where_it_is_sent(call, told, context, sent):
    with pytest.raises(PluginError) as caught:
        call(context)
    assert str(caught.value) == told
    assert sent == []


def test_text_of_another_kind_arrives(context, sent):
    class Room(StrEnum):
        HALL = "hall"

    context.say(Room.HALL, key=Room.HALL)
    assert (sent[0].key, sent[0].reply.text) == ("hall", "hall")


@pytest.mark.parametrize("sign", ["x", "\U0001f600"])
def test_a_text_that_is_too_long_to_arrive_is_cut(sign, context, sent):
    context.say(sign * 1_000_000)
    assert sent[0].reply.text.startswith(sign * 5_000)
    assert len(json.dumps(to_plain(sent[0]))) < MAX_LINE_BYTES


def test_a_question_that_was_refused_is_followed_by_nothing(context):
    with pytest.raises(TypeError, match=r"Reply\.asks_s must be a number, got str"):
        context.ask("Which?", print, asks_s="20")
    context.is_answer = True
    assert context.follow_up() is None


def test_what_follows_lasts_until_the_answer(context):
    context.begin()
    context.ask("Which?", print)
    context.is_answer = True
    context.begin()
    assert context.follow_up() is print


def test_what_follows_is_forgotten_where_something_else_is_said(context):
    context.ask("Which?", print)
    context.begin()
    context.is_answer = True
    assert context.follow_up() is None


def test_what_follows_is_forgotten_where_something_else_was_asked(context):
    context.ask("Which?", print)
    context.is_answer = True
    context.begin()  # and here something is asked without `ask`
    context.begin()
    assert context.follow_up() is None
