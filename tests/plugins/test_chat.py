"""The chat with a server: what is sent, what is said of the answer, and what may go wrong."""

import logging
import shutil
import ssl
import subprocess
import threading
import time

import pytest

from assistant import Context, Conversation, EmotionEstimate, Transcript, Turn, Utterance
from assistant.crisis import HELP
from assistant.errors import AssistantError
from assistant.plugin_discovery import Plugin
from assistant.plugins import Plugins
from assistant.settings import PluginSettings
from assistant.values import EMOTIONS
from tests.chat_server import (
    BREAK,
    DONE,
    Answer,
    ChatServer,
    cut,
    dead_address,
    event,
    ollama,
    openai,
)
from tests.fakes import estimate
from tests.own_plugins import Host
from tests.plugins import FOLDER, load
from tests.processes import wait_until

KEY = "sk-very-secret-42"
SOON_S = 2.0  # far less than any deadline, and enough on a machine that is busy


@pytest.fixture
def plugin():
    return load("chat")


@pytest.fixture
def server():
    with ChatServer() as server:
        yield server


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def said(text="hello", emotion=None, **more):
    return Utterance(Transcript(text), emotion, **more)


def settings(plugin, server, **more):
    defaults = {"url": f"{server.url}/v1", "model": "small", "first_s": 9.0}
    return plugin.Settings(**{**defaults, **more})


def chat(plugin, server, clock=time.monotonic, **more):
    """The chat with a server."""
    chosen = settings(plugin, server, **more)
    return plugin.Chat(chosen, plugin.server_of(chosen), clock)


def sentences(chat, utterance=None, conversation=Conversation()):
    """What is said; None where the answer is left to others."""
    answer = chat.answer(utterance or said(), conversation)
    return None if answer is None else list(answer)


def text_of(answer):
    return " ".join(answer)


# Settings.


def started(plugin, **chosen):
    context = Context("chat", settings=plugin.Settings(**chosen))
    plugin.start(context)
    return context


@pytest.mark.parametrize("text", ["hello", "I want to die"])
def test_without_a_server_everything_is_left_to_others(text, plugin):
    context = started(plugin, kind="nonsense", key_file="/nowhere")
    assert plugin.respond(said(text), context) is None


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"kind": "gopher"}, "kind must be openai or ollama, got 'gopher'"),
        ({"model": " "}, "model is missing: name one that the server has"),
        ({"url": "localhost:11434"}, "url must be like http://localhost:11434, got 'localhost"),
        ({"url": "ftp://localhost"}, "url must be like http://localhost:11434, got 'ftp"),
        ({"url": "http://"}, "url must be like http://localhost:11434, got 'http://'"),
        ({"url": "http://a b"}, "url must be like http://localhost:11434, got 'http://a b'"),
        ({"url": "http://a\r\nX: y"}, "url must be like http://localhost:11434, got 'http://a"),
        ({"url": "http://[::1"}, "url is none: Invalid IPv6 URL"),
        ({"url": "http://localhost:port"}, "url is none: Port could not be cast"),
        ({"url": "http://me:word@localhost"}, "url must hold no name or password; key_file"),
        ({"key_file": "/nowhere/key"}, "key_file cannot be read: /nowhere/key: No such file"),
        ({"key_file": "~nobody-here/key"}, "key_file cannot be read: ~nobody-here/key: Could"),
        ({"key_file": "a\0b"}, "key_file cannot be read: a\0b: embedded null byte"),
        ({"history": -1}, "history must be 0 to 20, got -1"),
        ({"first_s": 0.0}, "first_s must be 0.1 to 600, got 0.0"),
        ({"next_s": 20.0}, "next_s must be 0.1 to 19, got 20.0"),
    ],
)
def test_a_setting_that_does_not_fit_is_told_in_one_line(chosen, told, plugin):
    fitting = {"url": "http://localhost:8080/v1", "model": "small"}
    with pytest.raises(AssistantError) as error:
        started(plugin, **{**fitting, **chosen})
    assert str(error.value).startswith(f"plugins.chat.{told}")
    assert "word" not in str(error.value).replace("name or password", "")


