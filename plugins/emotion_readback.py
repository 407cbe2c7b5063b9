"""Says which emotion it heard, or asks, or cannot tell; then the next plugin goes on.

It claims only what is certain: of an uncalibrated model's likely labels many are wrong.
"""

from itertools import count

from assistant import EmotionEstimate, Reply, Utterance, hookimpl

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

turns = count()


@hookimpl(tryfirst=True)
def respond(utterance: Utterance) -> Reply | None:
    """Return the feeling in the voice as a sentence; None for typed words."""
    if utterance.emotion is None:
        return None
    return Reply(sentence(utterance.emotion, next(turns)), continues=True)


def sentence(emotion: EmotionEstimate, turn: int) -> str:
    """Return what to say of an estimate; the wording alternates from turn to turn."""
    if emotion.certain:
        wordings = HEARD[emotion.label]
    elif emotion.confidence >= WORTH_ASKING:
        wordings = ASKED[emotion.label]
    else:
        wordings = UNKNOWN
    return wordings[turn % len(wordings)]
