"""Always has an answer: to the feeling in the words, else to that in the voice.

Words outrank the voice: an estimate of the feeling is wrong more often than they are.
"""

import re
from typing import NamedTuple

from assistant import Reply, Utterance, Wordings, crisis_reply, hookimpl


@hookimpl(trylast=True)
def respond(utterance: Utterance) -> Reply:
    """Return an answer that fits the words and the feeling."""
    if help_in_need := crisis_reply(utterance.transcript.text):
        return help_in_need
    return Reply(wordings_for(utterance).next())


def wordings_for(utterance: Utterance) -> Wordings:
    """Return the lines of which the next answers the utterance."""
    text = utterance.transcript.text.replace("’", "'").strip()
    if not text:
        return NOTHING
    for topic in TOPICS:
        # Not before an apostrophe: "won't" is no "won".
        if re.search(rf"\b(?:{topic.words})(?![\w'])", text, re.IGNORECASE):
            return topic.wordings
    emotion = utterance.emotion
    if emotion is None or not emotion.is_reliable:
        return ANYTHING
    return VOICES.get(emotion.label, ANYTHING)


class Topic(NamedTuple):
    """What is said, and how it is answered."""

    words: str
    """Regular expression of what it answers; apostrophes are straight."""
    wordings: Wordings


JOY = (
    r"(?:happy|glad|great|wonderful|won|got the job|excited|love it|good news|birthday"
    r"|passed(?! (?:out|by|on|me|us|him|her)\b))"
)
# "I can't believe I won" and "never been so happy" deny nothing, nor does "isn't it great".
NOT = (
    r"\b(?!^\w+n't (?:it|that|this)\b)(?:not|never|nobody|no one|none|nothing|hardly|cannot"
    r"|(?:do|does|did|is|are|was|were|have|has|had|ca|wo|could|would|should|ai)n'?t) "
    r"(?!(?:it|only|just|mind|worry|believe|wait|been (?:so|this|as)|be (?:more|so)) )"
)
VERY = r"(?:so |very |really |all that |too |feel |feeling |been |be |do |doing |going )*"
UNREAL = (
    r"(?:if|wish|hope|want to (?:be|feel)|would|\w+'d|could|will|until|used to|almost|nearly"
    r"|is (?:any|every)(?:one|body)|ever)"
)

# The first that matches answers: feelings, then questions that nobody answered.
TOPICS = (
    Topic(
        r"are you (?:happy|sad|angry|afraid|lonely)",
        Wordings(
            "I am a program, but I do listen.", "Only a program, and glad to talk to you."
        ),
    ),
    Topic(
        rf"{NOT}{VERY}(?:sad|lonely|alone|depressed|angry|afraid|scared|worried|nervous|tired)",
        Wordings("I see. What do you feel then?", "Tell me how you feel instead."),
    ),
    Topic(
        r"lonely|alone|nobody (?:likes|loves|calls)|miss (?:you|him|her|them|my)",
        Wordings(
            "Being alone can weigh a lot. Whom would you like to hear from?",
            "I am here to listen. Is there someone you could call tonight?",
        ),
    ),
    Topic(
        r"died|passed away|funeral|broke up|lost my|sad|cry|crying|depressed|heartbroken"
        r"|unhappy|used to be (?:so )?happy"
        rf"|{NOT}(?:\w+ ){{0,3}}?(?:happy|glad|great|w[io]n|pass(?:ed)?|g[eo]t the job)"
        rf"|{NOT}{VERY}(?:well|good|fine|okay)"
        r"|(?:happy|well|great|wonderful|fine) (?:until|till|before)",
        Wordings(
            "I am sorry. Do you want to tell me more about it?",
            "That sounds hard. Take your time; I am listening.",
        ),
    ),
    Topic(
        r"angry|furious|hate|annoy(?:s|ed|ing)|unfair|stupid|fed up|never works?|broken|mad at",
        Wordings(
            "That would annoy anyone. What happened?",
            "I understand that this is frustrating. What would make it better?",
        ),
    ),
    Topic(
        r"afraid|scared|(?<!don't )worry|worried|anxious|nervous|panic|frightened|terrified",
        Wordings(
            "Let us take it one step at a time. What worries you most?",
            "Take a slow breath. What would make you feel safer?",
        ),
    ),
    Topic(
        r"tired|exhausted|stressed|overworked|can't sleep",
        Wordings(
            "You have earned some rest. What could wait?", "Be kind to yourself. Take a break."
        ),
    ),
    Topic(
        r"disgust(?:ing|ed)|gross|yuck",
        Wordings(
            "That does sound unpleasant.", "I can see why you want to get away from that."
        ),
    ),
    Topic(r"help", Wordings("What do you need?", "Tell me what is the matter.")),
    Topic(
        rf"{NOT}(?:\S+ ){{0,9}}?{JOY}|no {JOY}|{UNREAL} (?:[\w']+ ){{0,4}}?{JOY}",
        Wordings("How do you feel about it?", "Tell me how it is for you."),
    ),
    Topic(
        JOY,
        Wordings(
            "That is wonderful to hear! Tell me more.",
            "How lovely! You can be proud of that.",
        ),
    ),
    Topic(
        r"(?:what|who|whose|where|when|which|how (?:many|much|far|long|old)) .+",
        Wordings(
            "I don't know that. A plugin could teach me.",
            "That is beyond me so far. A plugin might know it.",
        ),
    ),
)

# Where the words say nothing that is known, the voice decides; it may err: claim nothing.
VOICES = {
    "happy": Wordings("Do you have good news?", "Is it a good day?"),
    "sad": Wordings("I am here if you want to talk.", "Do you want to say what it is?"),
    "angry": Wordings("I am listening. Did something go wrong?", "Does something bother you?"),
    "fearful": Wordings("I am with you. Is it worrying?", "Shall we look at it calmly?"),
    "disgust": Wordings("Is it unpleasant?", "Would you rather be rid of it?"),
    "surprised": Wordings("Was that unexpected?", "Did you see that coming?"),
    "calm": Wordings("I see. Go on, there is no hurry.", "All right. I am listening."),
}
ANYTHING = Wordings("I see. Tell me more.", "And what do you make of it?", "Go on, please.")
NOTHING = Wordings("I did not catch that.", "I heard you, but not the words.")