@pytest.mark.parametrize("content", ["", "\n", "two keys", f"{KEY}\n{KEY}", "schlüssel"])
def test_a_file_without_one_key_is_refused_and_never_quoted(content, plugin, tmp_path):
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(AssistantError, match="key_file must hold one key") as error:
        started(plugin, url="http://localhost", model="small", key_file=str(path))
    assert KEY not in str(error.value)


def test_the_key_is_not_shown_with_the_server(plugin, tmp_path):
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    plugin.start(
        Context("chat", settings=plugin.Settings("http://localhost", "openai", "m", str(path)))
    )
    assert KEY not in repr(vars(plugin.chat))


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://localhost:11434", "localhost", 11434),
        ("http://[::1]/v1", "::1", 80),
        ("https://api.example.org/v1", "api.example.org", 443),
    ],
)
def test_an_address_may_leave_out_the_port(url, host, port, plugin):
    server = plugin.server_of(plugin.Settings(url, model="small"))
    assert (server.host, server.port) == (host, port)


# What is sent.


def test_an_openai_server_is_asked_with_the_model_the_words_and_the_system_prompt(
    plugin, server
):
    assert sentences(chat(plugin, server), said("how are you")) == ["Hello there."]
    assert server.request.path == "/v1/chat/completions"
    assert server.request.headers["Content-Type"] == "application/json"
    assert "Authorization" not in server.request.headers
    assert server.request.body == {
        "model": "small",
        "messages": [
            {"role": "system", "content": plugin.SYSTEM},
            {"role": "user", "content": "how are you"},
        ],
        "stream": True,
    }


def test_ollama_is_asked_in_its_own_way_and_not_to_think(plugin, server):
    server.answer = Answer(ollama("Hello. H", "ow ", "are you"))
    asked = chat(plugin, server, url=f"{server.url}/", kind="ollama", system="")
    assert sentences(asked) == ["Hello.", "How are you."]
    assert server.request.path == "/api/chat"
    assert server.request.body == {
        "model": "small",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": True,
        "think": False,
    }


def test_the_key_goes_to_the_server(plugin, server, tmp_path):
    path = tmp_path / "key"
    path.write_text(f" {KEY}\n")
    sentences(chat(plugin, server, key_file=str(path)))
    assert server.request.headers["Authorization"] == f"Bearer {KEY}"


def test_an_address_keeps_what_follows_its_question_mark(plugin, server):
    sentences(chat(plugin, server, url=f"{server.url}/x/?version=1"))
    assert server.request.path == "/x/chat/completions?version=1"


def turn(n, reply="Yes."):
    return Turn(time.time(), f"said {n}", reply=reply)


@pytest.mark.parametrize(("history", "n_sent"), [(0, 0), (1, 1), (6, 6), (20, 9)])
def test_the_last_turns_are_sent(history, n_sent, plugin, server):
    before = Conversation(tuple(turn(n, f"Reply {n}.") for n in range(9)))
    sentences(chat(plugin, server, history=history), said("now"), before)
    _, *messages, last = server.request.body["messages"]
    expected = []
    for n in range(9 - n_sent, 9):
        expected.append({"role": "user", "content": f"said {n}"})
        expected.append({"role": "assistant", "content": f"Reply {n}."})
    assert messages == expected
    assert last == {"role": "user", "content": "now"}


