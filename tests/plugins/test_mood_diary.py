"""The mood diary: kept only where that was allowed, and honest about what it knows."""

import json
import time
from datetime import datetime, timedelta

import pytest

from assistant import AssistantError, Context, Conversation, Transcript, Turn, Utterance
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import find
from assistant.plugin_store import MAX_BYTES, Store
from assistant.settings import PluginSettings
from assistant.values import EMOTIONS
from tests.fakes import estimate
from tests.own_plugins import Host
from tests.plugins import FOLDER, load
from tests.processes import wait_until

VIENNA = "CET-1CEST,M3.5.0,M10.5.0/3"
"""As POSIX writes a time zone, so that no table of zones is needed."""

TODAY = datetime(2026, 11, 18)


@pytest.fixture
def zone(monkeypatch):
    """A function that moves the computer; it begins in Vienna."""

    def move(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    move(VIENNA)
    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def plugin(zone):
    return load("mood_diary")


@pytest.fixture
def context(plugin):
    """A diary that may be kept and is empty."""
    context = Context("mood_diary", plugin.Settings())
    context.store["allowed"] = True
    return context


@pytest.fixture
def new(plugin):
    """A diary that nobody has been asked about."""
    return Context("mood_diary", plugin.Settings())


def at(hour=12, minute=0, days_ago=0):
    """Seconds since 1970 of a local time."""
    return (TODAY.replace(hour=hour, minute=minute) - timedelta(days=days_ago)).timestamp()


def hear(plugin, context, label, *, times=1, duration_s=2.0, now_s=None, certain=True):
    now_s = at() if now_s is None else now_s
    for _ in range(times):
        plugin.note(estimate(label, 0.8, certain), duration_s, context, now_s)


def says(plugin, context, text, now_s=None, is_answer=False):
    """The text of the answer; None where there is none."""
    context.is_answer = is_answer
    now_s = at(23, 59) if now_s is None else now_s
    reply = plugin.answer(text, context, now_s)
    return reply and reply.text


def today(plugin, context):
    return says(plugin, context, "how was I today")


def kept(context):
    return context.store.get("entries", [])


QUESTIONS = {
    "how was I today": "today",
    "How was I today?": "today",
    "how was my day": "today",
    "tell me how I was today please": "today",
    "how did I sound today": "today",
    "how was my mood so far today": "today",
    "how am I doing today": "today",
    "how was I yesterday": "yesterday",
    "how was my day yesterday": "yesterday",
    "how have I been feeling yesterday": "yesterday",
    "how was my week": "in the last seven days",
    "how have I been lately": "in the last seven days",
    "how have I been": "in the last seven days",
    "how I’ve been recently": "in the last seven days",
    "how was I in the last seven days": "in the last seven days",
    "how was my mood this week": "in the last seven days",
}


def converse(plugin, context, *turns):
    """Hear turns, a minute each: their label, and what was said of it later; typed is None."""
    for minute, (label, felt) in enumerate(turns, len(context.conversation.turns)):
        emotion = estimate(label, 0.8, True) if label else None
        turn = Turn(at(12, minute), "x", emotion, felt=felt)
        if emotion is not None:
            plugin.note(emotion, 2.0, context, turn.time_s + 59.9)
        context.conversation = Conversation((*context.conversation.turns, turn))


def test_what_the_person_says_of_it_takes_the_place_of_what_was_heard(plugin, context):
    hear(plugin, context, "sad", now_s=at(8))  # before this conversation
    converse(plugin, context, ("angry", "calm"), (None, ""), ("happy", ""), ("angry", "sad"))
    assert [entry[1] for entry in kept(context)] == ["sad", "calm", "happy", "angry"]
    hear(plugin, context, "happy", now_s=at(12, 5))
    assert [entry[1] for entry in kept(context)] == ["sad", "calm", "happy", "sad", "happy"]


def test_how_it_was_is_told_as_it_was_corrected(plugin, context):
    converse(plugin, context, *[("angry", "calm")] * 6)
    assert "You sounded calm almost all the time" in today(plugin, context)


def test_a_correction_finds_its_entry_where_others_were_not_noted(plugin, context):
    converse(plugin, context, ("sad", ""), ("sad", ""))
    context.store["allowed"] = False
    converse(plugin, context, ("sad", "calm"))
    assert today(plugin, context)
    assert [entry[1] for entry in kept(context)] == ["sad", "sad"]


def test_a_diary_with_confidences_is_still_read(plugin, context):
    context.store["entries"] = [[int(at(9)), "happy", 0.8, 2.0]] * 6
    assert "You sounded happy almost all the time" in today(plugin, context)


def test_a_correction_from_when_nothing_was_noted_changes_nothing(plugin, context):
    hear(plugin, context, "sad", now_s=at(8))
    context.conversation = Conversation(
        (Turn(at(12), "x", estimate("angry", 0.8, True), felt="calm"),)
    )
    assert today(plugin, context)
    assert [entry[1] for entry in kept(context)] == ["sad"]


@pytest.mark.parametrize("text", QUESTIONS)
def test_it_can_be_asked_in_many_words(text, plugin, context):
    assert says(plugin, context, text) == f"I noted nothing {QUESTIONS[text]}."


@pytest.mark.parametrize(
    "text",
    [
        "how are you today",
        "how was your week",
        "how was my flight today",
        "how was I to know",
        "how was I so stupid yesterday to believe it",
        "how have I been so wrong",
        "what day is it today",
        "show was my week",
        "yes",
        "no",
        "stop",
        "delete my list",
        "don't delete my mood diary",
        "what is my mood diary",
        "start my day",
        "",
    ],
)
def test_other_words_are_left_to_others(text, plugin, context, new):
    hear(plugin, context, "calm")
    for diary in (context, new):
        assert says(plugin, diary, text) is None
        assert says(plugin, diary, text, is_answer=True) is None
    assert len(kept(context)) == 1 and context.store["allowed"] is True


def test_nothing_is_kept_before_it_was_allowed(plugin, new):
    hear(plugin, new, "sad", times=3)
    assert len(new.store) == 0


@pytest.mark.parametrize("text", ["how was I today", "start my mood diary", "how was my week"])
def test_it_asks_when_it_is_first_wanted_and_remembers_a_yes(text, plugin, new):
    reply = plugin.respond(Utterance(Transcript(text)), new)
    assert reply.text.startswith("May I keep a diary of how you sound? Only the feeling,")
    assert reply.asks_s == 20
    hear(plugin, new, "sad")
    assert kept(new) == []
    assert says(plugin, new, "yes please", is_answer=True) in plugin.ALLOWED.lines
    hear(plugin, new, "sad")
    assert len(kept(new)) == 1
    assert today(plugin, new).startswith(("I heard you once today", "Today I heard you once"))


@pytest.mark.parametrize(
    "text",
    ["no", "know", "no thanks", "I'd rather not", "don't", "maybe later", "please don't"],
)
def test_a_no_is_remembered_and_it_does_not_ask_again(text, plugin, new):
    assert today(plugin, new) in plugin.MAY_I.lines
    assert says(plugin, new, text, is_answer=True) in plugin.FORBIDDEN.lines
    hear(plugin, new, "sad")
    assert kept(new) == []
    for _ in range(3):
        assert today(plugin, new) in plugin.NOT_KEPT.lines


@pytest.mark.parametrize(
    "text", ["what time is it", "yes but what time is it", "hm", "", "I don't know"]
)
def test_what_is_no_yes_allows_nothing_and_is_left_to_others(text, plugin, new):
    assert today(plugin, new) in plugin.MAY_I.lines
    assert says(plugin, new, text, is_answer=True) is None
    assert len(new.store) == 0
    assert says(plugin, new, "yes", is_answer=True) is None  # the question is over
    assert len(new.store) == 0


def test_a_yes_to_somebody_else_allows_nothing(plugin, new):
    assert today(plugin, new) in plugin.MAY_I.lines
    assert says(plugin, new, "yes", is_answer=False) is None
    assert len(new.store) == 0


def test_who_said_no_may_start_it_later(plugin, new):
    new.store["allowed"] = False
    assert says(plugin, new, "please start my mood diary") in plugin.MAY_I.lines
    assert says(plugin, new, "yes", is_answer=True) in plugin.ALLOWED.lines
    assert says(plugin, new, "start my mood diary") in plugin.IS_KEPT.lines


def test_stopped_it_notes_nothing_more_and_keeps_what_is_there(plugin, context):
    hear(plugin, context, "sad", times=2)
    assert says(plugin, context, "stop my mood diary") in plugin.STOPPED.lines
    hear(plugin, context, "sad")
    assert len(kept(context)) == 2
    assert "twice" in today(plugin, context)
    assert says(plugin, context, "how was I yesterday") in plugin.NOT_KEPT.lines


def test_stopped_while_it_is_empty_it_promises_nothing_about_its_content(plugin, context):
    assert says(plugin, context, "stop my mood diary") in plugin.FORBIDDEN.lines


@pytest.mark.parametrize(
    "text",
    ["delete my mood diary", "please erase my mood dairy", "Can you delete my mood diary?"],
)
def test_it_is_deleted_after_a_yes(text, plugin, context):
    hear(plugin, context, "sad")
    assert says(plugin, context, text) in plugin.MAY_I_DELETE.lines
    assert len(kept(context)) == 1
    assert says(plugin, context, "yes", is_answer=True) in plugin.DELETED.lines
    assert len(context.store) == 0
    hear(plugin, context, "sad")
    assert len(context.store) == 0
    assert today(plugin, context) in plugin.MAY_I.lines


@pytest.mark.parametrize("text", ["delete it", "Yes, delete it.", "okay please do it"])
def test_a_yes_may_say_what_is_to_be_done(text, plugin, context):
    says(plugin, context, "delete my mood diary")
    assert says(plugin, context, text, is_answer=True) in plugin.DELETED.lines


@pytest.mark.parametrize("text", ["no", "keep it", "No, keep it!", "maybe later"])
def test_who_wants_to_keep_it_is_told_that_it_stays(text, plugin, context):
    says(plugin, context, "delete my mood diary")
    assert says(plugin, context, text, is_answer=True) in plugin.LEFT.lines
    assert context.store["allowed"] is True


@pytest.mark.parametrize("text", ["keep it", "delete it"])
def test_what_is_a_yes_or_no_to_one_question_is_none_to_another(text, plugin, new):
    says(plugin, new, "start my mood diary")
    assert says(plugin, new, text, is_answer=True) is None
    assert len(new.store) == 0


@pytest.mark.parametrize(
    "text",
    ["no", "keep it", "what time is it", "yes but not now", "", "why not", "we could", "I do",
     "that would help", "please don't", "I don't know", "yes no"],
)  # fmt: skip
def test_it_is_not_deleted_without_a_yes(text, plugin, context):
    hear(plugin, context, "sad")
    says(plugin, context, "delete my mood diary")
    says(plugin, context, text, is_answer=True)
    says(plugin, context, "yes", is_answer=True)  # too late
    assert len(kept(context)) == 1
    assert context.store["allowed"] is True


def test_where_there_is_none_it_need_not_be_deleted(plugin, new):
    assert says(plugin, new, "delete my mood diary") in plugin.NOTHING_THERE.lines
    new.store["allowed"] = False
    assert says(plugin, new, "delete my mood diary") in plugin.NOTHING_THERE.lines


def test_it_can_be_deleted_while_it_is_empty_or_was_stopped(plugin, context):
    assert says(plugin, context, "delete my mood diary") in plugin.MAY_I_DELETE.lines
    hear(plugin, context, "sad")
    says(plugin, context, "stop my mood diary")
    assert says(plugin, context, "delete my mood diary") in plugin.MAY_I_DELETE.lines


def test_no_line_comes_twice_in_a_row(plugin, new, context):
    for text in ("start my mood diary", "delete my mood diary", "how was I today"):
        for diary in (new, context):
            assert says(plugin, diary, text) != says(plugin, diary, text)
    declined = []
    for _ in range(2):
        says(plugin, context, "delete my mood diary")
        declined.append(says(plugin, context, "no", is_answer=True))
    assert declined[0] != declined[1]
    hear(plugin, context, "calm", times=4)
    assert [today(plugin, context), today(plugin, context)] == [
        "I heard you four times today, which is too little to tell.",
        "Today I heard you four times, which is too little to tell.",
    ]


def test_an_entry_is_the_feeling_the_length_and_the_second(plugin, context):
    now_s = at(9, 30)
    plugin.note(estimate("sad", 0.8123, True), 2.345, context, now_s + 0.9)
    plugin.note(estimate("sad", 0.4, True), 0.0, context, now_s + 60)
    assert kept(context) == [[now_s, "sad", 2.3], [now_s + 60, "sad", 0.1]]


def test_a_feeling_that_is_not_reliable_is_not_kept(plugin, context):
    hear(plugin, context, "sad", certain=False)
    assert [entry[1] for entry in kept(context)] == [""]


def test_words_are_never_kept(plugin, context):
    utterance = Utterance(Transcript("my secret"), estimate("sad", certain=True), 1.0)
    plugin.on_emotion(utterance, utterance.emotion, context)
    assert len(kept(context)) == 1
    assert "secret" not in json.dumps(dict(context.store))


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (1, "I heard you once today, which is too little to tell."),
        (2, "I heard you twice today, which is too little to tell."),
        (4, "I heard you four times today, which is too little to tell."),
        (5, "I heard you five times today. You sounded calm almost all the time."),
        (12, "I heard you twelve times today. You sounded calm almost all the time."),
        (13, "I heard you thirteen times today. You sounded calm almost all the time."),
    ],
)
def test_it_says_how_often_it_heard_somebody_and_tells_nothing_of_too_little(
    times, said, plugin, context
):
    hear(plugin, context, "calm", times=times)
    assert today(plugin, context) == said


