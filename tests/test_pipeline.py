"""The conversation, with stages that note what they were given."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.attention import Attention
from assistant.audio import read_audio
from assistant.endpointing import Endpointer, Speech
from assistant.errors import ModelError, PluginError, SpeechError, TranscriptionError
from assistant.events import (
    Continued,
    EmotionHeard,
    Failed,
    Heard,
    Ignored,
    Listening,
    Replied,
    Spoke,
    Stopped,
    Timed,
    Waiting,
)
from assistant.filler import FILLER
from assistant.hearing import Hearing, Segment
from assistant.manner import style_for
from assistant.pipeline import Assistant, Said
from assistant.profiles import Impression
from assistant.settings import MannerSettings
from assistant.stages import Spoken
from assistant.values import Reply, Style, Transcript, Utterance
from assistant.voice import Mute, Voice
from tests.fakes import (
    FakeClassifier,
    FakeLoudspeaker,
    FakeResponder,
    FakeSynthesizer,
    FakeTranscriber,
    LoudnessDetector,
    estimate,
    tone,
)

IMPRESSION = Impression(estimate("sad"), (0.0,) * 8, (0.0,) * 8, "fake")


class Conversation:
    """An assistant of fakes, and all that happened in it."""

    def __init__(self, transcriber=None, classifier=None, responder=None, speaker=None):
        self.transcriber = transcriber or FakeTranscriber()
        self.classifier = classifier or FakeClassifier()
        self.responder = responder or FakeResponder()
        self.synthesizer = FakeSynthesizer()
        self.loudspeaker = FakeLoudspeaker()
        self.events = []
        self.assistant = Assistant(
            Hearing(Endpointer(LoudnessDetector()), self.transcriber, self.classifier),
            self.responder,
            speaker or Voice(self.synthesizer, self.loudspeaker),
            self.events.append,
        )

    def names(self):
        return [event.name for event in self.events]

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def spoken(duration_s=1.0):
    return Said(Speech(tone(duration_s), 0.5, duration_s, duration_s), "a.wav")


def test_a_turn_goes_from_sound_to_sound():
    conversation = Conversation()
    conversation.assistant.converse([spoken(1.5)])
    assert conversation.names() == [
        "listening", "heard", "emotion", "reply", "spoke", "timings", "listening",
    ]  # fmt: skip
    (heard,) = conversation.of(Heard)
    assert heard == Heard(1, Transcript("hello", "en-US", "fake"), 1.5, "a.wav")
    (reply,) = conversation.of(Replied)
    assert reply.reply == Reply("You said hello", "echo", style_for(estimate("happy")))
    assert len(conversation.loudspeaker.played) == 1


def test_plugins_are_given_words_and_emotion():
    conversation = Conversation()
    conversation.assistant.converse([spoken(1.5)])
    (utterance,) = conversation.responder.asked
    assert utterance == Utterance(Transcript("hello", "en-US", "fake"), estimate("happy"), 1.5)


def test_both_stages_hear_the_same_sound():
    conversation = Conversation()
    said = spoken()
    conversation.assistant.converse([said])
    assert conversation.transcriber.heard == [said.content.audio]
    assert conversation.classifier.heard == [said.content.audio]


def test_no_words_is_no_turn_and_the_emotion_is_not_asked():
    conversation = Conversation(FakeTranscriber(""))
    conversation.assistant.converse([spoken(), spoken()])
    assert conversation.names() == ["listening"]
    assert conversation.classifier.heard == []


def test_turns_are_counted_and_limited():
    conversation = Conversation()
    conversation.assistant.converse([spoken() for _ in range(5)], max_turns=2)
    assert [event.turn for event in conversation.of(Replied)] == [1, 2]
    assert [event.turn for event in conversation.of(Listening)] == [1, 2]


def test_what_is_said_is_taken_only_when_the_turn_before_is_over():
    order = []

    def said():
        for number in (1, 2):
            order.append(f"listen {number}")
            yield spoken()

    conversation = Conversation()
    conversation.assistant.notify = lambda event: order.append(event.name)
    conversation.assistant.converse(said())
    assert order.index("spoke") < order.index("listen 2")


@pytest.mark.parametrize(
    ("stages", "error"),
    [
        ({"transcriber": FakeTranscriber(error=TranscriptionError("no engine"))}, "no engine"),
        ({"responder": FakeResponder(error=PluginError("no plugin"))}, "no plugin"),
    ],
)
def test_a_stage_that_fails_costs_its_turn_and_is_reported(stages, error):
    conversation = Conversation(**stages)
    conversation.assistant.converse([spoken(), spoken()])
    assert conversation.of(Failed) == [Failed(1, error), Failed(2, error)]
    assert conversation.of(Spoke) == []
    assert conversation.assistant.n_errors == 2


def test_after_a_failure_the_next_turn_is_answered():
    class FailsOnce(FakeClassifier):
        def classify(self, audio):
            result = super().classify(audio)
            if len(self.heard) == 1:
                raise ModelError("damaged")
            return result

    conversation = Conversation(classifier=FailsOnce())
    conversation.assistant.converse([spoken(), spoken()])
    assert [event.turn for event in conversation.of(Failed)] == [1]
    assert [event.turn for event in conversation.of(Spoke)] == [2]


def test_a_reply_that_cannot_be_spoken_was_still_shown():
    class Broken:
        def speak(self, reply, sounding, is_stopped, more):
            raise SpeechError("no voice")

        def stop(self):
            pass

    conversation = Conversation(speaker=Broken())
    conversation.assistant.converse([spoken()])
    assert conversation.names()[-3:] == ["reply", "error", "listening"]


def test_no_reply_is_told_and_is_no_sound():
    conversation = Conversation(responder=FakeResponder(is_silent=True))
    conversation.assistant.converse([spoken()])
    assert conversation.names() == ["listening", "heard", "emotion", "error", "listening"]
    (told,) = conversation.of(Failed)
    assert told.error.startswith("no plugin has a reply")
    assert conversation.loudspeaker.played == []
    assert conversation.assistant.n_errors == 0


def test_typed_words_have_no_emotion():
    conversation = Conversation()
    typed = Said(Utterance(Transcript("hi")), "keyboard")
    conversation.assistant.converse([typed])
    assert conversation.of(EmotionHeard) == []
    assert conversation.of(Replied)[0].reply.style == Style()


def test_the_manner_of_a_plugin_is_kept():
    style = Style(rate=1.5, volume=0.5, pitch=1.1)
    conversation = Conversation(responder=FakeResponder(Reply("slowly", "echo", style)))
    conversation.assistant.converse([spoken()])
    assert conversation.synthesizer.rendered == [("slowly", style)]


def test_the_manner_of_the_settings_is_that_of_the_reply():
    conversation = Conversation()
    conversation.assistant.manner = MannerSettings(happy=(1.5, 0.25, 0.75))
    conversation.assistant.converse([spoken()])
    assert [style for _, style in conversation.synthesizer.rendered] == [Style(1.5, 0.25, 0.75)]


def test_the_sound_of_each_turn_can_be_kept():
    conversation = Conversation(FakeTranscriber("hello"))
    kept = []
    conversation.assistant.keep = lambda *sound: kept.append(sound)
    said = spoken()
    conversation.assistant.converse([said, Said(Utterance(Transcript("hi")), "keyboard")])
    heard, reply, to_typed = kept
    assert heard == (1, "heard", said.content.audio)
    assert reply[:2] == (1, "reply")
    (played,) = conversation.loudspeaker.played[0]
    assert reply[2].samples.tolist() == played.samples.tolist()
    assert to_typed[:2] == (2, "reply")


def test_sound_without_words_can_be_kept_too():
    conversation = Conversation(FakeTranscriber(""))
    kept = []
    conversation.assistant.keep = lambda *sound: kept.append(sound)
    said = spoken()
    conversation.assistant.converse([said])
    assert kept == [(1, "heard", said.content.audio)]


def test_replies_are_written_in_order(tmp_path):
    voice = Voice(FakeSynthesizer(), tmp_path)
    first, second = (voice.speak(Reply(text)) for text in ("one", "three"))
    assert first == Spoken(pytest.approx(0.03, abs=0.001), tmp_path / "reply-001.wav")
    assert second.file == Path(tmp_path / "reply-002.wav")
    assert read_audio(second.file).duration_s == pytest.approx(0.05, abs=0.001)


def test_replies_that_are_there_are_kept(tmp_path):
    (tmp_path / "reply-001.wav").write_text("mine")
    assert Voice(FakeSynthesizer(), tmp_path).speak(Reply("one")).file.name == "reply-002.wav"
    assert (tmp_path / "reply-001.wav").read_text() == "mine"


def test_without_a_loudspeaker_nothing_is_spoken():
    assert Mute().speak(Reply("hello")) is None


def test_a_warning_is_reported_and_not_counted():
    conversation = Conversation()
    conversation.assistant.warn(PluginError("one plugin less"))
    assert conversation.events == [Failed(0, "one plugin less")]
    assert conversation.assistant.n_errors == 0


def understood(text="hello", **fields):
    segment = Segment(0.5, 1.5, Transcript(text, "en-US", "fake"), IMPRESSION)
    return Said(segment, "microphone", **fields)


def test_what_was_understood_while_it_was_said_is_not_heard_again():
    conversation = Conversation()
    conversation.assistant.converse([understood("good morning")])
    assert conversation.transcriber.heard == []
    assert conversation.of(Heard)[0].transcript.text == "good morning"
    assert conversation.of(EmotionHeard)[0].emotion == IMPRESSION.estimate
    assert conversation.of(Replied)[0].reply.text == "You said good morning"


def test_what_could_not_be_understood_costs_its_turn_alone():
    conversation = Conversation()
    failed = Said(TranscriptionError("it died"), "microphone")
    conversation.assistant.converse([failed, understood()])
    assert conversation.of(Failed) == [Failed(1, "it died")]
    assert [event.turn for event in conversation.of(Spoke)] == [2]


def test_a_turn_tells_where_its_time_went():
    conversation = Conversation()
    before_s = time.monotonic()
    said = understood(timings_ms={"pause": 400.0, "words": 20.0}, ended_s=before_s - 0.5)
    conversation.assistant.converse([said])
    (timed,) = conversation.of(Timed)
    assert list(timed.timings_ms) == ["pause", "words", "plugins", "first_sound", "response"]
    assert timed.timings_ms["pause"] == 400.0
    spent_ms = 1000 * (time.monotonic() - before_s)
    assert 500 <= timed.timings_ms["response"] <= 500 + spent_ms + 1
    assert timed.timings_ms["plugins"] + timed.timings_ms["first_sound"] <= spent_ms + 1


def test_where_nobody_waited_there_is_no_response_time():
    conversation = Conversation()
    conversation.assistant.converse([spoken()])
    assert conversation.of(Timed)[0].timings_ms.keys() == {"plugins", "first_sound"}


@pytest.mark.parametrize("words", ["stop", "Stop!", "stop talking", "be quiet"])
@pytest.mark.parametrize("source", ["microphone", "keyboard"])
def test_stop_is_a_turn_that_nobody_answers(words, source):
    conversation = Conversation()
    content = (
        understood(words).content if source == "microphone" else Utterance(Transcript(words))
    )
    conversation.assistant.converse([Said(content, source)])
    assert conversation.of(Stopped) == [Stopped(1)]
    assert conversation.responder.asked == []
    assert conversation.loudspeaker.played == []


def test_words_that_only_begin_with_stop_are_answered():
    conversation = Conversation()
    conversation.assistant.converse([understood("stop the clocks")])
    assert len(conversation.of(Replied)) == 1


def test_stopped_while_a_plugin_thinks_nothing_is_spoken_and_the_next_turn_is():
    class Interrupted(FakeResponder):
        def respond(self, *question):
            if not self.asked:
                conversation.assistant.stop()
            return super().respond(*question)

    conversation = Conversation(responder=Interrupted())
    conversation.assistant.converse([understood(), understood()])
    assert conversation.of(Stopped) == [Stopped(1)]
    assert [event.turn for event in conversation.of(Spoke)] == [2]


def test_a_stop_reaches_whoever_speaks():
    class Speaker:
        stopped = False

        def speak(self, reply, sounding, is_stopped, more):
            assert not is_stopped()
            conversation.assistant.stop()
            assert self.stopped
            assert is_stopped()
            return Spoken(0.5, interrupted=True)

        def stop(self):
            self.stopped = True

    conversation = Conversation(speaker=Speaker())
    conversation.assistant.converse([understood()])
    assert conversation.of(Spoke) == [Spoke(1, 0.5, None, interrupted=True)]


def attentive(*said):
    conversation = Conversation()
    conversation.assistant.attention = Attention("hey computer")
    conversation.assistant.converse(said)
    return conversation


def test_what_is_said_to_others_is_ignored_and_told():
    conversation = attentive(understood("what time is it"))
    assert conversation.of(Ignored) == [
        Ignored(0, Transcript("what time is it", "en-US", "fake"))
    ]
    assert conversation.names() == ["listening", "ignored"]


def test_the_wake_phrase_is_left_out_and_what_follows_soon_needs_none():
    conversation = attentive(understood("hey computer what time is it"), understood("thanks"))
    asked = [one.transcript.text for one in conversation.responder.asked]
    assert asked == ["what time is it", "thanks"]


def test_the_wake_phrase_alone_is_heard_and_what_follows_is_answered():
    conversation = attentive(understood("hey computer"), understood("what time is it"))
    asked = [one.transcript.text for one in conversation.responder.asked]
    assert asked == ["what time is it"]
    assert [event.turn for event in conversation.of(Heard)] == [1, 2]


def test_typed_words_need_no_wake_phrase():
    conversation = attentive(Said(Utterance(Transcript("what time is it")), "keyboard"))
    assert len(conversation.of(Replied)) == 1


def test_an_answer_that_comes_sentence_by_sentence_is_spoken_and_shown_as_it_comes():
    responder = FakeResponder(reply=Reply("One. Two.", "slow"), more=("Three.", "Four. Five."))
    conversation = Conversation(responder=responder)
    conversation.assistant.converse([spoken(), spoken()])
    assert conversation.names()[:8] == [
        "listening", "heard", "emotion", "reply", "continued", "continued", "spoke", "timings",
    ]  # fmt: skip
    assert [event.text for event in conversation.of(Continued)][:2] == ["Three.", "Four. Five."]
    assert [text for text, _ in conversation.synthesizer.rendered][:5] == [
        "One.", "Two.", "Three.", "Four.", "Five.",
    ]  # fmt: skip
    assert responder.calls == ["close", "spoken"] * 2
    (turn,) = responder.conversations[1].turns
    assert (turn.reply, turn.plugin) == ("One. Two. Three. Four. Five.", "slow")


def test_without_a_voice_an_answer_is_shown_to_its_end():
    responder = FakeResponder(more=("Three.", "Four."))
    conversation = Conversation(responder=responder, speaker=Mute())
    conversation.assistant.converse([spoken()])
    assert [event.text for event in conversation.of(Continued)] == ["Three.", "Four."]


def test_plugins_are_given_the_turns_before():
    conversation = Conversation(classifier=FakeClassifier([estimate("sad")]))
    conversation.assistant.converse([spoken(1.5) for _ in range(3)])
    first, second, third = conversation.responder.conversations
    assert first.turns == ()
    (turn,) = second.turns
    assert (turn.text, turn.emotion, turn.duration_s) == ("hello", estimate("sad"), 1.5)
    assert (turn.reply, turn.plugin) == ("You said hello", "echo")
    assert abs(turn.time_s - time.time()) < 60
    assert third.turns[0] == turn


def test_who_waits_for_a_plugin_hears_a_few_words_once():
    conversation = Conversation(responder=FakeResponder(is_slow=True))
    conversation.assistant.converse([spoken()])
    (waiting,) = conversation.of(Waiting)
    assert waiting.text == FILLER
    assert [text for text, _ in conversation.synthesizer.rendered] == [FILLER, "You said hello"]
    assert conversation.names()[-3:] == ["spoke", "timings", "listening"]


@pytest.mark.parametrize("words", ["never mind", "Never mind!", "stop"])
def test_never_mind_ends_a_question_and_is_not_answered(words):
    conversation = Conversation(FakeTranscriber(words))
    conversation.assistant.converse([spoken()])
    assert conversation.of(Stopped) == [Stopped(1)]
    assert conversation.responder.asked == []
    assert conversation.responder.calls == ["drop_question"]


def test_what_nobody_asked_for_is_said_and_is_no_turn():
    conversation = Conversation()
    announced = Said(Reply("Your tea is ready.", "clock"), "clock")
    conversation.assistant.converse([announced, spoken(), announced], max_turns=1)
    assert conversation.names() == [
        "listening", "reply", "spoke", "listening", "heard", "emotion", "reply", "spoke",
        "timings",
    ]  # fmt: skip
    assert [event.turn for event in conversation.of(Replied)] == [0, 1]
    assert conversation.responder.conversations[0].turns == ()


def test_the_answer_to_what_was_announced_needs_no_wake_phrase():
    asking = Reply("How was it?", "diary", asks_s=30.0)
    conversation = Conversation(responder=FakeResponder(asking))
    assistant = conversation.assistant
    now_s = [0.0]
    assistant.attention = Attention("hey computer", 8.0, lambda: now_s[0])
    assistant.converse([Said(asking, "diary")])
    assert conversation.responder.calls == ["note_question How was it?", "spoken"]
    now_s[0] = 20.0
    assistant.converse([understood("fine")])
    assert len(conversation.responder.asked) == 1


def test_an_announcement_does_not_open_an_older_question_again():
    conversation = Conversation(responder=FakeResponder(Reply("Which?", "a", asks_s=30.0)))
    assistant = conversation.assistant
    now_s = [0.0]
    assistant.attention = Attention("hey computer", 8.0, lambda: now_s[0])
    assistant.converse([understood("hey computer play")])
    conversation.responder.calls.clear()
    now_s[0] = 100.0
    assistant.converse([Said(Reply("Your tea is ready.", "clock"), "clock")])
    assert conversation.responder.calls == []
    now_s[0] = 120.0
    assistant.converse([understood("okay")])
    assert len(conversation.responder.asked) == 1


def test_what_cannot_be_announced_is_told():
    class Broken(Mute):
        def speak(self, *_):
            raise SpeechError("no voice")

    conversation = Conversation(speaker=Broken())
    conversation.assistant.converse([Said(Reply("x", "clock"), "clock")])
    assert conversation.of(Failed) == [Failed(0, "no voice")]


def test_plugins_are_given_what_the_words_are_worth_and_what_has_changed():
    conversation = Conversation(classifier=FakeClassifier([estimate("sad")] * 3 + [estimate()]))
    conversation.assistant.sentiment = lambda transcript: len(transcript.text) / 10
    conversation.assistant.converse([spoken() for _ in range(4)])
    *before, last = conversation.responder.asked
    assert {utterance.sentiment for utterance in (*before, last)} == {0.5}
    assert [utterance.change for utterance in before] == [None] * 3
    assert last.change["happy"] > 0 > last.change["sad"]


def test_a_correction_is_of_an_utterance_before():
    kept = []
    conversation = Conversation()
    assistant = conversation.assistant
    assistant.correct_voice = lambda impression, label: kept.append((impression.model, label))

    class Correcting(FakeResponder):
        def respond(self, *question):
            if len(self.asked) == 2:
                assistant.correct("sad")
                assistant.correct("happy", turns_back=2)
            return super().respond(*question)

    assistant.responder = Correcting()
    for number in range(3):
        one = understood()
        heard = replace(one.content, impression=replace(IMPRESSION, model=f"{number}"))
        assistant.converse([replace(one, content=heard)])
    assert kept == [("1", "sad"), ("0", "happy")]
    assert [turn.felt for turn in assistant.conversation.turns] == ["happy", "sad", ""]


@pytest.mark.parametrize("before", [[], [Said(Utterance(Transcript("typed")), "keyboard")]])
def test_what_was_not_spoken_cannot_be_corrected(before):
    conversation = Conversation()
    conversation.assistant.converse([*before, spoken()])
    for turns_back in (-1, 0, 1, 2):
        with pytest.raises(PluginError, match="nothing to correct"):
            conversation.assistant.correct("sad", turns_back)


def test_plugins_are_given_the_sound_and_none_of_typed_words():
    conversation = Conversation()
    said = spoken()
    conversation.assistant.converse([said, Said(Utterance(Transcript("x")), "keyboard")])
    assert conversation.responder.sounds == [said.content.audio, None]


@pytest.mark.parametrize(("asks_s", "is_heeded"), [(30.0, True), (0.0, False)])
def test_the_answer_to_a_question_needs_no_wake_phrase(asks_s, is_heeded):
    now_s = [0.0]
    conversation = Conversation(responder=FakeResponder(Reply("Which?", "a", asks_s=asks_s)))
    assistant = conversation.assistant
    assistant.attention = Attention("hey computer", 8.0, lambda: now_s[0])
    assistant.converse([understood("hey computer play")])
    now_s[0] = 20.0
    assistant.converse([understood("blue")])
    assert (len(conversation.responder.asked) == 2) is is_heeded
