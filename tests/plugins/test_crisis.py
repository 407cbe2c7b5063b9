"""Words of crisis: answered with help, and by nobody else."""

import pytest

from assistant import Transcript, Utterance
from assistant.crisis import HELP
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
        "I want to hang myself",
        "I want to be dead",
        "I want to end it all",
        "I am thinking about ending it all",
        "I want to kill my self",
        "I'm gonna shoot myself",
        "I want to slit my wrists",
        "I'd rather be dead",
        "I wish I had never been born",
        "I wish I'd never been born",
        "there is nothing left to live for",
        "life isn't worth living",
        "I don't want to exist",
        "I don't want to wake up anymore",
        "I don't want to live in this world",
        "I don't want to live like this",
        "I am just going to die",
        "my brother wants to die",
        "I think about jumping off a bridge",
        "I could drown myself",
        "I took pills to poison myself",
        "I am going to cut my throat",
        "I am gonna hurt myself",
        "I had the urge to cut myself",
        "I thought of hurting myself",
        "ending my own life is all I think of",
        "I would be better off dead",
        "I wanna be dead",
        "I'd rather die",
        "I wish I was never born",
        "i dont want to wake up again",
        "there is no point to go on living",
        "life is not worth living",
        "I will jump in front of a train",
    ],
)
def test_words_of_crisis_are_answered_with_help(text, plugin):
    reply = plugin.respond(said(text))
    assert reply is HELP
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
        "I want to cut myself some slack",
        "I'm going to die laughing",
        "I am going to die of boredom",
        "I want to die happy",
        "the battery is going to die",
        "I am going to cut myself a slice of cake",
        "I want to cut myself off from sugar",
        "I do not want to shoot myself in the foot",
        "I could drown myself in work",
        "I could kill myself laughing",
        "I would not hang myself out to dry",
        "I want to be dead certain",
        "they could take my life savings",
        "I don't want to live in Paris",
        "I do not want to live with my parents",
        "I don't want to live here",
        "I don't want to wake up early",
        "the Suicide Squad is on tonight",
        "in the end it was all fine",
    ],
)
def test_other_words_are_left_to_others(text, plugin):
    assert plugin.respond(said(text)) is None
