"""Notes: kept word by word, read in parts, deleted only when that is sure."""

import time
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from assistant import Context, Reply, Transcript, Utterance
from assistant.plugin_discovery import Plugin
from assistant.plugin_store import Store
from assistant.plugins import MAX_TEXT_CHARACTERS
from assistant.settings import PluginSettings
from tests.own_plugins import Host
from tests.plugins import FOLDER, load

FRIDAY = datetime(2027, 1, 1, 14, 5)


class Desk:
    """The notes in a conversation."""

    def __init__(self, plugin, path=None):
        self.plugin = plugin
        self.context = Context("notes", store=Store(path))
        self.now = FRIDAY

    def say(self, *texts):
        """What is answered to the last: its sentences, or None."""
        for text in texts:
            answer = self.plugin.answer(text, self.context, self.now.timestamp())
            parts = [answer] if isinstance(answer, Reply) else list(answer or [])
            self.context.is_answer = any(part.asks_s for part in parts)
        return [part.text for part in parts] or None

    @property
    def notes(self):
        return [note["text"] for note in self.context.store.get("notes", [])]


@pytest.fixture
def plugin():
    return load("notes")


@pytest.fixture
def desk(plugin):
    return Desk(plugin)


@pytest.fixture
def seven(desk):
    """One with seven notes, the last of them of today."""
    for n, number in enumerate(("one", "two", "three", "four", "five", "six", "seven")):
        desk.now = FRIDAY - timedelta(days=6 - n)
        desk.say(f"note that this is {number}")
    return desk


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("take a note buy milk", "buy milk"),
        ("take a note that I owe Ben five euros", "I owe Ben five euros"),
        ("Take a note: 2.5 kg of flour & eggs!", "2.5 kg of flour & eggs!"),
        ("note that the key is under the mat", "the key is under the mat"),
        ("Note: milk", "milk"),
        ("please write down that Ann’s birthday is in May", "Ann's birthday is in May"),
        ("could you write this down four eggs", "four eggs"),
        ("make a note to call my mother", "call my mother"),
        ("make a quick note of the number 12", "the number 12"),
        ("note to self drink more", "drink more"),
        ("jot down a thought", "a thought"),
        ("note down four  eggs", "four eggs"),
        ("add bread and butter to my notes", "bread and butter"),
        ("take a note about the party", "about the party"),
        ("take a note thatcher is a name", "thatcher is a name"),
    ],
)
def test_a_note_is_kept_word_by_word(text, note, desk):
    end = "" if note.endswith("!") else "."
    assert desk.say(text) == [f"Noted: {note}{end}"]
    assert desk.notes == [note]


def test_a_note_is_kept_with_its_time(desk):
    desk.say("take a note buy milk")
    (note,) = desk.context.store["notes"]
    assert note["time_s"] == FRIDAY.timestamp()


@pytest.mark.parametrize(
    "text", ["take a note", "write down", "write that down please", "Take a note!", "note that"]
)
def test_what_to_note_is_asked_back(text, desk):
    assert desk.say(text) == ["What shall I note?"]
    assert desk.say("Buy milk, and eggs.") == ["Noted: Buy milk, and eggs."]
    assert desk.notes == ["Buy milk, and eggs."]


@pytest.mark.parametrize(
    "text",
    ["nothing", "No.", "forget it", "cancel", "no note", "know", "none, thanks",
     "please don't", "okay no"],
)  # fmt: skip
def test_the_question_what_to_note_may_be_refused(text, desk):
    assert desk.say("take a note", text) == ["All right."]
    assert desk.notes == []


def test_a_command_is_no_note(desk):
    assert desk.say("take a note", "read my notes") == ["You have no notes."]
    assert desk.notes == []


def test_what_is_said_later_is_no_note(desk):
    desk.say("take a note")
    desk.context.is_answer = False
    assert desk.say("buy milk") is None
    assert desk.notes == []


