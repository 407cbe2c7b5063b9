"""The companion: an answer to everything, and to the words before the voice."""

import re
import time
from itertools import pairwise

import pytest

from assistant import EmotionEstimate, Transcript, Utterance
from assistant.plugins import MAX_TEXT_CHARACTERS
from assistant.settings import PluginSettings
from assistant.values import EMOTIONS
from tests.plugins import load

SAD_VOICE = EmotionEstimate({"sad": 0.8, "happy": 0.2})


@pytest.fixture
def plugin():
    return load("companion")


def said(text, emotion=None):
    return Utterance(Transcript(text), emotion)


def first_line(plugin, text, emotion=None):
    return plugin.wordings_for(said(text, emotion)).lines[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hello I lost my job today", "I am sorry. Do you want to tell me more about it?"),
        ("good night I am so tired", "You have earned some rest. What could wait?"),
        ("how are you I am sad", "I am sorry. Do you want to tell me more about it?"),
        ("what time is it in Tokyo", "I don't know that. A plugin could teach me."),
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


@pytest.mark.parametrize(
    "text",
    [
        "I am never happy anymore",
        "I never got the job",
        "I have not passed the exam",
        "I haven't won",
        "I was happy until she left",
        "nobody is happy here",
        "we didn’t win",
        "i dont feel happy",
        "he did not get the job",
        "I cannot be happy",
        "nothing makes me glad",
        "they are hardly happy",
        "it isn't that great",
        "it was great before he left",
        "I used to be so happy",
        "things are not going well",
        "I have never been so sad",
    ],
)
def test_joy_that_is_denied_or_over_is_no_joy(text, plugin):
    assert first_line(plugin, text) == "I am sorry. Do you want to tell me more about it?"


@pytest.mark.parametrize(
    "text",
    [
        "I wish I was happy",
        "if only I had won",
        "I almost won",
        "we nearly won",
        "I hope I passed",
        "will I ever be happy",
        "I want to be happy",
        "I'd be happy to see her",
        "until she left I was happy",
        "is everybody happy",
        "there is no good news",
        "it is not my birthday",
        "I do not like my new flat, great as it is",
    ],
)
def test_joy_that_may_not_be_is_asked_about(text, plugin):
    assert first_line(plugin, text) == "How do you feel about it?"


@pytest.mark.parametrize(
    "text",
    [
        "I passed the exam",
        "I have never been so happy",
        "I can't believe I won",
        "I couldn't be more happy",
        "I can't wait for my birthday",
        "isn't it great",
        "isn't that wonderful",
        "I am not only glad but proud",
        "no I am so happy",
        "never mind we won",
        "don't worry I passed",
        "I am not just glad but proud",
        "I want to tell you that I passed",
        "I love it",
    ],
)
def test_joy_is_shared(text, plugin):
    assert first_line(plugin, text) == "That is wonderful to hear! Tell me more."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("help me with my homework", "What do you need?"),
        ("I need help", "What do you need?"),
        (
            "help I am scared",
            "Let us take it one step at a time. What worries you most?",
        ),
        (
            "help me I am so lonely",
            "Being alone can weigh a lot. Whom would you like to hear from?",
        ),
        ("she passed out", "I see. Tell me more."),
        ("I did not say good morning", "I see. Tell me more."),
        ("I went to a different event", "I see. Tell me more."),
        ("are you happy", "I am a program, but I do listen."),
        ("I am not sad", "I see. What do you feel then?"),
        ("I don't feel so lonely today", "I see. What do you feel then?"),
    ],
)
def test_one_word_does_not_make_the_topic(text, line, plugin):
    assert first_line(plugin, text) == line


@pytest.mark.parametrize(
    "words",
    [
        "not ",
        "not so ",
        "if only ",
        "don't want to be ",
        "my ",
        "I can't ",
        "my chest is very ",
    ],
)
def test_the_longest_text_is_answered_before_the_deadline(words, plugin):
    begin = time.process_time()
    plugin.wordings_for(said(words * (MAX_TEXT_CHARACTERS // len(words))))
    assert time.process_time() - begin < PluginSettings().deadline_s


@pytest.mark.parametrize("label", EMOTIONS[1:])
def test_nothing_is_claimed_about_the_voice(label, plugin):
    for line in plugin.VOICES[label].lines:
        assert not re.match(r"you\b|your\b|that (?:was|must)|what a\b|it is", line.lower())


def test_words_outrank_the_voice(plugin):
    assert first_line(plugin, "I got the job", SAD_VOICE).startswith("That is wonderful")
    assert first_line(plugin, "", SAD_VOICE) == "I did not catch that."


@pytest.mark.parametrize("label", EMOTIONS[1:])
def test_each_feeling_in_the_voice_has_its_own_answer(label, plugin):
    voice = EmotionEstimate(dict.fromkeys(EMOTIONS, 0.0) | {label: 1.0})
    assert plugin.wordings_for(said("so it is", voice)) is plugin.VOICES[label]


def test_a_neutral_voice_is_answered_like_typed_words(plugin):
    voice = EmotionEstimate({"neutral": 1.0})
    assert plugin.wordings_for(said("so it is", voice)) is plugin.ANYTHING


@pytest.mark.parametrize(
    ("confidence", "certain", "counts"),
    [(0.5, None, True), (0.49, None, False), (0.9, False, False), (0.3, True, True)],
)
def test_an_uncertain_voice_does_not_count(confidence, certain, counts, plugin):
    others = ("calm", "happy", "angry", "fearful")
    probabilities = dict.fromkeys(others, (1 - confidence) / 4) | {"sad": confidence}
    wordings = plugin.wordings_for(said("so it is", EmotionEstimate(probabilities, certain)))
    assert wordings is (plugin.VOICES["sad"] if counts else plugin.ANYTHING)


def test_no_line_comes_twice_in_a_row(plugin):
    texts = ("I am sad", "so it is", "I am sad", "I am sad", "", "", "who wrote Faust") * 4
    lines = [plugin.respond(said(text)).text for text in texts]
    assert all(line != following for line, following in pairwise(lines))


def test_every_topic_has_lines_of_its_own(plugin):
    of_topics = [topic.wordings for topic in plugin.TOPICS]
    wordings = (*of_topics, *plugin.VOICES.values(), plugin.ANYTHING, plugin.NOTHING)
    lines = [line for each in wordings for line in each.lines]
    assert len(lines) == len(set(lines))


def test_words_of_crisis_are_answered_with_help_also_where_nobody_else_does(plugin):
    reply = plugin.respond(said("I want to kill myself", SAD_VOICE))
    assert reply.text.startswith("I am sorry that it is this hard.")
    assert reply.is_fixed
