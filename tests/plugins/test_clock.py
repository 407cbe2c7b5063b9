"""The clock: the time, and what speaks by itself when it is due."""

import time
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from assistant import Context, Transcript, Utterance, Wordings
from assistant.announcements import Announcement
from assistant.plugin_context import Cancelled
from assistant.plugin_discovery import Plugin
from assistant.plugin_module import MAX_PHRASES
from assistant.plugin_store import Store
from assistant.plugins import MAX_TEXT_CHARACTERS
from assistant.settings import PluginSettings
from assistant.spoken_times import spoken_time
from tests.own_plugins import Host
from tests.plugins import FOLDER, load

FRIDAY = datetime(2027, 1, 1, 14, 5)
HOUR_S = 3_600


class Desk:
    """The clock in a conversation: says things to it, and keeps what it announces."""

    def __init__(self, plugin, path=None, now=FRIDAY):
        self.plugin = plugin
        self.context = Context("clock", store=Store(path))
        self.context.send = self._take
        self.now_s = now.timestamp()
        self.waiting = {}

    def _take(self, unasked):
        if isinstance(unasked, Cancelled):
            del self.waiting[unasked.key]
        else:
            assert isinstance(unasked, Announcement)
            self.waiting[unasked.key] = unasked

    def say(self, *texts):
        """The last answer: its text, or None."""
        for text in texts:
            reply = self.plugin.answer(text, self.context, self.now_s)
            self.context.is_answer = bool(reply and reply.asks_s)
        return reply and reply.text

    @property
    def announced(self):
        """What will be said, and in how many seconds."""
        return [
            (each.reply.text, round(each.due_s - self.now_s)) for each in self.waiting.values()
        ]

    @property
    def due(self):
        """When that is which was set."""
        (announcement,) = self.waiting.values()
        return datetime.fromtimestamp(announcement.due_s)


@pytest.fixture
def plugin():
    return load("clock")


@pytest.fixture
def desk(plugin):
    return Desk(plugin)


@pytest.mark.parametrize(
    "text",
    [
        "what time is it",
        "What's the time?",
        "tell me the time",
        "hello what time is it please",
        "do you know what time it is",
        "have you got the time",
        "I don't know what time it is",
        "how late is it",
        "good morning, what time is it?",
        "excuse me, can you tell me what time it is",
        "I was wondering what time it is",
        "I'd like to know the time",
        "let me know what time it is",
        "but what time is it now",
        "the time please",
    ],
)
def test_the_time_is_told(text, desk):
    assert desk.say(text) == "It is five past two in the afternoon."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("what day is it", "Today is Friday, the first of January."),
        ("What’s the date?", "Today is Friday, the first of January."),
        ("what is today's date", "Today is Friday, the first of January."),
        ("what day is it tomorrow", "Tomorrow is Saturday, the second of January."),
        ("what's tomorrow's date", "Tomorrow is Saturday, the second of January."),
        ("do you know what day it is", "Today is Friday, the first of January."),
        ("tell me the date", "Today is Friday, the first of January."),
        ("what day was it yesterday", "Yesterday was Thursday, the thirty first of December."),
        ("what year is it", "It is 2027."),
        ("which month is it", "It is January."),
        ("can you tell me what year it is", "It is 2027."),
    ],
)
def test_the_date_is_told(text, line, desk):
    assert desk.say(text) == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "what a time I had",
        "what time is it in Tokyo",
        "what time is the meeting",
        "what day is christmas",
        "she asked me what time is it",
        "I don't care what time it is",
        "I know what time it is",
        "write down what time is it",
        "please write down the time",
        "note what time it is in the kitchen",
        "note what time it is",
        "make a note what day is it",
        "remember what year is it",
        "do you have time for me",
        "I had no time",
        "it is time to go",
        "I bought a timer",
        "the egg timer",
        "the timer rang after ten minutes",
        "my alarm rang at seven",
        "you remind me of my mother",
        "remind me what my notes are",
        "wake me up before you go go",
        "give me five minutes",
        "ten minutes",
        "how long is the film",
        "how many eggs are left",
        "turn off the alarm system",
        "stop the music",
        "cancel my subscription",
        "she said an alarm went off",
        "should the timer ring",
        "shut the timer",
        "hello",
    ],
)
def test_what_is_not_for_a_clock_is_left_to_others(text, desk):
    assert desk.say(text) is None
    assert desk.waiting == {}