def test_what_was_not_clear_counts_as_heard_and_for_nothing_else(plugin, context):
    hear(plugin, context, "calm", times=4)
    hear(plugin, context, "angry", times=3, certain=False, duration_s=100)
    unclear = "I heard you seven times today, but it was too seldom clear how you sounded."
    assert today(plugin, context) == unclear
    hear(plugin, context, "calm")
    hear(plugin, context, "angry", times=2, certain=False)
    assert today(plugin, context) == (
        "Today I heard you ten times. You sounded calm almost all the time."
    )
    hear(plugin, context, "angry", certain=False)
    assert today(plugin, context) == (
        "I heard you eleven times today. I could tell how you sounded less than half of the "
        "time. You sounded calm almost all the time."
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ({"calm": 86, "sad": 14}, "You sounded calm almost all the time."),
        ({"calm": 84, "sad": 16}, "You mostly sounded calm."),
        ({"calm": 61, "sad": 39}, "You mostly sounded calm, and at times sad."),
        ({"calm": 81, "sad": 19}, "You mostly sounded calm."),
        ({"calm": 51, "sad": 49}, "About half of the time you sounded calm, and at times sad."),
        ({"calm": 41, "sad": 19, "happy": 19, "angry": 19},
         "About half of the time you sounded calm."),
        ({"calm": 35, "sad": 33, "happy": 32},
         "No feeling prevailed: you sounded now calm, now sad."),
        ({"fearful": 90, "disgust": 10}, "You sounded afraid almost all the time."),
        ({"disgust": 60, "fearful": 40}, "You mostly sounded disgusted, and at times afraid."),
    ],
)  # fmt: skip
def test_what_prevailed_is_told_by_the_time_spoken_and_in_words(seconds, said, plugin, context):
    for label, duration_s in seconds.items():
        hear(plugin, context, label, duration_s=duration_s - 0.8)
        hear(plugin, context, label, times=4, duration_s=0.2)
    text = today(plugin, context)
    assert text.endswith(f" {said}")
    assert not set("0123456789%") & set(said)


