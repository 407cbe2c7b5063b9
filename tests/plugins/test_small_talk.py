"""Small talk: answered where it is all that was said; and who answers what."""

import time
from itertools import pairwise

import pytest

from assistant import Context, Conversation, EmotionEstimate, Transcript, Turn, Utterance
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import find
from assistant.plugin_store import Store
from assistant.plugins import MAX_TEXT_CHARACTERS
from assistant.settings import PluginSettings
from tests.fakes import estimate
from tests.own_plugins import Host
from tests.plugins import FOLDER, load

SAD_VOICE = estimate("sad", 0.9, certain=True)


@pytest.fixture
def plugin():
    return load("small_talk")


@pytest.fixture
def context():
    return Context("small_talk")


def said(text, emotion=None, **more):
    return Utterance(Transcript(text), emotion, **more)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello!", "Hello! What is on your mind?"),
        ("hi there", "Hello! What is on your mind?"),
        ("good morning tonewise", "Hello! What is on your mind?"),
        ("hello there how are you", "I am well, thank you. And you?"),
        ("good evening, how are you today?", "I am well, thank you. And you?"),
        ("how's it going", "I am well, thank you. And you?"),
        ("thanks a lot", "You are welcome."),
        ("thank you so much, that was very helpful", "You are welcome."),
        ("thanks for the joke", "You are welcome."),
        ("no thank you", "All right."),
        ("good night my friend", "Good night. Sleep well."),
        ("thank you and good night", "Good night. Sleep well."),
        ("goodbye", "Goodbye. It was good to talk to you."),
        ("bye bye see you tomorrow", "Goodbye. It was good to talk to you."),
        ("have a nice day", "Goodbye. It was good to talk to you."),
        ("What’s your name?", "I am Tonewise. I listen to what you say and to how you say it."),
        ("who are you", "I am Tonewise. I listen to what you say and to how you say it."),
        ("are you a robot", "I am a program, no more. But I listen well."),
        ("are you really human", "I am a program, no more. But I listen well."),
        ("can you hear me", "I am here, and I hear you."),
        ("you are so kind", "That is kind of you."),
        ("sorry", "No harm done."),
        ("what can you do",
         "I tell the time, keep timers and notes, breathe with you, tell jokes. Or just talk."),
        ("hello can you help me please",
         "I tell the time, keep timers and notes, breathe with you, tell jokes. Or just talk."),
        ("tell me a joke", "My egg timer went on holiday. It was back in three minutes."),
        ("do you know any good jokes",
         "My egg timer went on holiday. It was back in three minutes."),
        ("make me laugh", "My egg timer went on holiday. It was back in three minutes."),
    ],
)  # fmt: skip
def test_small_talk_is_answered(text, line, plugin, context):
    assert plugin.respond(said(text), context).text == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "hello I lost my job today",
        "good night I am so tired",
        "thank you I feel better",
        "how are you I am sad",
        "hi my dog died",
        "hello hello nobody is here",
        "help me I am scared",
        "help me with my homework",
        "I did not say good morning",
        "I hate jokes",
        "I want to tell you a joke",
        "what are you doing tonight",
        "who are you talking to",
        "you are stupid",
        "I am sorry that he died",
        "goodbye cruel world",
        "are you happy",
        "the chip is thin",
        "hippopotamus",
        "yes please",
        "well",
        "again",
        "another one",
        "I am fine",
    ],
)
def test_where_more_is_said_than_small_talk_others_answer(text, plugin, context):
    assert plugin.respond(said(text), context) is None


@pytest.mark.parametrize(
    "text",
    ["fine", "I'm fine thanks", "very good thank you", "not too bad", "pretty well and you",
     "oh it was great", "all good"],
)  # fmt: skip
def test_who_is_well_is_heard_after_the_question(text, plugin, context):
    asked = plugin.respond(said("how are you"), context)
    assert asked.asks_s > 0
    context.is_answer = True
    assert plugin.respond(said(text), context).text == "I am glad to hear that."
    context.is_answer = False
    assert plugin.respond(said(text), context) is None


@pytest.mark.parametrize("text", ["not so good", "bad", "I am not fine", "good for nothing"])
def test_who_is_not_well_is_left_to_the_companion(text, plugin):
    assert plugin.respond(said(text), Context("small_talk", is_answer=True)) is None


@pytest.mark.parametrize("text", ["I am fine thanks", "thanks that was great"])
def test_glad_words_in_an_upset_voice_are_no_small_talk(text, plugin):
    context = Context("small_talk", is_answer=True)
    assert plugin.respond(said(text, SAD_VOICE, sentiment=0.6), context) is None
    assert plugin.respond(said(text, SAD_VOICE, sentiment=0.1), context) is not None


@pytest.mark.parametrize(
    ("label", "certain", "is_answered"),
    [
        ("fearful", True, False),
        ("sad", True, False),
        ("sad", False, True),
        ("happy", True, True),
    ],
)
def test_help_in_an_upset_voice_asks_for_no_list(label, certain, is_answered, plugin, context):
    voice = estimate(label, 0.9, certain)
    assert (plugin.respond(said("help me", voice), context) is not None) == is_answered


def test_there_are_eight_jokes_and_none_comes_again_before_all_were_told(plugin, context):
    jokes = [plugin.respond(said("tell me a joke"), context).text for _ in range(20)]
    assert len(set(jokes)) >= 8
    assert len(set(jokes[: len(set(jokes))])) == len(set(jokes))