@pytest.mark.parametrize(
    ("text", "length_s"),
    [
        ("set a timer for ten minutes", 600),
        ("timer for half an hour", 1_800),
        ("a half hour timer", 1_800),
        ("an hour timer", HOUR_S),
        ("set a timer for an hour and a half", 5_400),
        ("set a timer for one hour thirty", 5_400),
        ("Set a timer for twenty-five Minutes!", 1_500),
        ("set a timer for 10min", 600),
        ("set a timer for ten", 600),
        ("please start a countdown of thirty seconds", 30),
        ("could you set the timer to about four minutes please", 240),
        ("I need a timer for five minutes", 300),
        ("set a timer for two days", 172_800),
        ("set a timer until half past three", 85 * 60),
        ("set a timer for three o'clock", 55 * 60),
    ],
)
def test_a_timer_takes_as_long_as_was_said(text, length_s, desk):
    assert desk.say(text)
    ((_, due_s),) = desk.announced
    assert due_s == length_s


@pytest.mark.parametrize(
    ("heard", "length_s"),
    [
        ("should it timers for two hours", 7_200),
        ("shut up time or four five minutes", 300),
        ("said that timer for two minutes", 120),
        ("please sir the timer for five minutes", 300),
        ("please send a diner for five minutes", 300),
        ("said an egg timer for three minutes", 180),
    ],
)
def test_what_pocketsphinx_makes_of_set_a_timer_is_understood(heard, length_s, desk):
    assert desk.say(heard)
    ((_, due_s),) = desk.announced
    assert due_s == length_s


@pytest.mark.parametrize(
    ("heard", "line"),
    [
        ("shouted timer", "For how long?"),
        ("said an egg timer", "For how long?"),
        ("said an alarm", "At what time?"),
        ("cancel the diner", "I cancelled the egg timer."),
        ("counsel the timer", "I cancelled the egg timer."),
        ("can sell tenors", "I cancelled the egg timer."),
        ("stop the diner", "I cancelled the egg timer."),
        ("which tigers are running", "Your egg timer has three minutes left."),
        ("how long his left", "Your egg timer has three minutes left."),
        ("what time is a", "It is five past two in the afternoon."),
        ("what a tenor", None),
        ("counsel", None),
        ("stop the tiger king", None),
    ],
)
def test_what_pocketsphinx_makes_of_other_requests_is_understood(heard, line, desk):
    desk.say("a three minute egg timer")
    assert desk.say(heard) == line


def test_a_length_that_was_misheard_is_not_taken(desk):
    """The one of "timer for ten minutes" as PocketSphinx hears flite say it."""
    assert desk.say("shut up time or forty minutes") is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("a three minute egg timer", "egg timer"),
        ("set an egg timer for three minutes", "egg timer"),
        ("set a timer called washing machine for three minutes", "washing machine timer"),
        ("set a timer for the pizza for three minutes", "pizza timer"),
        ("set a timer for three minutes for my tea", "tea timer"),
        ("three minute timer for eggs", "eggs timer"),
        ("tea timer three minutes", "tea timer"),
    ],
)
def test_a_timer_keeps_its_name(text, label, desk):
    assert desk.say(text) == f"Your {label} runs for three minutes."
    assert desk.announced == [(f"Your {label} is done.", 180)]