@pytest.mark.parametrize("label", EMOTIONS)
def test_each_feeling_has_a_word(label, plugin, context):
    hear(plugin, context, label, times=5)
    said = {"fearful": "afraid", "disgust": "disgusted"}.get(label, label)
    assert f"You sounded {said} almost" in today(plugin, context)


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (0, "At night"), (4, "At night"), (5, "In the morning"), (11, "In the morning"),
        (12, "In the afternoon"), (17, "In the afternoon"), (18, "In the evening"),
        (23, "In the evening"),
    ],
)  # fmt: skip
def test_when_of_day_it_was_otherwise_is_told(hour, said, plugin, context):
    for each in range(24):
        hear(plugin, context, "calm", duration_s=9, now_s=at(each))
    hear(plugin, context, "angry", times=3, duration_s=60, now_s=at(hour, 59))
    assert f"{said} you mostly sounded angry." in today(plugin, context)
    assert today(plugin, context).count("you mostly") == 1


def test_two_remarks_do_not_make_a_morning(plugin, context):
    hear(plugin, context, "calm", times=9)
    hear(plugin, context, "angry", times=2, now_s=at(8))
    assert "morning" not in today(plugin, context)


BEFORE = "on the days before."


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("calm", "sad", "You sounded sad more often than"),
        ("calm", "calm", "That is much as"),
    ],
)
def test_it_is_compared_with_the_days_before(before, now, said, plugin, context):
    for days_ago in (2, 3, 5):
        hear(plugin, context, before, times=5, now_s=at(days_ago=days_ago))
    hear(plugin, context, now, times=5)
    assert today(plugin, context).endswith(f" {said} {BEFORE}")


