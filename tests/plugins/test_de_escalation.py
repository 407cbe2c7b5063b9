"""Softer replies to an angry voice: the manner and the trimmings, never the matter."""

import re
import time

import pytest

from assistant import (
    AssistantError,
    Context,
    Conversation,
    Reply,
    Style,
    Transcript,
    Turn,
    Utterance,
)
from assistant.plugin_discovery import Plugin
from assistant.settings import MannerSettings, PluginSettings
from assistant.values import EMOTIONS
from tests.fakes import estimate
from tests.own_plugins import Host
from tests.plugins import FOLDER, load

ANGRY = estimate("angry", 0.8, certain=True)
CALM = estimate("calm", 0.8, certain=True)
UNSURE = estimate("angry", 0.8, certain=False)
PLAIN = Reply("Great! Your timer is set to 5 minutes!", "timer", Style())
JOKE = "Great! It was a duck, 12 years old! Ha ha! It wore a suit. Have fun!"
LONG = Reply(
    "It is nine. The train leaves at ten! It goes from platform 3. Take a coat.", "train"
)


@pytest.fixture
def plugin():
    return load("de_escalation")


@pytest.fixture
def context(plugin):
    return Context("de_escalation", plugin.Settings())


def after(context, *emotions):
    """The context after turns of these emotions, the oldest first."""
    context.conversation = Conversation(tuple(Turn(0.0, "x", each) for each in emotions))
    return context


def softened(plugin, context, reply, emotion=ANGRY):
    """The text of the reply, as it is spoken in the end."""
    if isinstance(reply, str):
        reply = Reply(reply)
    changed = plugin.adapt(reply, emotion, context)
    return reply.text if changed is None else changed.text


@pytest.mark.parametrize("label", [label for label in EMOTIONS if label != "angry"])
def test_replies_to_other_voices_are_left(label, plugin, context):
    assert plugin.adapt(PLAIN, estimate(label, 0.9, True), context) is None


@pytest.mark.parametrize(
    ("emotion", "is_softened"),
    [
        (None, False),  # typed words
        (estimate("angry", 0.9, False), False),
        (estimate("angry", 0.49), False),
        (estimate("angry", 0.5), True),
        (estimate("angry", 0.4, True), True),
    ],
)
def test_only_a_reliably_angry_voice_counts(emotion, is_softened, plugin, context):
    assert (plugin.adapt(PLAIN, emotion, context) is not None) == is_softened


def test_a_style_is_multiplied_and_not_replaced(plugin, context):
    context.settings = plugin.Settings(rate=0.9, volume=0.5, pitch=0.8)
    reply = Reply("a b", style=Style(rate=1.5, volume=0.8, pitch=2.0))
    style = plugin.adapt(reply, ANGRY, context).style
    assert (style.rate, style.volume, style.pitch) == pytest.approx((1.35, 0.4, 1.6))


def test_a_style_stays_within_its_limits(plugin, context):
    reply = Reply("a b", style=Style(rate=0.5, volume=0.0, pitch=0.55))
    assert plugin.adapt(reply, ANGRY, context).style == Style(0.5, 0.0, 0.5)
    odd = Reply("a b", style=Style(rate=9.0, volume=7.0, pitch=9.0))
    assert plugin.adapt(odd, ANGRY, context).style == Style(2.0, 1.0, 2.0)


def test_a_reply_without_a_style_gets_the_assistant_s_own_manner(plugin, context):
    """Which the settings decide, and which is that of the defaults here."""
    assert plugin.adapt(Reply("The train leaves at ten."), ANGRY, context) is None
    assert plugin.adapt(Reply("The train leaves at ten!"), ANGRY, context).style is None
    settings = plugin.Settings()
    assert MannerSettings().angry == (settings.rate, settings.volume, settings.pitch)