def test_a_timer_without_a_name_is_called_by_its_length(desk):
    assert desk.say("set a timer for ten minutes") == "Your timer runs for ten minutes."
    assert desk.announced == [("Your ten minute timer is done.", 600)]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("wake me at seven", datetime(2027, 1, 2, 7)),
        ("wake me at seven p.m.", datetime(2027, 1, 1, 19)),
        ("wake me in twenty minutes", datetime(2027, 1, 1, 14, 25)),
        ("wake me on Sunday at ten", datetime(2027, 1, 3, 10)),
        ("wake me up seven", datetime(2027, 1, 2, 7)),
        ("wake me up early tomorrow at six", datetime(2027, 1, 2, 6)),
        ("wake me to seven", datetime(2027, 1, 2, 7)),
        ("at seven wake me", datetime(2027, 1, 2, 7)),
        ("this afternoon at three wake me", datetime(2027, 1, 1, 15)),
        ("set an alarm for half past six", datetime(2027, 1, 2, 6, 30)),
        ("set the alarm to seven", datetime(2027, 1, 2, 7)),
        ("said an alarm for seven", datetime(2027, 1, 2, 7)),
        ("alarm at eight o'clock", datetime(2027, 1, 2, 8)),
        ("alarm in ten minutes", datetime(2027, 1, 1, 14, 15)),
    ],
)
def test_an_alarm_rings_when_it_was_meant(text, due, desk):
    assert desk.say(text)
    assert desk.due == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("remind me at seven to call", datetime(2027, 1, 1, 19)),
        ("remind me tomorrow at seven to call", datetime(2027, 1, 2, 7)),
        ("remind me tonight at one to call", datetime(2027, 1, 2, 1)),
        ("remind me at ten to call", datetime(2027, 1, 1, 22)),
        ("remind me at ten to six to call", datetime(2027, 1, 1, 17, 50)),
        ("remind me in two weeks to call", datetime(2027, 1, 15, 14, 5)),
    ],
)
def test_a_reminder_comes_when_it_was_meant(text, due, desk):
    assert desk.say(text)
    assert desk.due == due


@pytest.fixture
def vienna(monkeypatch):
    """There the clocks go forward in the night to 28 March 2027."""
    monkeypatch.setenv("TZ", "Europe/Vienna")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("vienna")
@pytest.mark.parametrize(
    ("text", "in_s"), [("wake me at seven", 8 * HOUR_S), ("wake me in nine hours", 9 * HOUR_S)]
)
def test_the_night_in_which_an_hour_is_left_out_is_an_hour_shorter(text, in_s, plugin):
    desk = Desk(plugin, now=datetime(2027, 3, 27, 22))
    assert desk.say(text)
    ((_, due_s),) = desk.announced
    assert due_s == in_s


@pytest.mark.parametrize(
    ("text", "announced"),
    [
        ("remind me in twenty minutes to take the bread out", " to take the bread out"),
        ("remind me to take the bread out in twenty minutes", " to take the bread out"),
        ("Remind me to call Anna in 20 minutes.", " to call Anna"),
        ("in twenty minutes remind me to call Anna", " to call Anna"),
        ("remind me in twenty minutes to call my mother please", " to call your mother"),
        ("remind me in twenty minutes that I'm out", " that you are out"),
        ("remind me in twenty minutes of the oven", " about the oven"),
        ("remind me about the oven in twenty minutes", " about the oven"),
        ("set a reminder in twenty minutes the oven", ": the oven"),
        ("don't let me forget to go in twenty minutes", " to go"),
        ("remind me to boil eggs for ten minutes in twenty minutes",
         " to boil eggs for ten minutes"),
    ],
)  # fmt: skip
def test_a_reminder_says_what_it_is_about(text, announced, desk):
    assert desk.say(text)
    assert desk.announced == [(f"This is your reminder{announced}.", 1_200)]