def test_turns_that_were_not_answered_are_not_sent(plugin, server):
    failures = [plugin.NO_ANSWER, f"You sound sad. {plugin.APOLOGIES[401]}"]
    before = [turn(0), turn(1, ""), Turn(time.time(), " ", reply="What?")]
    before += [turn(n, failure) for n, failure in enumerate(failures, 2)]
    sentences(chat(plugin, server, history=2), said(), Conversation(tuple(before)))
    roles = [message["role"] for message in server.request.body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def told_of(plugin, server, utterance, conversation=Conversation(), **more):
    """What the model is told of the voice."""
    sentences(chat(plugin, server, **more), utterance, conversation)
    return server.request.body["messages"][-1]["content"].removeprefix("hello")


@pytest.mark.parametrize(
    ("emotion", "words"),
    [
        (estimate("sad", 0.3, certain=True), "sad (certain)"),
        (estimate("sad", 0.9, certain=None), "sad (likely)"),
        (estimate("angry", 0.49, certain=None), "angry (unsure)"),
        (estimate("angry", 0.99, certain=False), "angry (unsure)"),
    ],
)
def test_the_model_is_told_how_the_voice_sounds_and_how_sure_that_is(
    emotion, words, plugin, server
):
    assert told_of(plugin, server, said(emotion=emotion)) == (
        f"\n\n[Noted by the assistant, not said: the voice sounds {words}.]"
    )


@pytest.mark.parametrize("label", EMOTIONS)
@pytest.mark.parametrize("certain", [False, None])
@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_no_certainty_is_claimed_that_is_not_there(label, certain, share, plugin):
    emotion = estimate(label, share, certain)
    before = Conversation((Turn(time.time(), "x", emotion, 2.0),))
    told = plugin.note(said(emotion=emotion, sentiment=0.9), before)
    assert "certain" not in told
    assert " disagree" not in told.replace("seem to disagree", "")


@pytest.mark.parametrize(("certain", "words"), [(True, "disagree"), (None, "seem to disagree")])
def test_the_model_is_told_that_words_and_voice_disagree(certain, words, plugin, server):
    mixed = said(emotion=estimate("sad", 0.9, certain), sentiment=0.8)
    assert f"; words and voice {words}.]" in told_of(plugin, server, mixed)


def test_the_model_is_told_the_mood_of_the_last_minutes(plugin, server):
    now_s = time.time()
    before = Conversation(
        (
            Turn(now_s - 900, "long ago", estimate("happy", 0.9, True), 60.0),
            Turn(now_s - 20, "just now", estimate("angry", 0.8, None), 2.0),
        )
    )
    told = told_of(plugin, server, said(emotion=estimate("calm", 0.9, True)), before)
    assert told.endswith("calm (certain); in the last minutes it sounded angry (likely).]")


@pytest.mark.parametrize(
    ("emotion", "more"), [(None, {}), (estimate("sad", 0.9, True), {"tells_feelings": False})]
)
def test_nothing_is_told_of_typed_words_or_where_that_is_not_wanted(
    emotion, more, plugin, server
):
    before = Conversation((Turn(time.time(), "x", estimate("angry", 0.9, True), 2.0, "Yes."),))
    assert told_of(plugin, server, said(emotion=emotion), before, **more) == ""
    assert "angry" not in str(server.request.body["messages"])


# What is said of an answer.


def test_the_first_sentence_is_there_before_the_server_has_ended(plugin, server):
    go_on = threading.Event()
    server.answer = Answer([*openai("It rains. ", "Take", "")[:-2], go_on, *openai(" a hat.")])
    answer = chat(plugin, server).answer(said(), Conversation())
    assert next(answer) == "It rains."
    assert not go_on.is_set()
    go_on.set()
    assert list(answer) == ["Take a hat."]


@pytest.mark.parametrize("n_bytes", [1, 2, 3, 7, 50])
@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_bytes_may_come_in_any_portion(kind, n_bytes, plugin, server):
    parts = {"openai": openai, "ollama": ollama}[kind]("Grüße. Ja", " – 你好", "! Gut.")
    server.answer = Answer(cut(parts, n_bytes))
    assert sentences(chat(plugin, server, kind=kind)) == ["Grüße.", "Ja – 你好!", "Gut."]


@pytest.mark.parametrize("has_length", [False, True])
def test_lines_may_end_as_in_a_letter_and_hold_comments(has_length, plugin, server):
    parts = [b": keep alive\r\n\r\n", b"event: message\r\nid: 1\r\nretry: 5\r\n",
             event("Hello.").replace(b"\n", b"\r\n"), b"data:[DONE]\r\n\r\n"]  # fmt: skip
    server.answer = Answer(parts, has_length=has_length)
    assert sentences(chat(plugin, server)) == ["Hello."]


@pytest.mark.parametrize(
    "parts",
    [
        [event("Hello"), DONE],
        [event("Hello", finish_reason="stop")],
        [b'data: {"choices": []}\n\n', event("Hello"), b'data: {"usage": {}}\n\n', DONE],
        [b'data: {"choices": [{"delta": {"reasoning_content": "Hm."}}]}\n', *openai("Hello")],
    ],
)
def test_servers_differ_in_how_they_begin_and_end(parts, plugin, server, capsys):
    server.answer = Answer(parts)
    assert sentences(chat(plugin, server)) == ["Hello."]
    assert capsys.readouterr().err == ""


def test_a_long_answer_is_ended_and_the_server_left_alone(plugin, server):
    server.answer = Answer([*map(event, ["This is what I think of it. "] * 200), server.over])
    answer = text_of(sentences(chat(plugin, server)))
    assert plugin.MAX_CHARACTERS - 50 < len(answer) <= plugin.MAX_CHARACTERS + 50
    assert server.hung_up.wait(SOON_S)


def test_an_empty_answer_is_left_to_others_and_is_no_fault(plugin, server, capsys):
    asked = chat(plugin, server)
    for parts in (openai(), openai("```\nx = 1\n```"), openai(" ")):
        server.answer = Answer(parts)
        assert sentences(asked) == []
    assert capsys.readouterr().err == ""


# Who hangs up.


@pytest.mark.parametrize("how", ["close", "forget"])
def test_an_answer_that_is_interrupted_hangs_up_at_once(how, plugin, server):
    server.answer = Answer([event("One. Two. Thr"), server.over])
    answer = chat(plugin, server).answer(said(), Conversation())
    assert next(answer) == "One."
    assert not server.hung_up.is_set()
    begin_s = time.monotonic()
    if how == "close":
        answer.close()
    else:
        del answer
    assert server.hung_up.wait(SOON_S)
    assert time.monotonic() - begin_s < SOON_S


def test_no_thread_outlives_an_answer(plugin, server):
    server.answer = Answer([event("One. Two"), server.over])
    for _ in range(3):
        answer = chat(plugin, server).answer(said(), Conversation())
        next(answer)
        answer.close()
    assert wait_until(lambda: not any(t.name == "chat" for t in threading.enumerate()), SOON_S)


# What may go wrong.

NONSENSE = {
    "a page": [b"<html>Hello. You.</html>\n"],
    "no JSON": [b"data: {broken\n\n"],
    "a list": [b"data: []\n\n"],
    "depth": [b"data: " + b"[" * 90_000 + b"\n\n"],
    "a number for text": [event(5), DONE],
    "choices that are none": [b'data: {"choices": 5}\n\n'],
    "no text": [b"\xff\xfe\n"],
    "a line without end": [b"data: " + b"x" * 200_000],
    "a reported fault": [b'data: {"error": {"message": "out of memory"}}\n\n'],
    "nothing": [],
    "an end too soon": [event("I th")],
    "lost": [event("I th"), BREAK],
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_told_once_and_raises_nothing(nonsense, plugin, server, capsys):
    server.answer = Answer(NONSENSE[nonsense])
    asked = chat(plugin, server)
    assert sentences(asked) == [plugin.FAULT]
    assert sentences(asked) is None
    cause = capsys.readouterr().err
    assert cause.startswith("chat: 127.0.0.1: ")
    assert cause.count("\n") == 1
    assert len(cause) < 400


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "My chat server refuses my key; check plugins.chat.key_file."),
        (403, "My chat server refuses my key; check plugins.chat.key_file."),
        (
            404,
            "My chat server does not know what I ask for; "
            "check plugins.chat.url and plugins.chat.model.",
        ),
        (
            429,
            "My chat server answers with a fault; check plugins.chat, or start me with debug.",
        ),
        (
            400,
            "My chat server does not know what I ask for; "
            "check plugins.chat.url and plugins.chat.model.",
        ),
        (
            500,
            "My chat server answers with a fault; check plugins.chat, or start me with debug.",
        ),
        (
            204,
            "My chat server answers with a fault; check plugins.chat, or start me with debug.",
        ),
    ],
)
def test_a_refusal_is_told_and_its_reason_is_for_the_log(status, told, plugin, server, capsys):
    server.answer = Answer([b'{"error":\n "no model small"}'], status, has_length=True)
    assert sentences(chat(plugin, server)) == [told]
    log = capsys.readouterr().err
    assert f"the server answered {status} " in log
    assert ("no model small" in log) == (status != 204)


