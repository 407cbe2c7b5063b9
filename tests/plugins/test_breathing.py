"""The guided breath: offered seldom and kindly, and given to whoever asks."""

import math
import re
from itertools import pairwise

import pytest

from assistant import AssistantError, Context, Style, Transcript, Utterance
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import find
from assistant.plugin_process import MAX_REPLY_CHARACTERS
from assistant.plugin_store import Store
from assistant.settings import PluginSettings
from assistant.values import Reply
from tests.fakes import estimate
from tests.own_plugins import Host
from tests.plugins import FOLDER, load

NOW_S = 1_800_000_000.0
ANGRY = estimate("angry", 0.8, certain=True)
UPSETTING = "this makes me so angry"


@pytest.fixture
def plugin():
    return load("breathing")


@pytest.fixture
def context(plugin):
    return Context("breathing", plugin.Settings())


def said(text, emotion=ANGRY):
    return Utterance(Transcript(text), emotion, 1.0)


def typed(text):
    return Utterance(Transcript(text))


def answered(plugin, context, utterance, now_s=NOW_S):
    """What is answered, as one text; None where nothing is."""
    reply = plugin.answer(utterance, context, now_s)
    if reply is None or isinstance(reply, Reply):
        return reply and reply.text
    return " ".join(part.text for part in reply)


@pytest.mark.parametrize(
    ("label", "confidence", "certain", "is_offered"),
    [
        ("angry", 0.8, True, True),
        ("fearful", 0.8, True, True),
        ("angry", 0.5, None, True),
        ("fearful", 0.5, None, True),
        ("angry", 0.49, None, False),
        ("angry", 0.49, True, False),  # less than the least confidence
        ("angry", 0.9, False, False),
        ("sad", 0.9, True, False),
        ("disgust", 0.9, True, False),
        ("neutral", 0.9, True, False),
        ("happy", 0.9, True, False),
    ],
)
def test_a_breath_is_offered_to_a_reliably_angry_or_fearful_voice_alone(
    label, confidence, certain, is_offered, plugin, context
):
    emotion = estimate(label, confidence, certain)
    reply = plugin.answer(said("it is all too much", emotion), context, NOW_S)
    assert (reply is not None) == is_offered
    if is_offered:
        assert (reply.text, reply.asks_s) == (plugin.OFFERS.lines[0], 20)


def test_the_least_confidence_can_be_set(plugin):
    context = Context("breathing", plugin.Settings(least_confidence=0.9))
    assert answered(plugin, context, said(UPSETTING)) is None
    assert answered(plugin, context, said(UPSETTING, estimate("angry", 0.9, True)))


def test_typed_words_have_no_voice_that_could_be_angry(plugin, context):
    assert answered(plugin, context, typed(UPSETTING)) is None


def test_an_offer_claims_no_feeling(plugin):
    for line in plugin.OFFERS.lines:
        assert not re.search(r"angry|anger|afraid|upset|you (?:are|sound|seem)", line)


@pytest.mark.parametrize(
    "text",
    [
        "what time is it",
        "What's the time?",
        "who wrote Faust",
        "when is the train",
        "where are my keys",
        "how do I get there",
        "which one is it",
        "why does this thing never work",
        "set a timer for ten minutes",
        "stop the timer",
        "play some music",
        "turn the lamp off",
        "tell me a joke",
        "take a note",
        "delete my list",
        "cancel the alarm",
        "please turn it off",
        "I said turn off the light",
        "well so what is it now",
        "is it raining",
        "can you hear me",
        "help",
        "goodbye",
        "thank you",
        "yes",
        "no",
        "no thanks",
        "why not",
        "that would help",
        "",
        " ",
        "...",
    ],
)
def test_nothing_is_offered_where_something_else_was_asked_or_nothing_was_said(
    text, plugin, context
):
    assert answered(plugin, context, said(text)) is None
    assert "offered_s" not in context.store


@pytest.mark.parametrize(
    "text",
    [
        "nobody listens to me",
        "I whatever",
        "I am stopping here",
        "settled it is not",
        "know it",
    ],
)
def test_other_words_may_begin_alike(text, plugin, context):
    assert answered(plugin, context, said(text)) in plugin.OFFERS.lines


@pytest.mark.parametrize(
    ("after_s", "is_offered"),
    [(0, False), (1, False), (599.9, False), (600, True), (10_000, True), (-5, True)],
)
def test_it_is_offered_at_most_once_in_ten_minutes(after_s, is_offered, plugin, context):
    """Where the clock was set back, a time in the future is no reason to be silent for long."""
    assert answered(plugin, context, said(UPSETTING))
    again = answered(plugin, context, said(UPSETTING), NOW_S + after_s)
    assert (again is not None) == is_offered


def test_the_time_between_offers_can_be_set(plugin):
    context = Context("breathing", plugin.Settings(every_s=5))
    assert answered(plugin, context, said(UPSETTING))
    assert answered(plugin, context, said(UPSETTING), NOW_S + 4) is None
    assert answered(plugin, context, said(UPSETTING), NOW_S + 5)