def test_what_looks_like_a_time_in_a_task_is_part_of_the_task(desk):
    desk.say("remind me to look at seven houses at nine")
    assert desk.due == datetime(2027, 1, 1, 21)
    assert desk.announced[0][0] == "This is your reminder to look at seven houses."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("wake me at seven", "The alarm will ring tomorrow at seven o'clock in the morning."),
        ("wake me in an hour", "The alarm will ring in one hour."),
        ("remind me at six to go", "I will remind you at six o'clock in the evening to go."),
        ("remind me on Sunday at six to go", "I will remind you on Sunday at six o'clock in the"
         " morning to go."),
        ("remind me in ninety minutes to go", "I will remind you in one hour and thirty minutes"
         " to go."),
    ],
)  # fmt: skip
def test_what_was_understood_is_said_back(text, line, desk):
    assert desk.say(text) == line


@pytest.mark.parametrize(
    ("days", "day"), [("six", "Thursday"), ("seven", "Friday, the eighth of January")]
)
def test_what_is_due_in_a_week_is_told_with_its_date(days, day, desk):
    desk.say(f"remind me in {days} days to go")
    assert desk.say("when is my reminder") == (
        f"Your reminder comes on {day} at five past two in the afternoon to go."
    )


@pytest.mark.parametrize("text", ["remind me to feed the cat one", "remind me that seven come"])
def test_a_time_within_a_word_is_none(text, desk):
    assert desk.say(text) == "At what time?"
    desk.say("at six")
    assert desk.announced[0][0].endswith(text.removeprefix("remind me") + ".")


@pytest.mark.parametrize("time_said", ["24:10", "6:60", "two today"])
def test_a_time_that_there_is_not_is_asked_for(time_said, desk):
    assert desk.say(f"wake me at {time_said}") == "At what time?"
    assert desk.waiting == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("set a timer", "For how long?"),
        ("set an alarm", "At what time?"),
        ("remind me to go", "At what time?"),
        ("remind me in an hour", "What shall I remind you of?"),
    ],
)
def test_what_is_missing_is_what_is_asked(text, line, desk):
    assert desk.say(text) == line


@pytest.mark.parametrize(
    ("texts", "announced"),
    [
        (("set a timer", "ten minutes"), ("Your ten minute timer is done.", 600)),
        (("set a timer", "for five"), ("Your five minute timer is done.", 300)),
        (("set a timer", "let's say about half an hour please"),
         ("Your thirty minute timer is done.", 1_800)),
        (("set a timer", "until three"), ("Your fifty five minute timer is done.", 3_300)),
        (("set a timer", "a few minutes", "two"), ("Your two minute timer is done.", 120)),
        (("set a timer for a few minutes", "two"), ("Your two minute timer is done.", 120)),
        (("set a timer", "set a timer for ten minutes"),
         ("Your ten minute timer is done.", 600)),
        (("set a tea timer", "four minutes"), ("Your tea timer is done.", 240)),
        (("set a timer for 0 minutes", "one minute"), ("Your one minute timer is done.", 60)),
        (("set a timer for 0 minutes", "two"), ("Your two minute timer is done.", 120)),
        (("wake me", "in half an hour"),
         ("Ring, ring. This is your alarm for twenty five to three in the afternoon.", 1_800)),
        (("wake me at 25:00", "in half an hour"),
         ("Ring, ring. This is your alarm for twenty five to three in the afternoon.", 1_800)),
        (("remind me to go", "at three"), ("This is your reminder to go.", 3_300)),
        (("remind me", "in ten minutes", "to go"), ("This is your reminder to go.", 600)),
        (("remind me in ten minutes", "cancel the gym"),
         ("This is your reminder: cancel the gym.", 600)),
    ],
)  # fmt: skip
def test_what_is_half_understood_is_asked_back(texts, announced, desk):
    assert desk.say(texts[0]).endswith("?")
    assert desk.waiting == {}
    desk.say(*texts[1:])
    assert desk.announced == [announced]


def test_a_reminder_whose_time_has_come_meanwhile_comes_at_once(desk):
    desk.say("remind me in one second")
    desk.now_s += 5
    desk.say("to go")
    assert desk.announced == [("This is your reminder to go.", 1)]