def test_the_key_is_never_written_to_the_log(plugin, server, tmp_path, capsys):
    path = tmp_path / "key"
    path.write_text(KEY)
    for n_before in (5, 255):  # where what is logged is cut
        server.answer = Answer([f"{'x' * n_before} {KEY} is wrong".encode()], 401)
        sentences(chat(plugin, server, key_file=str(path)))
        log = capsys.readouterr().err
        assert " (the" in log
        assert KEY[:4] not in log
        assert len(log) < plugin.MAX_CAUSE_CHARACTERS + 50


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_key_follows_no_redirect(status, plugin, server, tmp_path, capsys):
    path = tmp_path / "key"
    path.write_text(KEY)
    with ChatServer() as other:
        to = {"Location": f"{other.url}/v1/chat/completions"}
        server.answer = Answer([], status, to)
        said_of_it = sentences(chat(plugin, server, key_file=str(path)))
        assert other.requests == []
        assert f"answered {status} " in (log := capsys.readouterr().err)
        assert f"to {other.url}/v1/chat/completions, which is not followed" in log
    assert said_of_it == [plugin.NO_ANSWER]


@pytest.mark.parametrize("address", ["refused", "unknown"])
def test_a_server_that_is_not_there_is_told_once(address, plugin, server, capsys):
    host = dead_address() if address == "refused" else "nobody.invalid"
    asked = chat(plugin, server, url=f"http://{host}", first_s=3.0)
    assert sentences(asked) == [plugin.NO_ANSWER]
    cause = "ConnectionRefusedError: " if address == "refused" else ""
    assert capsys.readouterr().err.startswith(f"chat: {host.partition(':')[0]}: {cause}")


