"""Says which emotion it heard, or asks, or cannot tell; then the next plugin goes on.

"No, I'm just tired" corrects it: the voice is heard accordingly from then on.

It claims only what is certain: of an uncalibrated model's likely labels many are wrong.
"""

import re
from functools import partial

from assistant import (
    Context,
    EmotionEstimate,
    Reply,
    Utterance,
    Wordings,
    hookimpl,
    plain_words,
)

has_claimed = False
"""Whether something was said or asked about the utterance before."""


@hookimpl(tryfirst=True)
def respond(utterance: Utterance, context: Context) -> Reply | None:
    """Return the feeling in the voice as a sentence, or take a correction of the last one."""
    global has_claimed
    take = context.follow_up()
    if has_claimed and context.asked_by in ("", context.name):
        take = corrected
    has_claimed = False
    if utterance.emotion is None:
        return None
    words = " ".join(plain_words(utterance.transcript.text))
    taken: Reply | None = take(words, context) if take else None
    if taken is not None:
        return taken
    has_claimed = utterance.emotion.confidence >= WORTH_ASKING
    return Reply(sentence(utterance.emotion), continues=True)


# What is said.

WORTH_ASKING = 0.3
"""A less likely emotion is not asked about: among eight, 0.125 is pure chance."""

HEARD = {
    "neutral": Wordings("You sound neutral.", "Your voice is even."),
    "calm": Wordings("You sound calm.", "Your voice is calm."),
    "happy": Wordings("You sound happy.", "I hear joy in your voice."),
    "sad": Wordings("You sound sad.", "I hear sadness in your voice."),
    "angry": Wordings("You sound angry.", "I hear anger in your voice."),
    "fearful": Wordings("You sound afraid.", "I hear fear in your voice."),
    "disgust": Wordings("You sound disgusted.", "I hear disgust in your voice."),
    "surprised": Wordings("You sound surprised.", "I hear surprise in your voice."),
}
ASKED = {
    "neutral": Wordings("Do you feel neither good nor bad?", "Is your mood even?"),
    "calm": Wordings("Do you feel calm?", "Are you calm?"),
    "happy": Wordings("Do you feel happy?", "Are you happy?"),
    "sad": Wordings("Do you feel sad?", "Are you sad?"),
    "angry": Wordings("Do you feel angry?", "Are you angry?"),
    "fearful": Wordings("Do you feel afraid?", "Are you afraid?"),
    "disgust": Wordings("Does something disgust you?", "Do you feel disgust?"),
    "surprised": Wordings("Are you surprised?", "Did something surprise you?"),
}
UNKNOWN = Wordings(
    "I can't tell how you feel from your voice.", "Your voice does not tell me how you feel."
)


def sentence(emotion: EmotionEstimate) -> str:
    """Return what to say of an estimate."""
    if emotion.certain:
        return HEARD[emotion.label].next()
    if emotion.confidence >= WORTH_ASKING:
        return ASKED[emotion.label].next()
    return UNKNOWN.next()


# How it is corrected.

FELT = {
    "neutral": "neutral|fine|okay|ok|all right|alright|normal|nothing|tired|exhausted|sleepy",
    "calm": "calm|relaxed|quiet|peaceful|content",
    "happy": "happy|glad|joking|kidding|excited|delighted|cheerful|good|great",
    "sad": "sad|unhappy|down|lonely|hurt|disappointed|depressed",
    "angry": "angry|mad|annoyed|furious|irritated|frustrated",
    "fearful": "afraid|scared|fearful|worried|nervous|anxious|frightened",
    "disgust": "disgusted|sick of it|appalled",
    "surprised": "surprised|astonished|amazed|shocked",
}
"""What people call how they feel; who is tired shows no feeling in particular."""

DENIED = r"(?:no|know|nope|not really|not at all|wrong|actually)"
"""What begins a correction; the recogniser writes "know" for "no"."""
WRONG = (
    rf"(?:{DENIED} )*(?:i'?m not|i am not|i don'?t|that'?s (?:wrong|not true)|you'?re wrong)"
)
"""What says no more than that it misheard."""
I_FEEL = r"(?:i'?m|i am|i feel|i was|that was|it was)"

KEPT = Wordings("I see. I will keep that in mind.", "Thank you. I will listen for that.")
MISHEARD = Wordings(
    "Then I misheard. How did you feel?", "I got that wrong, then. How did you feel?"
)


def corrected(words: str, context: Context) -> Reply | None:
    """Return what to say to somebody who contradicts; None if nobody does.

    A mere "no" may answer what another plugin has asked.
    """
    if re.fullmatch(WRONG, words):
        # The answer is about the utterance before this "no".
        return context.ask(MISHEARD.next(), partial(keep, turns_back=2))
    is_contradiction = re.match(rf"{DENIED}\b.*\b{I_FEEL}|{I_FEEL} (?:just|only)\b", words)
    return keep(words, context) if is_contradiction else None


def keep(words: str, context: Context, turns_back: int = 1) -> Reply | None:
    """Keep the emotion that the words name as how somebody felt; None where they name none."""
    label = felt(words)
    if label is None:
        return None
    context.correct(label, turns_back)
    return Reply(KEPT.next())


def felt(words: str) -> str | None:
    """Return the emotion that the words name, the last one of several; None for none."""
    named = [
        (found.start(), label)
        for label, names in FELT.items()
        for found in re.finditer(rf"(?<!not )\b(?:{names})\b", words)
    ]
    return max(named)[1] if named else None