@pytest.mark.parametrize(
    ("texts", "due"),
    [
        (("wake me tomorrow", "at eight"), datetime(2027, 1, 2, 8)),
        (("remind me on Sunday to pay", "nine thirty"), datetime(2027, 1, 3, 9, 30)),
        (("remind me in the morning to stretch", "at six"), datetime(2027, 1, 2, 6)),
        (("remind me to pay tomorrow", "in an hour"), datetime(2027, 1, 1, 15, 5)),
        (("wake me on Sunday", "twenty five", "at nine"), datetime(2027, 1, 3, 9)),
    ],
)
def test_a_day_that_was_named_holds_for_the_answer(texts, due, desk):
    desk.say(*texts)
    assert desk.due == due


@pytest.mark.parametrize(
    "answer", ["no", "cancel", "forget it", "no timer", "nothing", "no thanks, never"]
)
def test_a_question_may_be_refused(answer, desk):
    assert desk.say("set a timer", answer) == "All right."
    assert desk.say("ten minutes") is None
    assert desk.waiting == {}


def test_another_answer_is_left_to_others(desk):
    assert desk.say("set a timer", "what is the weather like") is None
    assert desk.say("set a timer", "what time is it") == "It is five past two in the afternoon."


def test_an_answer_that_nobody_waits_for_any_more_is_none(desk):
    desk.say("set a timer")
    desk.context.is_answer = False
    assert desk.say("ten minutes") is None


def test_an_answer_after_a_restart_is_none(tmp_path):
    Desk(load("clock"), tmp_path / "clock.json").say("set a timer")
    later = Desk(load("clock"), tmp_path / "clock.json")
    later.context.is_answer = True
    assert later.say("ten minutes") is None


def test_how_long_is_left_is_told(desk):
    desk.say("set a timer for ten minutes")
    desk.now_s += 90
    assert desk.say("how long is left") == (
        "Your ten minute timer has eight minutes and thirty seconds left."
    )


def test_how_long_is_left_is_told_of_all_timers_and_of_nothing_else(desk):
    desk.say("a three minute egg timer", "wake me at seven", "a ten minute timer")
    both = desk.say("how long is left")
    assert both == (
        "Your egg timer has three minutes left. Ten minutes left for your ten minute timer."
    )
    assert desk.say("how long is left on the timers").startswith("Your egg timer has")


def test_of_several_the_one_that_is_named_is_told(desk):
    desk.say("set an egg timer for three minutes", "set a tea timer for four minutes")
    assert desk.say("how long is left on the egg timer") == (
        "Your egg timer has three minutes left."
    )
    assert desk.say("when does the tea timer ring") == "Four minutes left for your tea timer."
    assert desk.say("how long until the pizza timer") == "There is no such timer."


def test_where_no_timer_runs_how_long_is_left_tells_of_the_alarm(desk):
    desk.say("wake me at seven")
    assert desk.say("how long is left") == (
        "Your alarm comes tomorrow at seven o'clock in the morning."
    )


def test_which_timers_run_is_told(desk):
    desk.say("a three minute egg timer", "set a timer for ten minutes", "wake me at seven")
    assert desk.say("which timers are running") == (
        "There are two timers. Your egg timer has three minutes left. "
        "Ten minutes left for your ten minute timer."
    )
    assert desk.say("do I have any alarms") == (
        "Your alarm comes tomorrow at seven o'clock in the morning."
    )
    assert desk.say("list my reminders") == "There is no reminder."


@pytest.mark.parametrize(
    "text",
    [
        "how long is left", "how much time is left", "which timers are running",
        "cancel the timer", "cancel all timers", "is a timer running", "stop the egg timer",
        "how long until the timer is done",
    ],
)  # fmt: skip
def test_where_nothing_runs_that_is_said(text, desk):
    assert desk.say(text) == "There is no timer."
    assert desk.say(text) == "No timer is set."