def test_the_time_of_the_last_offer_outlives_the_program(plugin, tmp_path):
    path = tmp_path / "breathing.json"
    before = Context("breathing", plugin.Settings(), Store(path))
    assert answered(plugin, before, said(UPSETTING))
    after = Context("breathing", plugin.Settings(), Store(path))
    assert answered(load("breathing"), after, said(UPSETTING), NOW_S + 60) is None


def test_after_an_exercise_nothing_is_offered_either(plugin, context):
    assert answered(plugin, context, said("breathe with me"))
    assert answered(plugin, context, said(UPSETTING), NOW_S + 60) is None


def test_no_line_comes_twice_in_a_row(plugin):
    context = Context("breathing", plugin.Settings(every_s=0))
    offers = [answered(plugin, context, said(UPSETTING)) for _ in range(4)]
    assert all(one != following for one, following in pairwise(offers))
    context.is_answer = True
    declined, begun, ended = [], [], []
    for _ in range(4):  # also where other lines come in between
        context.is_answer = False
        answered(plugin, context, said(UPSETTING))
        context.is_answer = True
        declined.append(answered(plugin, context, said("no")))
        first, *_, last = plugin.respond(said("yes"), context)
        begun.append(first.text)
        ended.append(last.text)
    for lines in (declined, begun, ended):
        assert all(one != following for one, following in pairwise(lines))
    parts = [part.text for part in plugin.respond(said("yes"), context)]
    assert all(one != following for one, following in pairwise(parts))


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes, please.",
        "yeah sure",
        "okay",
        "all right then",
        "oh yes thank you",
        "let's do it",
        "Let’s try it",
        "why not",
        "I would like that",
        "yes that would help",
        "it might help",
        "we could",
        "okay we should",
        "we shall",
        "yes we can",
        "yes I do",
        "please",
        "that would be nice",
        "mhm",
    ],
)
def test_a_yes_begins_a_guided_breath(text, plugin, context):
    context.is_answer = True
    assert answered(plugin, context, said(text, None)).startswith(plugin.BEGINNINGS.lines)


@pytest.mark.parametrize(
    "text",
    ["no", "No, thank you!", "know", "nope", "not now", "I'd rather not", "leave me alone",
     "no I'm fine", "i don't want to", "later", "oh no", "please don't",
     "please leave me alone", "not right now", "okay no"],
)  # fmt: skip
def test_a_no_is_accepted_kindly(text, plugin, context):
    context.is_answer = True
    assert answered(plugin, context, said(text)) in plugin.DECLINED.lines


@pytest.mark.parametrize(
    "text",
    [
        "what time is it",
        "yes but what time is it",
        "no I want to hear some music",
        "okay play some music",
        "maybe",
        "I don't know",
        "my brother broke the lamp",
        "please " * 10_000 + "x",
        "",
    ],
)
@pytest.mark.parametrize("every_s", [0, 600])
def test_another_answer_is_left_to_others_and_nothing_is_offered_again(text, every_s, plugin):
    context = Context("breathing", plugin.Settings(every_s=every_s), is_answer=True)
    assert answered(plugin, context, said(text)) is None


@pytest.mark.parametrize("text", ["yes", "no", "okay", "yes please"])
def test_a_yes_to_somebody_else_is_none(text, plugin, context):
    assert answered(plugin, context, said(text)) is None
    assert answered(plugin, context, typed(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "breathe with me",
        "Breathe with me!",
        "breath with me",
        "please breathe slowly with me",
        "help me calm down",
        "can you help me to calm down please",
        "I can't relax, help me calm down",
        "I need to calm down",
        "so I want to relax",
        "let's breathe",
        "calm me down",
        "start a breathing exercise",
        "do the breathing exercise",
        "I want a guided breath",
        "breathing exercise",
    ],
)
@pytest.mark.parametrize("emotion", [None, ANGRY, estimate("happy", 0.9, True)])
def test_who_asks_for_it_gets_it_in_any_mood_and_typed(text, emotion, plugin, context):
    assert answered(plugin, context, said(text, emotion)).startswith(plugin.BEGINNINGS.lines)


def test_who_asks_for_it_gets_it_again_at_once(plugin, context):
    for _ in range(2):
        assert answered(plugin, context, said("breathe with me"))


