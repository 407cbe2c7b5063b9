"""Words of crisis: answered with help, and by nobody else."""

import pytest

from assistant import Transcript, Utterance
from tests.plugins import load


@pytest.fixture
def plugin():
    return load("crisis")


def said(text):
    return Utterance(Transcript(text))


@pytest.mark.parametrize(
    "text",
    [
        "I want to die",
        "i wanna die",
        "I'm going to kill myself",
        "I think about killing myself",
        "I feel suicidal",
        "suicide is all I think of",
        "I want to hurt myself",
        "I keep thinking about hurting myself",
        "I feel like cutting myself",
        "I started to self-harm again",
        "I will end my life",
        "I am thinking of taking my own life",
        "I wish I were dead",
        "I wish I could die",
        "I don’t want to live anymore",
        "I do not want to be alive",
        "there is no reason to live",
        "they would be better off without me",
    ],
)
def test_words_of_crisis_are_answered_with_help(text, plugin):
    reply = plugin.respond(said(text))
    assert reply is plugin.HELP
    assert not reply.continues
    for number in ("1 1 2", "9 1 1", "9 8 8", "1 1 6 1 2 3"):
        assert number in reply.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "I feel so lonely tonight",
        "my phone died",
        "this music is to die for",
        "I hurt myself at football",
        "I cut myself shaving",
        "I want to live in Paris",
        "he lost his life",
    ],
)
def test_other_words_are_left_to_others(text, plugin):
    assert plugin.respond(said(text)) is None