def test_after_a_fault_the_server_is_left_alone_for_a_minute(plugin, server):
    clock = Clock()
    asked = chat(plugin, server, clock)
    server.answer = Answer([], 500)
    assert sentences(asked) == [plugin.FAULT]
    clock.now_s += 59
    assert sentences(asked) is None
    assert len(server.requests) == 1
    clock.now_s += 1
    assert sentences(asked) == []  # asked again, in vain, and silent about it
    assert len(server.requests) == 2
    assert sentences(asked) is None
    clock.now_s += 60
    server.answer = Answer(openai("Here I am."))
    assert sentences(asked) == ["Here I am."]
    server.answer = Answer([], 500)
    assert sentences(asked) == [plugin.FAULT]


NEVER = threading.Event()
STALLS = {
    "before it answers": Answer(openai("Too late."), before=NEVER),
    "after two words": Answer([event("I "), event("think"), NEVER]),
    "while it thinks": Answer([event("<think>"), *[event("Hm. "), 0.05] * 60]),
    "in the middle of a line": Answer([event("I think.")[:20], NEVER]),
}


@pytest.mark.parametrize("stall", STALLS)
def test_a_server_that_stalls_is_not_waited_for(stall, plugin, server, capsys):
    server.answer = STALLS[stall]
    asked = chat(plugin, server, first_s=0.3)
    begin_s = time.monotonic()
    assert sentences(asked) == [plugin.NO_ANSWER]
    assert 0.3 <= time.monotonic() - begin_s < 0.3 + SOON_S
    assert capsys.readouterr().err == "chat: 127.0.0.1: no sentence in time\n"
    assert server.hung_up.wait(SOON_S)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("If it rains, then I would ta", "If it rains,"),
        ("Well, I think that you sho", "Well, I think that you"),
        ("Yes.", "Yes."),
        ("All is well!", "All is well!"),
    ],
)
def test_what_a_slow_server_has_begun_is_said(text, first, plugin, server):
    go_on = threading.Event()
    server.answer = Answer([event(text), go_on, *openai("ke it. Bye.")])
    answer = chat(plugin, server, first_s=0.2).answer(said(), Conversation())
    assert next(answer) == first
    go_on.set()
    assert text_of([first, *answer]).endswith("ke it. Bye.")


