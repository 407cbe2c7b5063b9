"""Reading back the emotion: never claimed where it is not known."""

import re
from itertools import pairwise

import pytest

from assistant import Context, EmotionEstimate, Transcript, Utterance
from assistant.plugin_context import Felt
from assistant.values import EMOTIONS
from tests.plugins import load

WORDS_OF_CLAIM = ("You sound", "I hear", "Your voice is")


@pytest.fixture
def plugin():
    return load("emotion_readback")


def heard(label, confidence, certain=None):
    """An estimate of ``confidence`` for the label, the rest shared by the others."""
    rest = (1 - confidence) / (len(EMOTIONS) - 1)
    probabilities = dict.fromkeys(EMOTIONS, rest) | {label: confidence}
    return EmotionEstimate(probabilities, certain)


def test_typed_words_have_no_voice_to_read_back(plugin):
    assert plugin.respond(Utterance(Transcript("I am sad")), Context("x")) is None


def test_the_next_plugin_goes_on(plugin):
    reply = plugin.respond(Utterance(Transcript("x"), heard("happy", 0.9, True)), Context("x"))
    assert (reply.text, reply.continues) == ("You sound happy.", True)


@pytest.mark.parametrize(
    ("label", "word"),
    [
        ("neutral", "neutral"),
        ("calm", "calm"),
        ("happy", "happy"),
        ("sad", "sad"),
        ("angry", "angry"),
        ("fearful", "afraid"),
        ("disgust", "disgusted"),
        ("surprised", "surprised"),
    ],
)
def test_every_emotion_is_named(label, word, plugin):
    assert plugin.sentence(heard(label, 0.9, True)) == f"You sound {word}."


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize(
    ("confidence", "certain"),
    [(0.99, False), (0.99, None), (0.5, None), (0.49, None), (0.31, False), (0.2, None)],
)
def test_what_is_uncertain_is_never_claimed(label, confidence, certain, plugin):
    for _ in range(2):
        sentence = plugin.sentence(heard(label, confidence, certain))
        assert not any(words in sentence for words in WORDS_OF_CLAIM)
        assert re.fullmatch(r"[^.!?]+\?", sentence) or sentence in plugin.UNKNOWN.lines


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize("confidence", [0.2, 0.4, 0.9])
def test_what_is_certain_is_claimed(label, confidence, plugin):
    for _ in range(2):
        sentence = plugin.sentence(heard(label, confidence, True))
        assert sentence.startswith(WORDS_OF_CLAIM)


def test_a_likely_feeling_is_asked_about_and_an_unlikely_one_is_not(plugin):
    assert plugin.sentence(heard("sad", 0.3)) == "Do you feel sad?"
    assert plugin.sentence(heard("sad", 0.29)) in plugin.UNKNOWN.lines


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize(("confidence", "certain"), [(0.9, None), (0.5, None), (0.9, False)])
def test_what_is_likely_but_not_certain_is_asked(label, confidence, certain, plugin):
    for _ in range(2):
        sentence = plugin.sentence(heard(label, confidence, certain))
        assert sentence in plugin.ASKED[label].lines


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize(("confidence", "certain"), [(0.9, True), (0.4, None), (0.2, None)])
def test_no_line_comes_twice_in_a_row(label, confidence, certain, plugin):
    utterance = Utterance(Transcript("x"), heard(label, confidence, certain))
    lines = [plugin.respond(utterance, Context("x")).text for _ in range(4)]
    assert all(line != following for line, following in pairwise(lines))


def test_the_tables_hold_the_labels_of_the_model(plugin):
    assert set(plugin.HEARD) == set(EMOTIONS)
    assert set(plugin.ASKED) == set(EMOTIONS)


class Talk:
    """Somebody who talks with the plugin, and what it wants to be kept."""

    def __init__(self, plugin):
        self.plugin = plugin
        self.kept = []
        self.context = Context("emotion_readback", send=self.kept.append)

    def say(self, text, label="sad", confidence=0.9, certain=True):
        utterance = Utterance(Transcript(text), heard(label, confidence, certain))
        return self.plugin.respond(utterance, self.context)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("no i'm just tired", "neutral"),
        ("No, I’m just tired.", "neutral"),
        ("know i'm just tired", "neutral"),
        ("no i am fine really", "neutral"),
        ("no i'm not sad i'm angry", "angry"),
        ("actually i was only joking", "happy"),
        ("i'm just a bit worried", "fearful"),
        ("nope that was surprised not sad", "surprised"),
        ("no i feel happy", "happy"),
    ],
)
def test_who_contradicts_is_believed_and_that_is_kept(text, label, plugin):
    talk = Talk(plugin)
    talk.say("it rained all day")
    reply = talk.say(text)
    assert (reply.text in plugin.KEPT.lines, reply.continues) == (True, False)
    assert talk.kept == [Felt(label)]


@pytest.mark.parametrize(
    "text",
    ["no", "yes", "no thank you", "i am so tired", "what a day", "no i'm going home",
     "i'm just here", "nobody is happy", "another sad day"],
)  # fmt: skip
def test_what_contradicts_nothing_is_read_back(text, plugin):
    talk = Talk(plugin)
    talk.say("it rained all day")
    reply = talk.say(text)
    assert (reply.text.startswith(WORDS_OF_CLAIM), reply.continues) == (True, True)
    assert talk.kept == []


@pytest.mark.parametrize(
    "text",
    ["no i'm not", "that's wrong", "no that's not true", "i am not", "No, that’s wrong."],
)
def test_who_only_denies_is_asked_and_the_answer_is_kept(text, plugin):
    talk = Talk(plugin)
    talk.say("it rained all day")
    reply = talk.say(text)
    assert reply.text in plugin.MISHEARD.lines
    assert reply.asks_s == 20
    talk.context.is_answer = True
    assert talk.say("tired").text in plugin.KEPT.lines
    assert talk.kept == [Felt("neutral", turns_back=2)]


def test_an_answer_that_names_no_feeling_is_heard_like_anything(plugin):
    talk = Talk(plugin)
    talk.context.is_answer = True
    assert talk.say("never mind").continues
    assert talk.kept == []


def test_what_was_not_claimed_cannot_be_contradicted(plugin):
    talk = Talk(plugin)
    assert talk.say("no i'm just tired").continues
    talk = Talk(plugin)
    talk.say("hm", confidence=0.2, certain=False)
    assert talk.say("no i'm just tired").continues
    assert talk.kept == []


def test_a_correction_is_made_once(plugin):
    talk = Talk(plugin)
    talk.say("it rained all day")
    talk.say("no i'm just tired")
    assert talk.say("no i'm just tired").continues
    assert len(talk.kept) == 1


def test_the_words_for_feelings_lead_to_labels_of_the_model(plugin):
    assert set(plugin.FELT) == set(EMOTIONS)
    assert plugin.felt("not sad but happy") == "happy"
    assert plugin.felt("nothing of the kind, furious") == "angry"
    assert plugin.felt("a table") is None


def test_the_answer_to_another_plugin_s_question_corrects_nothing(plugin):
    talk = Talk(plugin)
    talk.say("it rained all day")
    talk.context.asked_by = "breathing"
    assert talk.say("no i'm fine").continues
    assert talk.kept == []