@pytest.mark.parametrize(
    ("text", "softer"),
    [
        ("The train leaves at ten!", "The train leaves at ten."),
        ("The train leaves at ten!!!", "The train leaves at ten."),
        ("Does it really leave at ten?!", "Does it really leave at ten?"),
        ("Does it really leave at ten!?", "Does it really leave at ten?"),
        ("Well...! That is how it is.", "Well... That is how it is."),
        ("¡Son las diez de la noche!", "Son las diez de la noche."),
        ('He said "never again!" to me.', 'He said "never again." to me.'),
        ("Great! Your timer is set!", "Your timer is set."),
        ("How lovely! You can be proud of that.", "You can be proud of that."),
        ("That’s wonderful to hear! Tell me more.", "Tell me more."),
        ("Oh, great! Hooray! The film begins soon.", "The film begins soon."),
        ("What a lovely day! It has 20 degrees.", "It has 20 degrees."),
        ("Good idea! I put milk on the list.", "I put milk on the list."),
        ("Great, your timer is set for ten!", "Your timer is set for ten."),
        ("\n Great, your timer is set for ten! ", "Your timer is set for ten."),
        ("I hear anger. How lovely! You can be proud.", "I hear anger. You can be proud."),
        ("It was a duck! Ha ha! It wore a suit.", "It was a duck. It wore a suit."),
        ("To get to the other side! Ha ha ha!", "To get to the other side."),
        ("It was a duck in a suit. Haha! Get it?", "It was a duck in a suit."),
        ("Dinner is ready at eight. Enjoy your meal!", "Dinner is ready at eight."),
        ("Your train leaves at ten. Have a great trip!", "Your train leaves at ten."),
    ],
)  # fmt: skip
def test_what_is_cheerful_is_cut(text, softer, plugin, context):
    assert softened(plugin, context, text) == softer


@pytest.mark.parametrize(
    "text",
    [
        "Lovely. It has twenty degrees.",  # may be the answer
        "Great Britain is an island.",
        "Great, Little and Middle are their names.",
        "The factorial of five, 5! for short, is 120.",
        "Here 5! is 120 and 5! + 3 is 123.",
        "It holds where x != 3 in Python.",
        "The nice one is in Nice, France.",
        "Enjoy is a verb that takes an object.",
        "You have fun there on 3.5 days of 7.",
        "Version 1.2.3 came out at 10.15 on 2026-11-22.",
        "1. Boil water. 2. Add salt.",
    ],
)
def test_what_is_not_cheer_stays(text, plugin, context):
    assert plugin.adapt(Reply(text), ANGRY, context) is None


@pytest.mark.parametrize(
    "text",
    [
        "Great! It is 7! Dr. Who came at 9.30! He paid $3.50 of $10!",
        "Wow! You have 3 of 10 points! No. 4 is missing! Ha ha!",
        "Great, 15 minutes are left!",
        "The score is 5! The other team has 12!",
    ],
)
def test_numbers_are_never_changed(text, plugin, context):
    numbers = re.compile(r"\d[\d.,]*\d|\d")
    assert numbers.findall(softened(plugin, context, text)) == numbers.findall(text)


@pytest.mark.parametrize("text", ["Great!", "Hooray! Ha ha!", "Your timer is set!", "It is 5!"])
def test_the_words_of_a_short_answer_are_left(text, plugin, context):
    assert plugin.adapt(Reply(text), ANGRY, context) is None
    styled = plugin.adapt(Reply(text, style=Style()), ANGRY, context)
    assert (styled.text, styled.style) == (text, Style(0.88, 0.8, 0.8))


def test_some_words_are_always_left(plugin, context):
    text = "That is great! How lovely! Ha ha!"
    assert softened(plugin, context, text) == "That is great. How lovely. Ha ha."


def test_nothing_is_added(plugin, context):
    for reply in (PLAIN, LONG):
        words = re.findall(r"\w+", softened(plugin, context, reply))
        assert set(words) <= set(re.findall(r"\w+", reply.text))


@pytest.mark.parametrize(
    ("before", "is_short"),
    [
        ((), False),
        ((ANGRY,), False),
        ((ANGRY, ANGRY), True),  # with this one there are three
        ((ANGRY, ANGRY, ANGRY), True),
        ((CALM, ANGRY, ANGRY), True),
        ((ANGRY, ANGRY, CALM), False),
        ((ANGRY, CALM, ANGRY), False),
        ((ANGRY, UNSURE, ANGRY), False),
        ((ANGRY, None, ANGRY), False),
    ],
)
def test_after_three_angry_turns_in_a_row_replies_have_two_sentences(
    before, is_short, plugin, context
):
    short = "It is nine. The train leaves at ten."
    whole = f"{short} It goes from platform 3. Take a coat."
    text = softened(plugin, after(context, *before), LONG)
    assert text == (short if is_short else whole)


def test_how_many_turns_and_sentences_can_be_set(plugin, context):
    context.settings = plugin.Settings(angry_turns=1, sentences=1)
    assert softened(plugin, context, LONG) == "It is nine."