BREAKS = {
    "lost": ([BREAK], "IncompleteRead"),
    "an end too soon": ([], "the server broke off"),
    "stalls": ([NEVER], "no sentence in time"),
    "a fault": ([b'data: {"error": "out of memory"}\n\n'], "the server reports out of memory"),
    "nonsense": ([b"oops\n"], "the server sent no event but 'oops'"),
}


@pytest.mark.parametrize("ending", BREAKS)
def test_an_answer_that_breaks_off_ends_with_what_came(ending, plugin, server, capsys):
    parts, cause = BREAKS[ending]
    server.answer = Answer([event("It rains. Take a big umbre"), *parts])
    asked = chat(plugin, server, next_s=0.3)
    begin_s = time.monotonic()
    assert sentences(asked) == ["It rains.", "Take a big"]
    assert time.monotonic() - begin_s < 0.3 + SOON_S
    assert capsys.readouterr().err.startswith(f"chat: 127.0.0.1: {cause}")
    server.answer = Answer(openai("Here I am."))
    assert sentences(asked) == ["Here I am."]  # it is not left alone


def test_of_a_first_sentence_that_breaks_off_the_whole_words_are_said(plugin, server, capsys):
    server.answer = Answer([event("I think that is w"), BREAK])
    assert sentences(chat(plugin, server)) == ["I think that is"]
    assert "IncompleteRead" in capsys.readouterr().err


def test_the_time_that_speaking_takes_does_not_count(plugin, server):
    go_on = threading.Event()
    server.answer = Answer([event("One. T"), go_on, *openai("wo.")])
    answer = chat(plugin, server, next_s=0.5).answer(said(), Conversation())
    assert next(answer) == "One."
    time.sleep(0.6)
    threading.Timer(0.1, go_on.set).start()
    assert list(answer) == ["Two."]


def test_an_answer_without_end_is_not_read_to_its_end(plugin, server, capsys):
    thoughts = b'data: {"choices": [{"delta": {"thought": "' + b"x" * 90_000 + b'"}}]}\n'
    server.answer = Answer([thoughts] * 60)
    assert sentences(chat(plugin, server)) == [plugin.FAULT]
    assert "the server sends without end" in capsys.readouterr().err


# Certificates.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that nobody has signed, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = str(folder / "certificate.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=chat",
               "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
               "-out", certificate]  # fmt: skip
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return certificate, key