def test_a_timer_that_has_passed_is_forgotten(desk):
    desk.say("set a timer for ten minutes")
    desk.now_s += 600
    assert desk.say("how long is left") == "There is no timer."
    desk.say("set a timer for one minute")
    assert [each["length_s"] for each in desk.context.store["timers"]] == [60]


@pytest.mark.parametrize(
    "text",
    [
        "cancel the egg timer", "stop the egg timer", "turn the egg timer off",
        "please delete my egg timer", "cancel the three minute timer", "counsel the egg timer",
        "cancel the 3 minute timer", "cancel the timer for the eggs", "cancel the first timer",
    ],
)  # fmt: skip
def test_the_timer_that_is_named_is_cancelled(text, desk):
    desk.say("a three minute egg timer", "set a timer for ten minutes")
    assert desk.say(text) == "I cancelled the egg timer."
    assert [text for text, _ in desk.announced] == ["Time is up for your ten minute timer."]
    assert desk.say("which timers are running") == "Your ten minute timer has ten minutes left."


def test_the_last_timer_is_the_one_that_was_set_last(desk):
    desk.say("set a timer for ten minutes", "a three minute egg timer")
    assert desk.say("cancel the last timer") == "I cancelled the egg timer."


def test_the_only_timer_needs_no_name(desk):
    desk.say("a three minute egg timer", "wake me at seven")
    assert desk.say("cancel the timer") == "I cancelled the egg timer."
    assert len(desk.waiting) == 1


@pytest.mark.parametrize(
    ("answer", "line", "n_left"),
    [
        ("egg", "I cancelled the egg timer.", 2),
        ("the ten minute one", "I cancelled the ten minute timer.", 2),
        ("the second", "I cancelled the tea timer.", 2),
        ("the third one", "I cancelled the ten minute timer.", 2),
        ("all of them", "I cancelled three timers.", 0),
        ("no", "All right.", 3),
        ("pizza", None, 3),
        ("it is one", None, 3),
    ],
)
def test_which_of_several_is_asked(answer, line, n_left, desk):
    desk.say("a three minute egg timer", "a four minute tea timer", "a ten minute timer")
    assert desk.say("cancel the timer") == (
        "Which one: the egg timer, the tea timer or the ten minute timer?"
    )
    assert desk.say(answer) == line
    assert len(desk.waiting) == n_left


def test_of_two_the_one_that_is_meant_is_asked(desk):
    desk.say("a three minute egg timer", "a four minute tea timer")
    assert desk.say("cancel the timer") == "Which one: the egg timer or the tea timer?"


def test_of_two_that_are_called_the_same_one_says_the_first_or_the_last(desk):
    desk.say("a four minute egg timer", "a three minute egg timer")
    assert desk.say("cancel the egg timer") == "Which one: the first or the last?"
    desk.say("the first one")
    assert [due_s for _, due_s in desk.announced] == [240]


def test_one_that_is_done_before_it_was_named_is_not_cancelled(desk):
    desk.say("set an egg timer for one second", "a four minute tea timer", "cancel the timer")
    desk.now_s += 2
    assert desk.say("egg") is None
    assert desk.say("which timers are running").startswith("Your tea timer has")


@pytest.mark.parametrize("text", ["cancel all timers", "stop the timers"])
def test_all_timers_are_cancelled_and_no_alarm(text, desk):
    desk.say("a three minute egg timer", "a ten minute timer", "wake me at seven")
    assert desk.say(text) == "I cancelled two timers."
    assert [text[:10] for text, _ in desk.announced] == ["Ring, ring"]
    assert desk.say("cancel my seven o'clock alarm") == (
        "I cancelled the alarm for seven o'clock in the morning."
    )
    assert desk.waiting == {}