@pytest.mark.parametrize(
    "text",
    [
        "don't breathe with me",
        "I do not want a breathing exercise",
        "it does not help me calm down",
        "stop the breathing exercise",
        "help me calm down my baby",
        "help me relax the rules",
        "I need to calm down my children",
        "music can calm me down",
        "do I need to relax",
        "you need to calm down",
        "I breathe",
        "what is a breathing exercise",
    ],
)
def test_other_words_of_breath_and_calm_are_no_request(text, plugin, context):
    assert answered(plugin, context, typed(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "I can't breathe",
        "help me I can’t breathe, help me calm down",
        "I can not really breathe",
        "it is hard to breathe",
        "I hardly get any air",
        "my chest hurts, breathe with me",
        "call an ambulance and breathe with me",
        "I want to die",
        "I want to die, help me calm down",
        "I can't breathe in this heat",
        "is this a heart attack",
        "I'm bleeding, help me calm down",
        "this is an emergency, breathe with me",
        "I overdosed, help me calm down",
        "he won't wake up, help me calm down",
    ],
)
@pytest.mark.parametrize("is_answer", [False, True])
def test_who_is_in_crisis_or_short_of_breath_is_left_to_others(
    text, is_answer, plugin, context
):
    context.is_answer = is_answer
    assert answered(plugin, context, said(text)) is None
    assert len(context.store) == 0


@pytest.mark.parametrize("text", ["that ambulance is so loud", "the emergency exit is shut"])
def test_an_emergency_of_nobody_is_no_reason_against_an_offer(text, plugin, context):
    assert answered(plugin, context, said(text)) in plugin.OFFERS.lines


@pytest.mark.parametrize(
    ("pattern", "breath"),
    [
        (
            "4-6",
            "Breathe in, one, two, three, four. "
            "Breathe out, one, two, three, four, five, six.",
        ),
        (
            "box",
            "Breathe in, one, two, three, four. Hold, one, two, three, four. "
            "Breathe out, one, two, three, four. Hold, one, two, three, four.",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rounds", [1, 2, 4, 20])
def test_as_many_breaths_are_counted_as_are_set(pattern, breath, rounds, plugin):
    context = Context("breathing", plugin.Settings(rounds=rounds, pattern=pattern))
    text = answered(plugin, context, typed("breathe with me"))
    assert text.count(breath) == rounds
    assert text.count(plugin.LAST_TIME) == (rounds > 1)
    assert text.endswith(plugin.ENDINGS.lines)
    assert len(text) < MAX_REPLY_CHARACTERS


def test_it_is_spoken_slowly_sentence_by_sentence_and_as_it_is(plugin, context):
    for part in plugin.respond(typed("breathe with me"), context):
        assert (part.style, part.is_fixed) == (Style(rate=0.7, volume=0.8, pitch=0.9), True)
        assert not part.continues and part.asks_s == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"every_s": -1.0},
        {"least_confidence": 1.1},
        {"least_confidence": -0.1},
        {"least_confidence": math.nan},
        {"rounds": 0},
        {"rounds": 21},
        {"pattern": "7-11"},
    ],
)
def test_a_setting_out_of_bounds_is_refused_by_name(wrong, plugin):
    with pytest.raises(AssistantError, match=next(iter(wrong))):
        plugin.Settings(**wrong)


@pytest.mark.parametrize(
    "fit",
    [
        {"every_s": 0.0},
        {"least_confidence": 0.0},
        {"least_confidence": 1.0},
        {"rounds": 1},
        {"rounds": 20},
        {"pattern": "box"},
    ],
)
def test_the_bounds_themselves_are_allowed(fit, plugin):
    (name,) = fit
    assert getattr(plugin.Settings(**fit), name) == fit[name]


def test_by_default_there_are_four_breaths(plugin, context):
    assert answered(plugin, context, typed("breathe with me")).count("Breathe out") == 4


@pytest.fixture
def host(tmp_path):
    """The bundled plugins that speak of feelings, in their processes, as they are shipped."""
    wanted = {"breathing", "companion", "crisis"}
    found = [each for each in find(Choices(), tmp_path, FOLDER) if each.name in wanted]
    setups = {
        "breathing": {"settings": {"rounds": 1}, "store": str(tmp_path / "breathing.json")}
    }
    faults = []
    with Host(found, PluginSettings(deadline_s=20), faults.append, setups=setups) as host:
        yield host
    assert faults == []


@pytest.mark.slow
def test_an_offer_is_made_accepted_and_carried_out_in_the_child_process(host, plugin):
    offer = host.respond(said(UPSETTING))
    assert (offer.plugin, offer.text, offer.asks_s) == ("breathing", plugin.OFFERS.lines[0], 20)
    exercise = host.respond(said("yes please", estimate("neutral")))
    assert (exercise.plugin, exercise.style.rate) == ("breathing", 0.7)
    assert "Breathe in, one, two, three, four. Breathe out" in exercise.text
    assert host.respond(said(UPSETTING)).plugin == "companion"  # it was offered already
    assert host.respond(said("yes please")).plugin == "companion"


@pytest.mark.slow
def test_a_question_after_an_offer_is_answered_by_others(host):
    assert host.respond(said(UPSETTING)).plugin == "breathing"
    assert host.respond(said("what time is it")).plugin == "companion"


@pytest.mark.slow
def test_in_a_crisis_the_offer_is_forgotten(host):
    assert host.respond(said(UPSETTING)).plugin == "breathing"
    assert host.respond(said("I want to die")).plugin == "crisis"