@pytest.fixture
def secure_server(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    with ChatServer(tls=tls) as server:
        yield server


def test_a_server_that_cannot_prove_its_name_is_told_nothing(plugin, secure_server, capsys):
    assert sentences(chat(plugin, secure_server)) == [plugin.NO_ANSWER]
    assert secure_server.requests == []
    assert "certificate verify failed" in capsys.readouterr().err


def test_a_server_that_proves_its_name_is_asked_and_hung_up_on(
    plugin, secure_server, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    asked = chat(plugin, secure_server)
    assert sentences(asked) == ["Hello there."]
    secure_server.hung_up.clear()
    secure_server.answer = Answer([event("One. Two"), secure_server.over])
    answer = asked.answer(said(), Conversation())
    assert next(answer) == "One."
    answer.close()
    assert secure_server.hung_up.wait(SOON_S)


# The hook, here and in its process.


def test_words_of_crisis_are_answered_with_help_whatever_the_server_does(plugin, server):
    context = started(plugin, url=server.url, model="small")
    assert plugin.respond(said("I want to die"), context) is HELP
    assert server.requests == []
    context = started(plugin, url=f"http://{dead_address()}", model="small")
    list(plugin.respond(said(), context))
    assert plugin.respond(said(), context) is None
    assert plugin.respond(said("I want to die"), context) is HELP


@pytest.mark.parametrize("text", ["", " \n"])
def test_where_no_words_were_understood_nobody_is_asked(text, plugin, server):
    context = started(plugin, url=server.url, model="small")
    assert plugin.respond(said(text), context) is None
    assert server.requests == []


def setups(server, **more):
    chosen = {"url": f"{server.url}/v1", "model": "small", **more}
    return {"chat": {"settings": chosen, "store": ""}}


def bundled(*names):
    return [Plugin(name, "bundled", str(FOLDER / f"{name}.py"), True) for name in names]


SETTINGS = PluginSettings(deadline_s=20)


@pytest.mark.slow
def test_its_process_streams_the_answer_and_hangs_up(server, tmp_path):
    go_on = threading.Event()
    path = tmp_path / "key"
    path.write_text(KEY)
    server.answer = Answer([event("It rains. Ta"), go_on, event("ke a hat. Or"), server.over])
    faults = []
    setup = setups(server, key_file=str(path), history=1)
    with Plugins(bundled("chat"), SETTINGS, faults.append, setups=setup) as plugins:
        voice = EmotionEstimate(estimate("sad", 0.9).probabilities, certain=True)
        answer = plugins.respond(said("will it rain", voice), Conversation((turn(1), turn(2))))
        assert (answer.reply.text, answer.reply.plugin) == ("It rains.", "chat")
        assert not go_on.is_set()
        go_on.set()
        assert next(answer.more) == "Take a hat."
        assert not server.hung_up.is_set()
        answer.close()
        assert server.hung_up.wait(SOON_S)
    assert faults == []
    assert server.request.headers["Authorization"] == f"Bearer {KEY}"
    texts = [message["content"] for message in server.request.body["messages"]]
    assert texts[1:3] == ["said 2", "Yes."]
    assert texts[3].startswith("will it rain\n\n[Noted")
    assert "sad (certain)" in texts[3]


@pytest.mark.slow
def test_it_is_asked_before_the_companion_and_after_all_others(server, tmp_path):
    path = tmp_path / "zoo.py"
    path.write_text(
        "def respond(utterance):\n    return 'zoo' if utterance.emotion else None\n"
    )
    found = [*bundled("companion", "chat"), Plugin("zoo", "folder", str(path), True)]
    with Host(found, SETTINGS, pytest.fail, setups=setups(server)) as host:
        assert host.respond(said("hello", estimate())).plugin == "zoo"
        assert host.respond(said("hello")).plugin == "chat"
        assert host.respond(said("I want to die")).text == HELP.text
        server.answer = Answer(openai())
        assert host.respond(said("hello")).plugin == "companion"


@pytest.mark.slow
def test_a_server_that_fails_costs_the_plugin_nothing_and_is_explained_in_the_log(
    server, caplog
):
    server.answer = Answer([b"out of memory"], 500)
    with caplog.at_level(logging.DEBUG, "tonewise"):
        found = bundled("chat", "companion")
        with Host(found, SETTINGS, pytest.fail, setups=setups(server)) as host:
            replies = [host.respond(said("hello")) for _ in range(5)]
        cause = "500 Internal Server Error out of memory"
        assert wait_until(lambda: cause in caplog.text, SOON_S)
    assert (
        replies[0].text
        == "My chat server answers with a fault; check plugins.chat, or start me with debug."
    )
    assert {reply.plugin for reply in replies[1:]} == {"companion"}
    assert len(server.requests) == 1


@pytest.mark.slow
def test_without_settings_it_is_silent_and_with_unfit_ones_it_is_left_out(server):
    with Host(bundled("chat"), SETTINGS, pytest.fail) as host:
        assert host.respond(said("hello")) is None
        assert host.names == ("chat",)
    faults = []
    setup = setups(server, model="")
    with Host(bundled("chat", "companion"), SETTINGS, faults.append, setups=setup) as host:
        assert host.names == ("companion",)
    assert [str(fault) for fault in faults] == [
        "chat: plugins.chat.model is missing: name one that the server has"
    ]
