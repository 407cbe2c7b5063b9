"""The companion: an answer to everything, and to the words before the voice."""

import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from assistant import EmotionEstimate, Transcript, Utterance
from assistant.values import EMOTIONS
from tests.plugins import load

SAD_VOICE = EmotionEstimate({"sad": 0.8, "happy": 0.2})
NEW_YEAR = datetime(2027, 1, 1, 9, 5)


@pytest.fixture
def plugin():
    return load("companion")


def said(text, emotion=None):
    return Utterance(Transcript(text), emotion)


def first_line(plugin, text, emotion=None):
    return plugin.topic_of(said(text, emotion)).lines[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello!", "Hello! What is on your mind?"),
        ("hello there how are you", "I am well, thank you. And you?"),
        ("thanks a lot", "You are welcome."),
        ("good night my friend", "Good night. Sleep well."),
        ("goodbye", "Goodbye. It was good to talk to you."),
        ("What’s your name?", "I am Tonewise. I listen to what you say and to how you say it."),
        (
            "what can you do",
            "Talk to me, or ask for the time or the date. Plugins teach me more.",
        ),
        ("are you a robot", "I am a program, but I do listen."),
        ("I got the job and I am so happy", "That is wonderful to hear! Tell me more."),
        (
            "I feel so lonely tonight",
            "Being alone can weigh a lot. Whom would you like to hear from?",
        ),
        ("my dog died", "I am sorry. Do you want to tell me more about it?"),
        ("I am not very happy", "I am sorry. Do you want to tell me more about it?"),
        ("I don't feel well", "I am sorry. Do you want to tell me more about it?"),
        ("why does this thing never work", "That would annoy anyone. What happened?"),
        ("this makes me very angry", "That would annoy anyone. What happened?"),
        (
            "I am worried about tomorrow",
            "Let us take it one step at a time. What worries you most?",
        ),
        ("I am so tired", "You have earned some rest. What could wait?"),
        ("that is gross", "That does sound unpleasant."),
        ("who wrote Faust", "I don't know that. A plugin could teach me."),
        ("I won't say", "I see. Tell me more."),
        ("the chip is thin", "I see. Tell me more."),
        ("", "I did not catch that."),
        (" \n", "I did not catch that."),
    ],
)
def test_words_are_answered(text, line, plugin):
    assert first_line(plugin, text) == line


def test_words_outrank_the_voice(plugin):
    assert first_line(plugin, "I got the job", SAD_VOICE).startswith("That is wonderful")
    assert first_line(plugin, "", SAD_VOICE) == "I did not catch that."


@pytest.mark.parametrize("label", EMOTIONS[1:])
def test_each_feeling_in_the_voice_has_its_own_answer(label, plugin):
    voice = EmotionEstimate(dict.fromkeys(EMOTIONS, 0.0) | {label: 1.0})
    assert plugin.topic_of(said("so it is", voice)) is plugin.VOICES[label]


def test_a_neutral_voice_is_answered_like_typed_words(plugin):
    voice = EmotionEstimate({"neutral": 1.0})
    assert plugin.topic_of(said("so it is", voice)) is plugin.ANYTHING


@pytest.mark.parametrize(
    ("confidence", "certain", "counts"),
    [(0.5, None, True), (0.49, None, False), (0.9, False, False), (0.3, True, True)],
)
def test_an_uncertain_voice_does_not_count(confidence, certain, counts, plugin):
    others = ("calm", "happy", "angry", "fearful")
    probabilities = dict.fromkeys(others, (1 - confidence) / 4) | {"sad": confidence}
    topic = plugin.topic_of(said("so it is", EmotionEstimate(probabilities, certain)))
    assert topic is (plugin.VOICES["sad"] if counts else plugin.ANYTHING)


def every_topic(plugin):
    return (*plugin.TOPICS, *plugin.VOICES.values(), plugin.ANYTHING, plugin.NOTHING)


def test_no_line_comes_twice_in_a_row(plugin):
    texts = ("hello", "so it is", "hello", "hello", "", "", "what time is it") * 4
    lines = [plugin.respond(said(text)).text for text in texts]
    assert all(line != following for line, following in pairwise(lines))


def test_every_topic_has_lines_of_its_own(plugin):
    lines = [line for topic in every_topic(plugin) for line in topic.lines]
    assert len(lines) == len(set(lines))
    assert all(len(topic.lines) >= 2 for topic in every_topic(plugin))


def test_every_line_can_be_said_at_any_time(plugin):
    for topic in every_topic(plugin):
        for line in topic.lines:
            said_at_new_year = topic.line(NEW_YEAR)
            assert said_at_new_year
            assert "{" not in said_at_new_year, line


@pytest.mark.parametrize("text", ["what time is it", "What's the time?", "tell me the time"])
def test_the_time_is_the_real_one(text, plugin):
    before = datetime.now() - timedelta(minutes=1)
    hour_and_minute = re.search(r"\d\d:\d\d", plugin.respond(said(text)).text).group()
    times = {f"{before + timedelta(minutes=n):%H:%M}" for n in range(3)}
    assert hour_and_minute in times


@pytest.mark.parametrize("text", ["what day is it", "what is the date", "what's today's date"])
def test_the_date_is_asked_for(text, plugin):
    topic = plugin.topic_of(said(text))
    assert topic.line(NEW_YEAR) == "Today is Friday, January 1."
    assert topic.line(NEW_YEAR) == "It is Friday, January 1."
