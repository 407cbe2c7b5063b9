"""Says which emotion it heard, or asks, or cannot tell; then the next plugin goes on.

"No, I'm just tired" corrects it: the voice is heard accordingly from then on.

It claims only what is certain: of an uncalibrated model's likely labels many are wrong.
"""

import re
from itertools import count

from assistant import Context, EmotionEstimate, Reply, Utterance, hookimpl

WORTH_ASKING = 0.3
"""A less likely emotion is not asked about: among eight, 0.125 is pure chance."""

HEARD = {
    "neutral": ("You sound neutral.", "Your voice is even."),
    "calm": ("You sound calm.", "Your voice is calm."),
    "happy": ("You sound happy.", "I hear joy in your voice."),
    "sad": ("You sound sad.", "I hear sadness in your voice."),
    "angry": ("You sound angry.", "I hear anger in your voice."),
    "fearful": ("You sound afraid.", "I hear fear in your voice."),
    "disgust": ("You sound disgusted.", "I hear disgust in your voice."),
    "surprised": ("You sound surprised.", "I hear surprise in your voice."),
}
ASKED = {
    "neutral": ("Do you feel neither good nor bad?", "Is your mood even?"),
    "calm": ("Do you feel calm?", "Are you calm?"),
    "happy": ("Do you feel happy?", "Are you happy?"),
    "sad": ("Do you feel sad?", "Are you sad?"),
    "angry": ("Do you feel angry?", "Are you angry?"),
    "fearful": ("Do you feel afraid?", "Are you afraid?"),
    "disgust": ("Does something disgust you?", "Do you feel disgust?"),
    "surprised": ("Are you surprised?", "Did something surprise you?"),
}
UNKNOWN = (
    "I can't tell how you feel from your voice.",
    "Your voice does not tell me how you feel.",
)

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

ANSWER_S = 20.0
"""For so long it waits to be told how somebody felt, s."""

KEPT = ("I see. I will keep that in mind.", "Thank you. I will listen for that.")
MISHEARD = ("Then I misheard. How did you feel?", "I got that wrong, then. How did you feel?")

turns = count()
claimed: EmotionEstimate | None = None
"""What was said or asked of the utterance before; None where nothing was."""


@hookimpl(tryfirst=True)
def respond(utterance: Utterance, context: Context) -> Reply | None:
    """Return the feeling in the voice as a sentence, or take a correction of the last one."""
    global claimed
    before, claimed = claimed, None
    if utterance.emotion is None:
        return None
    text = utterance.transcript.text.replace("’", "'").strip().lower()
    is_for_another = context.asked_by not in ("", context.name)
    if before is not None and not is_for_another and (answer := corrected(text, context)):
        return answer
    if context.is_answer and (label := felt(text)):
        context.correct(label, turns_back=2)  # in between was the "no"
        return Reply(_in_turn(KEPT))
    if utterance.emotion.confidence >= WORTH_ASKING:
        claimed = utterance.emotion
    return Reply(sentence(utterance.emotion, next(turns)), continues=True)


def corrected(text: str, context: Context) -> Reply | None:
    """Return what to say to somebody who contradicts; None if nobody does.

    A mere "no" may answer what another plugin has asked.
    """
    if re.fullmatch(WRONG, text):
        return Reply(_in_turn(MISHEARD), asks_s=ANSWER_S)
    is_contradiction = re.match(rf"{DENIED}\b.*\b{I_FEEL}|{I_FEEL} (?:just|only)\b", text)
    if is_contradiction and (label := felt(text)):
        context.correct(label)
        return Reply(_in_turn(KEPT))
    return None


def felt(text: str) -> str | None:
    """Return the emotion that the words name, the last one of several; None for none."""
    named = [
        (found.start(), label)
        for label, words in FELT.items()
        for found in re.finditer(rf"(?<!not )\b(?:{words})\b", text)
    ]
    return max(named)[1] if named else None


def sentence(emotion: EmotionEstimate, turn: int) -> str:
    """Return what to say of an estimate; the wording alternates from turn to turn."""
    if emotion.certain:
        wordings = HEARD[emotion.label]
    elif emotion.confidence >= WORTH_ASKING:
        wordings = ASKED[emotion.label]
    else:
        wordings = UNKNOWN
    return wordings[turn % len(wordings)]


def _in_turn(lines: tuple[str, ...]) -> str:
    return lines[next(turns) % len(lines)]