def test_a_feeling_may_have_become_rarer(plugin, context):
    for days_ago in (2, 3, 5):
        hear(plugin, context, "angry", times=6, now_s=at(days_ago=days_ago))
    for label in ("calm", "sad", "happy"):
        hear(plugin, context, label, times=2)
    assert today(plugin, context).endswith(f" You sounded angry less often than {BEFORE}")


@pytest.mark.parametrize(
    ("days_ago", "times"),
    [((1, 2), 10), ((1, 2, 3), 4), ((), 0)],
    ids=["two days", "few utterances", "nothing"],
)
def test_it_is_not_compared_with_too_little(days_ago, times, plugin, context):
    for ago in days_ago:
        hear(plugin, context, "calm", times=times, now_s=at(days_ago=ago))
    hear(plugin, context, "sad", times=5)
    assert BEFORE not in today(plugin, context)


def test_what_came_later_is_not_before(plugin, context):
    """Yesterday is compared with the days before it, not with today."""
    for days_ago in (0, 2, 3):
        hear(plugin, context, "calm", times=9, now_s=at(days_ago=days_ago))
    hear(plugin, context, "sad", times=5, now_s=at(days_ago=1))
    assert BEFORE not in says(plugin, context, "how was I yesterday")
    hear(plugin, context, "calm", times=9, now_s=at(days_ago=4))
    assert BEFORE in says(plugin, context, "how was I yesterday")