@pytest.mark.parametrize(
    "short",
    [
        "Dr. A. Smith has 3.5 hours at approx. 9.30 today. No. 5 is free.",
        "1. Boil water. 2. Add salt.",
        "Well... that is how it is. There are 12. ",
        "Here 5! + 3 is 123. And 5! is 120.",
        'He said "no." Then he left.',
        "Ask Mr. Jr. of Lee Inc. Berlin on Sept. 5 then. So do I.",
    ],
)
def test_it_is_known_where_a_sentence_ends(short, plugin, context):
    text = f"{short} Here is more. And more."
    assert softened(plugin, after(context, ANGRY, ANGRY), text) == short.strip()


def test_lines_stay_lines_and_nothing_is_put_between_chinese_sentences(plugin, context):
    lines = "Your list has three things:\nMilk\nEggs\n\nBread"
    assert plugin.adapt(Reply(lines), ANGRY, context) is None
    assert softened(plugin, context, f"Great!\n{lines}\nEnjoy!") == lines
    chinese = "a b c d 现在九点。火车十点开。"
    assert plugin.adapt(Reply(chinese), ANGRY, context) is None


def test_a_question_is_not_cut(plugin, context):
    text = "There are three. One is red. One is blue! Which one? Isn't it fun?"
    reply = Reply(text, asks_s=20)
    calm = "There are three. One is red. One is blue. Which one? Isn't it fun?"
    assert softened(plugin, after(context, ANGRY, ANGRY), reply) == calm


def test_who_is_calm_again_gets_whole_replies(plugin, context):
    assert plugin.adapt(LONG, CALM, after(context, ANGRY, ANGRY, ANGRY)) is None


def test_a_long_reply_takes_no_time(plugin, context):
    begin_s = time.monotonic()
    for text in ("ha " * 1_600, "!" * 5_000, "Great! " * 700, "he, " * 1_200, "hip " * 1_200):
        plugin.adapt(Reply(f"{text}x y z a b!"), ANGRY, context)
    assert time.monotonic() - begin_s < 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0.4},
        {"rate": 1.1},
        {"volume": 0.0},
        {"volume": 1.5},
        {"pitch": 3.0},
        {"angry_turns": 0},
        {"sentences": 0},
    ],
)
def test_a_setting_out_of_bounds_is_refused_by_name(wrong, plugin):
    (name,) = wrong
    with pytest.raises(AssistantError, match=f"{name} must be .*, got {wrong[name]}"):
        plugin.Settings(**wrong)


def test_the_bounds_themselves_are_allowed(plugin):
    assert plugin.Settings(1.0, 1.0, 1.0, 1, 1).rate == 1
    assert plugin.Settings(0.5, 0.5, 0.5).rate == 0.5


@pytest.fixture
def host(tmp_path):
    """The plugin as it is shipped, and one that answers."""
    path = tmp_path / "jokes.py"
    path.write_text(
        "from assistant import Reply, Style\n"
        "def respond(utterance):\n"
        f"    text = {JOKE!r}\n"
        "    if 'heard' in utterance.transcript.text:\n"
        "        text = f'I hear anger. {text}'\n"
        "    is_fixed = 'fixed' in utterance.transcript.text\n"
        "    return Reply(text, style=Style(rate=1.2), is_fixed=is_fixed)\n"
    )
    shipped = Plugin("de_escalation", "bundled", str(FOLDER / "de_escalation.py"), True)
    faults = []
    setups = {"de_escalation": {"settings": {"rate": 0.5}, "store": ""}}
    plugins = [shipped, Plugin("jokes", "folder", str(path), True)]
    with Host(plugins, PluginSettings(deadline_s=20), faults.append, setups=setups) as host:
        yield host
    assert faults == []


def said(text, emotion):
    return Utterance(Transcript(text), emotion, 1.0)


@pytest.mark.slow
def test_the_reply_of_another_plugin_is_softened_through_the_child_process(host):
    reply = host.respond(said("a joke", ANGRY))
    assert reply.text == "It was a duck, 12 years old. It wore a suit."
    assert (reply.plugin, reply.style) == ("jokes", Style(0.6, 0.8, 0.8))
    assert host.respond(said("a joke", CALM)).text == JOKE
    assert host.respond(Utterance(Transcript("a joke"))).text == JOKE


@pytest.mark.slow
def test_a_fixed_reply_is_left_and_one_of_an_angry_conversation_is_short(host):
    assert host.respond(said("a fixed joke", ANGRY)).text == JOKE
    turns = Conversation((Turn(0.0, "x", ANGRY), Turn(0.0, "x", ANGRY)))
    reply = host.respond(said("a joke, heard", ANGRY), turns)
    assert reply.text == "I hear anger. It was a duck, 12 years old."