def test_no_joke_is_told_twice_in_a_row_after_a_restart(tmp_path):
    jokes = []
    for _ in range(3):
        context = Context("small_talk", store=Store(tmp_path / "store.json"))
        jokes.append(load("small_talk").respond(said("tell me a joke"), context).text)
    assert len(set(jokes)) == 3


def test_jokes_are_told_in_turn_also_where_nothing_can_be_kept(tmp_path, plugin):
    (tmp_path / "file").write_text("")
    context = Context("small_talk", store=Store(tmp_path / "file" / "store.json"))
    jokes = [plugin.respond(said("tell me a joke"), context).text for _ in range(3)]
    assert len(set(jokes)) == 3


@pytest.mark.parametrize("text", ["another one", "one more please", "again", "More!", "next"])
def test_after_a_joke_one_more_is_another_joke(text, plugin, context):
    joke = plugin.respond(said("tell me a joke"), context).text
    turn = Turn(time.time(), "tell me a joke", reply=f"You sound calm. {joke}")
    context.conversation = Conversation((turn,))
    assert plugin.respond(said(text), context).text == plugin.JOKE.wordings.lines[1]
    context.conversation = Conversation((turn, Turn(time.time(), "hello", reply="Hello!")))
    assert plugin.respond(said(text), context) is None


def test_no_line_comes_twice_in_a_row(plugin, context):
    texts = (
        "hello",
        "thanks",
        "hello",
        "hello",
        "who are you",
        "who are you",
        "bye",
        "bye",
    ) * 4
    lines = [plugin.respond(said(text), context).text for text in texts]
    assert all(line != following for line, following in pairwise(lines))


def test_every_line_is_said_by_one_topic_of_one_plugin(plugin):
    companion = load("companion")
    topics = (*plugin.TOPICS, *companion.TOPICS)
    others = (plugin.GLAD, *companion.VOICES.values(), companion.ANYTHING)
    wordings = (*(topic.wordings for topic in topics), *others)
    lines = [line for each in wordings for line in each.lines]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("words", ["hello ", "so ", "thank you ", "tell me a ", "very very "])
def test_the_longest_text_is_answered_before_the_deadline(words, plugin):
    text = said(words * (MAX_TEXT_CHARACTERS // len(words)))
    begin = time.process_time()
    plugin.respond(text, Context("small_talk", is_answer=True))
    assert time.process_time() - begin < PluginSettings().deadline_s


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """All bundled plugins, in their processes."""
    found = find(Choices(), tmp_path_factory.mktemp("own"), FOLDER)
    with Host(found, PluginSettings(deadline_s=20), pytest.fail) as host:
        yield host


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "answering"),
    [
        ("I want to die", "crisis"),
        ("hello I want to die", "crisis"),
        ("remind me to kill myself at seven", "crisis"),
        ("what time is it", "clock"),
        ("hello what time is it", "clock"),
        ("cancel all timers", "clock"),
        ("how long is left", "clock"),
        ("note that the key is under the mat", "notes"),
        ("delete the last note", "notes"),
        ("hello", "small_talk"),
        ("hello there how are you", "small_talk"),
        ("thank you and good night", "small_talk"),
        ("what can you do", "small_talk"),
        ("tell me a joke", "small_talk"),
        ("hello I lost my job today", "companion"),
        ("good night I am so tired", "companion"),
        ("how are you I am sad", "companion"),
        ("thank you I got the job", "companion"),
        ("what a time I had", "companion"),
        ("what time is it in Tokyo", "companion"),
        ("what a note", "companion"),
        ("are you happy", "companion"),
        ("I am scared", "companion"),
        ("so it is", "companion"),
        ("help me I am scared", "companion"),
        ("help me I can't breathe", "crisis"),
        ("I think I'm having a heart attack", "crisis"),
        ("call an ambulance", "crisis"),
        ("wake me up before you go go", "companion"),
    ],
)
def test_each_plugin_gets_what_is_for_it(text, answering, host):
    assert host.respond(said(text)).plugin == answering


@pytest.mark.slow
def test_a_voice_is_read_back_before_each_of_them(host):
    for text, plugin in (
        ("what time is it", "clock"),
        ("note that it rains", "notes"),
        ("hello", "small_talk"),
        ("hello I lost my job today", "companion"),
    ):
        reply = host.respond(said(text, SAD_VOICE))
        assert reply.plugin == f"emotion_readback+{plugin}"
        assert len(reply.text) > len("You sound sad. ")
    assert host.respond(said("I want to die", SAD_VOICE)).plugin == "crisis"


@pytest.mark.slow
def test_an_answer_goes_to_who_asked(host):
    def answered(*texts):
        return [host.respond(said(text)) for text in texts][-1]

    assert answered("take a note", "hello").text.endswith(": hello.")
    assert answered("set a timer", "hello").plugin == "small_talk"
    assert answered("set a timer", "ten minutes").plugin == "clock"
    assert answered("how are you", "fine thanks").plugin == "small_talk"
    assert answered("how are you", "not so well").plugin == "companion"
    assert answered("how are you", "what time is it").plugin == "clock"
    assert answered("take a note", "I want to die").plugin == "crisis"
    assert answered("ten minutes").plugin == "companion"


@pytest.mark.slow
def test_a_joke_and_another_one(host):
    joke = host.respond(said("tell me a joke"))
    before = Conversation((Turn(time.time(), "tell me a joke", reply=joke.text),))
    another = host.respond(said("another one"), before)
    assert another.plugin == joke.plugin == "small_talk"
    assert another.text != joke.text


def test_a_voice_alone_makes_no_small_talk(plugin, context):
    voice = EmotionEstimate({"happy": 1.0}, certain=True)
    assert plugin.respond(said("", voice), context) is None