def test_a_long_note_is_kept_whole_and_not_repeated(desk):
    note = "and so on " * (MAX_TEXT_CHARACTERS // 10 - 2)
    assert desk.say(f"take a note {note}") == ["I noted all of that."]
    assert desk.notes == [note.strip()]


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "I take notes every day", "the note is long", "note the difference",
        "what a note", "read my mind", "delete the timer", "I wrote down my dreams", "more",
        "yes", "write a poem", "put down the gun", "he notes that it rains",
        "what is in the fridge",
    ],
)  # fmt: skip
def test_what_is_not_about_notes_is_left_to_others(text, seven):
    assert seven.say(text) is None
    assert len(seven.notes) == 7


@pytest.mark.parametrize(
    "text",
    [
        "what are my notes", "read my notes", "Read me my notes, please.", "my notes",
        "can you read out all of my notes", "which notes do I have", "show my notes",
        "do I have any notes", "what did I note",
    ],
)  # fmt: skip
def test_the_newest_five_are_read_first(text, seven):
    assert seven.say(text) == [
        "You have seven notes. The newest five:",
        "Today: this is seven.",
        "Yesterday: this is six.",
        "On Wednesday: this is five.",
        "On Tuesday: this is four.",
        "On Monday: this is three.",
        "Say more for the other two.",
    ]


@pytest.mark.parametrize(
    "more",
    ["more", "go on", "Yes, please.", "the rest", "read on", "next", "and then the others",
     "yes read me the next five", "okay go on then"],
)  # fmt: skip
def test_more_goes_on(more, seven):
    seven.say("read my notes")
    assert seven.say(more) == ["On Sunday: this is two.", "On Saturday: this is one."]
    assert seven.say("more") is None


def test_more_goes_on_until_all_were_read(seven):
    for n in range(5):
        seven.say(f"note that this is {n}")
    seven.say("read my notes")
    assert seven.say("more")[-1] == "I have two more. Say more to go on."
    assert seven.say("more") == ["On Sunday: this is two.", "On Saturday: this is one."]


@pytest.mark.parametrize(
    "enough",
    ["no thanks", "Enough!", "no more", "that’s it", "that's all thanks", "no I'm done"],
)
def test_enough_ends_the_reading(enough, seven):
    assert seven.say("read my notes", enough) == ["All right."]
    assert seven.say("more") is None


def test_another_question_in_between_is_left_to_others(seven):
    assert seven.say("read my notes", "what time is it") is None
    assert seven.say("more") is None


def test_few_notes_are_read_at_once_and_a_day_is_named_once(desk):
    desk.say("note that it rains", "note that it pours")
    assert desk.say("read my notes") == [
        "You have two notes:", "Today: it pours.", "It rains.",
    ]  # fmt: skip
    assert desk.say("more") is None


def test_a_note_of_last_year_has_a_date(desk):
    desk.say("note that it rains")
    desk.now += timedelta(days=7)
    assert desk.say("read my notes")[1] == "On January 1: it rains."


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("read the last note", "Your last note: this is seven."),
        ("what was my latest note", "Your last note: this is seven."),
        ("how many notes do I have", "You have seven notes."),
        ("read my note about three", "On Monday: this is three."),
        ("what did I note about the three", "On Monday: this is three."),
        ("find the note about cheese", "No note has these words."),
    ],
)
def test_some_notes_are_told(text, line, seven):
    assert seven.say(text) == [line]


def test_only_the_last_sentence_is_a_question(seven):
    answer = seven.plugin.answer("read my notes", seven.context, seven.now.timestamp())
    assert [part.asks_s > 0 for part in answer] == [False] * 6 + [True]


@pytest.mark.parametrize(
    ("n_notes", "line"),
    [
        (5, "You have five notes:"),
        (12, "You have twelve notes. The newest five:"),
        (13, "You have thirteen notes. The newest five:"),
    ],
)
def test_how_many_there_are_is_said_first(n_notes, line, desk):
    for n in range(n_notes):
        desk.say(f"note that it is {n}")
    assert desk.say("read my notes")[0] == line


