"""Words of crisis or emergency: answered with help, and by nobody else."""

import re
import time

import pytest

from assistant import Transcript, Utterance
from assistant.crisis import CALL_FOR_HELP, HELP
from assistant.plugins import MAX_TEXT_CHARACTERS
from assistant.settings import PluginSettings
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


@pytest.mark.parametrize(
    "text",
    [
        "I can't breathe",
        "help me I can’t breathe",
        "Help! She can't breathe!",
        "can't breathe",
        "my little brother can hardly breathe",
        "we cannot breathe in here",
        "I was coughing so hard and now I can't breathe",
        "I can't get any air",
        "I am having trouble breathing",
        "he isn't breathing",
        "the baby is not breathing",
        "I'm choking",
        "my son is choking on a bone",
        "my chest hurts",
        "my chest feels very tight",
        "I have chest pain",
        "I'm having severe chest pains",
        "there is a pain in my chest",
        "I think I'm having a heart attack",
        "I have a heart attack.",
        "I think it's a stroke",
        "my father is having a stroke",
        "somebody is unconscious",
        "she's bleeding badly",
        "I took an overdose",
        "call an ambulance",
        "please call me an ambulance now",
        "did you call an ambulance",
        "I need an ambulance",
        "call 911",
        "call the emergency services",
        "I am so scared my chest hurts",
        "I just can't breathe",
        "I really can't breathe",
        "I, um, I still can’t breathe",
        "help, can't breathe!",
        "please help can't breathe",
        "it's hard to breathe",
        "It is getting really difficult for him to breathe.",
        "the nose is bleeding and I can't breathe",
        "Stop the song, I can't breathe!",
        "he's not breathing",
        "he's stopped breathing",
        "my wife just stopped breathing",
        "dad is not breathing",
        "my roommate is not breathing",
        "mom is unconscious",
        "my husband's mother is unconscious",
        "he won't wake up",
        "my baby will not wake up",
        "I can't wake her up",
        "she won't wake up at all",
        "he won't wake up when I shake him",
        "a man is having a heart attack",
        "an old woman is having a seizure",
        "she is having a heart attack at work",
        "my chest really hurts",
        "I'm bleeding and it won't stop",
        "he is bleeding, it does not stop",
        "I'm bleeding a lot of blood",
        "I overdosed",
        "my sister just overdosed on heroin",
        "I've taken too many pills",
        "I have taken too many sleeping pills",
        "I took too many of my pills",
        "he's taken an overdose",
        "she has just taken too many tablets",
        "call the ambulance",
        "call nine nine nine",
        "call 999",
        "call 9-1-1",
        "this is an emergency",
        "it's an emergency",
        "This is an emergency! Help!",
        "I'm so happy I can't breathe, no, call an ambulance",
        "I don't think I'm having a heart attack but I can't breathe",
    ],
)
def test_in_an_emergency_one_is_told_to_call_for_help(text, plugin):
    assert plugin.respond(said(text)) is CALL_FOR_HELP


def test_what_is_said_in_an_emergency_says_whom_to_call_and_claims_nothing():
    text = CALL_FOR_HELP.text
    for words in ("call your emergency number now", "1 1 2", "9 1 1", "may be", "cannot call"):
        assert words in text
    assert not re.search(r"attack|stroke|panic|you (?:have|are|need)", text)
    assert CALL_FOR_HELP.is_fixed


@pytest.mark.parametrize(
    "text",
    [
        "you take my breath away",
        "take a deep breath",
        "I can't breathe through my nose",
        "I can’t breathe without you",
        "I can't breathe in this dress",
        "I can't breathe underwater",
        "I was laughing so hard I can't breathe",
        "I couldn't breathe for joy",
        "fish can't breathe on land",
        "she can't get enough air time",
        "I have trouble breathing through my nose",
        "a chest of drawers",
        "I must get it off my chest",
        "my chest hurts from the gym",
        "my chest does not hurt",
        "I have no chest pain",
        "there is no pain in my chest",
        "asthma is a disease",
        "my brother has asthma",
        "what is a heart attack",
        "you nearly gave me a heart attack",
        "my father had a heart attack last year",
        "it is enough to have a heart attack",
        "every time I see the bill I have a heart attack",
        "he is having a stroke of luck",
        "I'm choking up",
        "she is unconscious of it",
        "my phone is choking",
        "an ambulance drove by",
        "we had to call an ambulance yesterday",
        "don't call an ambulance",
        "I do not need an ambulance",
        "call my mother",
        "where is the emergency exit",
        "it is no emergency",
        "I took too many photos",
        "a taxi can't breathe",
        "call 9110 for pizza",
        "I don't think I'm having a heart attack",
        "I do not believe that it is a stroke",
        "I don't think it's an emergency",
        "my nose is blocked and I can't breathe",
        "my nose is all stuffed up, I can't breathe",
        "I can't breathe because my nose is blocked",
        "I can't breathe in this heat",
        "I'm so happy I can't breathe",
        "I am so full that I can't breathe",
        "I was laughing so much, I can’t breathe!",
        "I can't breathe easily until the exam is over",
        "I can't breathe until the exam is over",
        "I can't breathe a word of it",
        "it's hard to breathe through this mask",
        "it is hard to breathe under water",
        "we can't get air conditioning",
        "play the song I can't breathe",
        "play I can't breathe",
        "a song called I can't breathe",
        "my dad is having a heart attack over the bill",
        "I'm bleeding a lot of money",
        "the company is bleeding and it won't stop",
        "I overdosed on chocolate",
        "he overdosed last year",
        "he overdosed many years ago",
        "my phone won't wake up",
        "the kids won't wake up before noon",
        "my son won't wake up before noon",
        "she won't wake up early",
        "he won't wake up at seven",
        "I can't wake my son in the morning",
        "never call the ambulance",
        "it's not an emergency",
        "is this an emergency",
        "what do I do if it's an emergency",
        "this is an emergency exit",
    ],
)
def test_figures_of_speech_stories_and_questions_are_no_emergency(text, plugin):
    assert plugin.respond(said(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "I can't breathe I want to die",
        "I took an overdose because I want to die",
        "I've taken too many pills, I don't want to live anymore",
        "my chest hurts, I'm going to die, I want to kill myself",
    ],
)
def test_a_crisis_comes_before_an_emergency(text, plugin):
    assert plugin.respond(said(text)) is HELP


@pytest.mark.parametrize(
    "text",
    [
        "I'm having a heart attack, I'm going to die",
        "I can't breathe I'm going to die",
        "my chest hurts I think I'm going to die",
        "I am gonna die, call an ambulance",
    ],
)
def test_an_emergency_comes_before_the_fear_of_death(text, plugin):
    assert plugin.respond(said(text)) is CALL_FOR_HELP


@pytest.mark.parametrize(
    "text", ["I'm going to die", "i am just gonna die", "Im going to die."]
)
def test_without_an_emergency_who_is_going_to_die_is_in_a_crisis(text, plugin):
    assert plugin.respond(said(text)) is HELP


@pytest.mark.parametrize(
    "words",
    ["a man ", "help ", "please ", "my nose is blocked and ", "I can't ", "so happy ", "my "],
)
def test_the_longest_text_is_judged_at_once(words, plugin):
    text = (words * MAX_TEXT_CHARACTERS)[:MAX_TEXT_CHARACTERS]
    begin = time.process_time()
    assert plugin.respond(said(text)) is None
    assert time.process_time() - begin < PluginSettings().deadline_s