def test_a_week_tells_on_how_many_days_there_was_something_to_hear(plugin, context):
    hear(plugin, context, "angry", times=9, now_s=at(23, 59, days_ago=7))  # not in it
    for days_ago in (0, 3, 6):
        hear(plugin, context, "calm", times=2, now_s=at(0, days_ago=days_ago))
    assert says(plugin, context, "how was my week") == (
        "I heard you six times on three of the last seven days. "
        "You sounded calm almost all the time."
    )


def test_a_day_ends_at_midnight_by_the_clock_on_the_wall(plugin, context):
    hear(plugin, context, "sad", times=2, now_s=at(23, 59, days_ago=1))
    hear(plugin, context, "calm", now_s=at(0, 0))
    shortly_after_s = at(0, 1)
    yesterday = says(plugin, context, "how was I yesterday", shortly_after_s)
    assert "twice" in yesterday
    assert "once" in says(plugin, context, "how was I today", shortly_after_s)
    assert "twice" in says(plugin, context, "how was I today", at(23, 59, days_ago=1))


def test_elsewhere_the_same_moment_is_another_hour_and_day(plugin, context, zone):
    hear(plugin, context, "calm", times=5, now_s=at(12))
    hear(plugin, context, "sad", times=3, now_s=at(23, 30, days_ago=1))
    assert "five times" in says(plugin, context, "how was I today", at(13))
    now_s = at(13)
    zone("JST-9")  # where yesterday's last hour was this morning
    text = says(plugin, context, "how was I today", now_s)
    assert "eight times" in text and "In the morning you mostly sounded sad." in text