def test_many_notes_about_something_are_read_in_parts(seven):
    assert len(seven.say("read my notes about this")) == 6
    assert seven.say("more") == ["On Sunday: this is two.", "On Saturday: this is one."]


@pytest.mark.parametrize(
    "text",
    [
        "delete the last note",
        "remove my latest note",
        "forget that note",
        "erase the last one note",
    ],
)
def test_the_last_note_is_deleted_and_said_once_more(text, seven):
    assert seven.say(text) == ["I deleted: this is seven."]
    assert seven.notes[-1] == "this is six"
    assert len(seven.notes) == 6


@pytest.mark.parametrize("text", ["delete the note about three", "erase my note with three"])
def test_a_note_is_deleted_by_its_words(text, seven):
    assert seven.say(text) == ["I deleted: this is three."]
    assert len(seven.notes) == 6


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("delete the note", "Which one? Say more of its words, or delete the last note."),
        ("delete the first note", "Which one? Say more of its words, or delete the last note."),
        ("delete the note about this",
         "Which one? Say more of its words, or delete the last note."),
        ("delete the note about cheese", "No note has these words."),
    ],
)  # fmt: skip
def test_where_it_is_not_sure_which_none_is_deleted(text, line, seven):
    assert seven.say(text) == [line]
    assert len(seven.notes) == 7


def test_of_two_notes_with_these_words_none_is_deleted(desk):
    desk.say("note that milk", "note that milk and eggs")
    assert desk.say("delete the note about milk")[0].startswith("Which one?")
    assert desk.say("delete the note about eggs") == ["I deleted: milk and eggs."]
    assert desk.say("delete the note about the milk") == ["This note is gone: milk."]


def test_the_only_note_needs_no_words(desk):
    desk.say("note that it rains")
    assert desk.say("delete the note") == ["I deleted: it rains."]
    assert desk.notes == []


@pytest.mark.parametrize(
    "text", ["delete all notes", "clear my notes", "delete all of my notes"]
)
@pytest.mark.parametrize(
    "yes",
    ["yes", "Yes!", "yes please", "yeah sure", "okay", "yes delete them all", "do it",
     "I'm sure", "please delete everything", "yes all of them", "yes I'm sure",
     "yes please do", "that's right"],
)  # fmt: skip
def test_all_are_deleted_after_a_yes(text, yes, seven):
    assert seven.say(text) == ["Really all seven?"]
    assert len(seven.notes) == 7
    assert seven.say(yes) == ["All your notes are deleted."]
    assert seven.notes == []


@pytest.mark.parametrize(
    "no",
    ["no", "no thanks", "yes no", "yes but not the last", "wait", "maybe", "please don't",
     "don't delete them", "yes I think not", "not all", "know", "never", "leave it please",
     "no please", "not right now", "I don't think so", "absolutely not", "yes we could",
     "why not"],
)  # fmt: skip
def test_less_than_a_yes_deletes_nothing(no, seven):
    assert seven.say("delete all notes", no) == ["Nothing was deleted."]
    assert len(seven.notes) == 7
    assert seven.say("yes") is None


@pytest.mark.parametrize(
    "other",
    ["hello", "please", "Please, please!", "all", "them", "really", "what time is it",
     "we could", "we should", "we can", "I do", "that would help"],
)  # fmt: skip
def test_another_answer_deletes_nothing_and_ends_the_question(other, seven):
    assert seven.say("delete all notes", other) is None
    assert seven.say("yes") is None
    assert len(seven.notes) == 7


def test_a_yes_that_comes_too_late_deletes_nothing(seven):
    seven.say("delete all notes")
    seven.context.is_answer = False
    assert seven.say("yes") is None
    assert len(seven.notes) == 7