def test_a_reminder_is_cancelled_by_some_of_its_words(desk):
    desk.say("remind me at six to feed the cat", "remind me at nine to call Anna")
    assert desk.say("cancel the reminder about the cat") == (
        "I cancelled the reminder to feed the cat."
    )
    assert desk.say("cancel the dog reminder") == "There is no such reminder."
    assert len(desk.waiting) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("set a timer for 9000 hours", "A year is the most that I can wait."),
        ("add five minutes to the timer", "I can't change it. Cancel it and set another one."),
        ("snooze the alarm", "I can't change it. Cancel it and set another one."),
        ("remind me on the third of june at nine to write",
         "I know the days of a week, and no dates. Say a day or a number of days."),
        ("remind me on march third at nine to write",
         "I know the days of a week, and no dates. Say a day or a number of days."),
        ("remind me on the fifteenth at nine to write",
         "I know the days of a week, and no dates. Say a day or a number of days."),
        ("wake me on the third of june at nine",
         "I know the days of a week, and no dates. Say a day or a number of days."),
        ("set an alarm for next week",
         "I know the days of a week, and no dates. Say a day or a number of days."),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_said_with_what_to_do_instead(text, line, desk):
    assert desk.say(text) == line
    assert desk.waiting == {}


def test_more_than_fifty_are_refused(desk):
    for _ in range(50):
        desk.say("set a timer for ten minutes")
    assert desk.say("set a timer for one minute") == "So many are set. Cancel one first."
    assert len(desk.waiting) == 50


def test_what_runs_outlives_a_restart(tmp_path):
    Desk(load("clock"), tmp_path / "clock.json").say("a three minute egg timer")
    later = Desk(load("clock"), tmp_path / "clock.json")
    assert later.say("how long is left") == "Your egg timer has three minutes left."


def test_at_a_start_what_runs_is_announced_with_its_key_and_nothing_else(tmp_path, plugin):
    desk = Desk(plugin, tmp_path / "clock.json", datetime.now())
    desk.say("set a timer for one second", "a three minute egg timer")
    desk.context.store["timers"] = [
        each | {"due_s": each["due_s"] - 2} for each in desk.context.store["timers"]
    ]
    (_, key) = desk.waiting
    again = Desk(load("clock"), tmp_path / "clock.json")
    again.plugin.start(again.context)
    assert list(again.waiting) == [key]


def test_a_timer_that_cannot_be_kept_does_not_run(tmp_path, plugin):
    (tmp_path / "file").write_text("")
    desk = Desk(plugin, tmp_path / "file" / "clock.json")
    reply = plugin.respond(Utterance(Transcript("set a timer for one minute")), desk.context)
    assert reply.text == "I can't keep it. Is the disk full?"
    assert desk.waiting == {}


def test_a_timer_that_cannot_be_written_is_taken_back(tmp_path, plugin):
    desk = Desk(plugin, tmp_path / "clock.json")
    desk.context.store["full"] = "x" * 999_000
    desk.context.store["timers"] = []
    name = "many " * 2
    for _ in range(10):
        asked = Utterance(Transcript(f"set a {name}timer for ten minutes"))
        plugin.respond(asked, desk.context)
    assert 0 < len(desk.waiting) < 10
    assert set(desk.waiting) == {each["key"] for each in desk.context.store["timers"]}


REPEATED = (
    "what time is it", "what day is it", "what year is it", "what day is it tomorrow",
    "a three minute egg timer", "which timers are running", "how long is left", "set a timer",
    "set an alarm", "cancel all alarms", "cancel the pizza timer", "add a minute to the timer",
    "set a timer for 9000 hours", "remind me in an hour to go", "wake me at seven",
    "remind me in ten minutes", "list my reminders", "remind me to go in june",
)  # fmt: skip


@pytest.mark.parametrize("text", REPEATED)
def test_no_line_comes_twice_in_a_row(text, desk):
    replies = []
    for _ in range(4):
        replies.append(desk.say(text))
        desk.context.is_answer = False
    assert all(reply and reply != following for reply, following in pairwise(replies))