@pytest.mark.parametrize("day", [datetime(2026, 10, 25), datetime(2026, 3, 29)])
def test_a_day_on_which_the_clock_is_changed_is_one_day(day, plugin, context):
    for time_of_day in ((0, 0), (1, 59), (4, 0), (23, 59)):
        moment = day.replace(hour=time_of_day[0], minute=time_of_day[1])
        hear(plugin, context, "calm", now_s=moment.timestamp())
    hear(plugin, context, "sad", now_s=(day - timedelta(minutes=1)).timestamp())
    hear(plugin, context, "sad", now_s=(day + timedelta(days=1)).timestamp())
    now_s = (day + timedelta(days=1, hours=12)).timestamp()
    assert "four times" in says(plugin, context, "how was I yesterday", now_s)


def test_what_is_too_old_is_deleted(plugin, context):
    context.settings.keep_days = 2
    hear(plugin, context, "sad", now_s=at(12, 0))
    hear(plugin, context, "sad", now_s=at(12, 1))
    hear(plugin, context, "calm", now_s=at(12, 1, days_ago=-2))
    assert [entry[:2] for entry in kept(context)] == [
        [at(12, 1), "sad"],
        [at(12, 1, days_ago=-2), "calm"],
    ]


def test_it_is_deleted_though_nothing_more_is_noted(plugin, context):
    hear(plugin, context, "sad", now_s=at(days_ago=31))
    says(plugin, context, "how was I today", at())
    assert kept(context) == []
    context.store["entries"] = [[int(time.time()) - 31 * 86_400, "sad", 1.0]]
    context.store["allowed"] = False
    plugin.start(context)
    assert kept(context) == []


def test_it_keeps_thirty_days_where_nothing_else_is_set(plugin):
    assert plugin.Settings().keep_days == 30
    assert [plugin.Settings(days).keep_days for days in (1, 3650)] == [1, 3650]


@pytest.mark.parametrize("keep_days", [0, -1, 3651])
def test_it_keeps_from_one_day_to_ten_years(keep_days, plugin):
    with pytest.raises(AssistantError, match=f"keep_days must be 1 to 3650, got {keep_days}"):
        plugin.Settings(keep_days=keep_days)


def test_the_store_never_overflows(plugin, tmp_path):
    path = tmp_path / "mood_diary.json"
    context = Context("mood_diary", plugin.Settings(keep_days=3650), Store(path))
    longest = [int(at(8)), "surprised", 3599.9]
    context.store["entries"] = [longest] * plugin.MAX_ENTRIES
    context.store["allowed"] = True
    for minute in range(3):
        hear(plugin, context, "surprised", now_s=at(9, minute), duration_s=3599.9)
    entries = kept(context)
    assert len(entries) == plugin.MAX_ENTRIES
    assert [entry[0] for entry in entries[-4:]] == [at(8), at(9), at(9, 1), at(9, 2)]
    assert path.stat().st_size < MAX_BYTES
    assert "20000 times" in today(plugin, context)


@pytest.mark.slow
def test_it_asks_keeps_and_tells_through_the_child_process(tmp_path):
    wanted = {"mood_diary", "companion"}
    found = [each for each in find(Choices(), tmp_path, FOLDER) if each.name in wanted]
    path = tmp_path / "mood_diary.json"
    setups = {"mood_diary": {"settings": {"keep_days": 7}, "store": str(path)}}
    faults = []

    def running():
        return Host(found, PluginSettings(deadline_s=20), faults.append, setups=setups)

    def say(host, text):
        return host.respond(Utterance(Transcript(text), estimate("sad", certain=True), 1.5))

    with running() as host:
        question = host.respond(Utterance(Transcript("how was I today")))
        assert (question.plugin, question.asks_s) == ("mood_diary", 20)
        assert say(host, "yes").text.startswith("Thank you. I note how you sound")
        assert wait_until(lambda: n_kept(path) == 1)
    with running() as host:
        assert say(host, "I am so tired").plugin == "companion"
        assert wait_until(lambda: n_kept(path) == 2)
        assert "twice" in say(host, "how was my week").text
    assert faults == []
    assert "tired" not in path.read_text()


def n_kept(path):
    return len(json.loads(path.read_text()).get("entries", [])) if path.exists() else 0


def test_a_mere_please_deletes_nothing(plugin, context):
    hear(plugin, context, "sad")
    says(plugin, context, "delete my mood diary")
    assert says(plugin, context, "please", is_answer=True) is None
    assert kept(context)