def test_a_yes_after_a_restart_deletes_nothing(seven):
    seven.say("delete all notes")
    again = Desk(load("notes"))
    again.context.store, again.context.is_answer = seven.context.store, True
    assert again.say("yes") is None
    assert len(seven.notes) == 7


def test_the_only_note_is_asked_about_too(desk):
    desk.say("note that it rains")
    assert desk.say("delete all notes") == ["Really your only note?"]


@pytest.mark.parametrize(
    "text",
    ["read my notes", "read the last note", "how many notes do I have", "delete all notes",
     "delete the last note", "delete the note"],
)  # fmt: skip
def test_where_there_are_none_that_is_said(text, desk):
    assert desk.say(text) == ["You have no notes."]
    assert desk.say(text) == ["There are no notes."]


def test_notes_outlive_a_restart(tmp_path):
    Desk(load("notes"), tmp_path / "notes.json").say("note that it rains")
    assert Desk(load("notes"), tmp_path / "notes.json").notes == ["it rains"]


def test_where_there_is_no_room_that_is_said_and_nothing_is_lost(desk):
    note = Utterance(Transcript("note that " + "x" * (MAX_TEXT_CHARACTERS - 10)))
    lines = [desk.plugin.respond(note, desk.context).text for _ in range(20)]
    refused = [line for line in lines if "Delete some notes" in line]
    assert set(refused) == set(desk.plugin.NOT_KEPT.lines)
    assert lines[-len(refused) :] == refused
    assert len(desk.notes) == 20 - len(refused)


@pytest.mark.parametrize(
    "text",
    ["take a note", "take a note it rains", "read my notes", "read the last note", "more",
     "how many notes do I have", "delete the note about x", "delete all notes",
     "delete the note"],
)  # fmt: skip
def test_no_line_comes_twice_in_a_row(text, desk):
    desk.say("take a note one", "take a note two")
    answers = []
    for _ in range(4):
        desk.context.is_answer = False
        answers.append(desk.say(text))
    assert all(one is None or one[0] != two[0] for one, two in pairwise(answers))


@pytest.mark.parametrize(
    "words", ["please ", "add this ", "read my notes ", "yes ", "more ", "take a note "]
)
def test_the_longest_text_is_answered_before_the_deadline(words, seven):
    text = words * (MAX_TEXT_CHARACTERS // len(words))
    begin = time.process_time()
    seven.say(text)
    seven.say("delete all notes", text)
    seven.say("read my notes", text)
    assert time.process_time() - begin < PluginSettings().deadline_s


def test_each_phrase_is_answered(seven):
    plugin = seven.plugin
    assert plugin.phrases(Context("notes", settings=plugin.Settings())) == ()
    wanted = Context("notes", settings=plugin.Settings(waits_for_commands=True))
    for phrase in plugin.phrases(wanted):
        assert seven.say(phrase), phrase


@pytest.mark.slow
def test_notes_are_taken_read_and_deleted_through_their_process(tmp_path):
    notes = Plugin("notes", "bundled", str(FOLDER / "notes.py"), is_enabled=True)
    setups = {"notes": {"settings": {}, "store": str(tmp_path / "notes.json")}}
    settings = PluginSettings(deadline_s=20)
    with Host([notes], settings, pytest.fail, setups=setups) as host:

        def said(text):
            reply = host.respond(Utterance(Transcript(text)))
            return reply and reply.text

        assert said("take a note") == "What shall I note?"
        assert said("it rains") == "Noted: it rains."
        for n in range(5):
            said(f"note that it is {n}")
        assert said("read my notes") == (
            "You have six notes. The newest five: Today: it is 4. It is 3. It is 2. It is 1. "
            "It is 0. Say more for the other one."
        )
        assert said("more") == "Today: it rains."
        assert said("more") is None
        assert said("delete all notes") == "Really all six?"
        assert said("yes") == "All your notes are deleted."
    assert Store(tmp_path / "notes.json")["notes"] == []