def test_every_line_has_several_wordings(plugin):
    found = [each for each in vars(plugin).values() if isinstance(each, Wordings)]
    tables = [each for each in vars(plugin).values() if isinstance(each, dict)]
    found += [each for table in tables for each in table.values() if isinstance(each, Wordings)]
    assert len(found) > 20
    assert all(len(set(wordings.lines)) >= 2 for wordings in found)


def test_the_phrases_are_few_and_each_is_answered(plugin):
    context = Context("clock", settings=plugin.Settings(waits_for_commands=True))
    phrases = plugin.phrases(context)
    assert plugin.phrases(Context("clock", settings=plugin.Settings())) == ()
    assert len(set(phrases)) == len(phrases) <= 30 <= MAX_PHRASES
    for phrase in phrases:
        assert Desk(plugin).say(phrase), phrase


@pytest.mark.parametrize("words", ["set a timer for ", "an hour and ", "remind me at ten to "])
def test_the_longest_text_is_left_to_others_at_once(words, desk):
    begin = time.process_time()
    text = words * (MAX_TEXT_CHARACTERS // len(words))
    assert desk.say(text) is None
    desk.say(text[: desk.plugin.LONGEST_REQUEST])
    assert time.process_time() - begin < PluginSettings().deadline_s


class Board:
    """Keeps what is announced."""

    def __init__(self):
        self.waiting = {}

    def add(self, announcement):
        self.waiting[announcement.key] = announcement

    def cancel(self, plugin, key):
        del self.waiting[key]


@pytest.mark.slow
def test_a_timer_is_set_and_cancelled_through_its_process_and_kept_over_a_restart(tmp_path):
    clock = Plugin("clock", "bundled", str(FOLDER / "clock.py"), is_enabled=True)
    setups = {"clock": {"settings": {}, "store": str(tmp_path / "clock.json")}}

    def said(text):
        return host.respond(Utterance(Transcript(text))).text

    board = Board()
    settings = PluginSettings(deadline_s=20)
    with Host([clock], settings, pytest.fail, setups=setups, board=board) as host:
        assert said("set a timer") == "For how long?"
        assert said("ten minutes") == "Your timer runs for ten minutes."
        assert host.phrases == ()
        begin = datetime.now()
        assert said("what time is it").endswith(times(begin))
    ((key, announcement),) = board.waiting.items()
    assert announcement.due_s == pytest.approx(time.time() + 600, abs=30)
    assert announcement.reply.text == "Your ten minute timer is done."
    board = Board()
    with Host([clock], settings, pytest.fail, setups=setups, board=board) as host:
        assert said("how long is left").startswith("Your ten minute timer has")
        assert said("cancel the timer") == "I cancelled the ten minute timer."
    assert key not in board.waiting


def times(begin):
    """How the time may be said now and in the next minute."""
    return tuple(f"{spoken_time(begin + timedelta(minutes=n))}." for n in range(2))


def test_who_is_asked_for_a_time_may_say_the_task_first(desk):
    assert desk.say("remind me") == "At what time?"
    assert desk.say("to call my mother") == "For what time?"
    assert desk.say("in ten minutes") == "I will remind you in ten minutes to call your mother."
    assert desk.say("remind me tomorrow") == "At what time?"
    assert desk.say("to go at nine") == (
        "A reminder comes tomorrow at nine o'clock in the morning to go."
    )


def test_what_is_no_task_is_left_to_others_when_a_time_is_asked_for(desk):
    assert desk.say("remind me", "the weather is nice") is None
    assert desk.say("set an alarm", "to call my mother") is None


def test_a_task_with_a_date_is_refused_as_elsewhere(desk):
    assert "days of a week" in desk.say("remind me", "to call Anna on the third of June")
    assert desk.waiting == {}


@pytest.mark.parametrize(
    "text",
    ["my watch stopped what time is it", "I'm late what time is it", "no what time is it"],
)
def test_the_time_may_be_asked_at_the_end(text, desk):
    assert desk.say(text) == "It is five past two in the afternoon."
