"""The manner of a reply: how the assistant speaks to someone who feels so."""

from assistant.values import EmotionEstimate, Style

# Slower, softer and lower calms; faster and brighter shares joy. The directions are those
# of vocal affect in Scherer (2003), Speech Communication 40, table 1; the sizes are ours,
# chosen small enough that a wrong estimate does not sound odd.
STYLES = {
    "neutral": Style(),
    "calm": Style(rate=0.95, volume=0.95, pitch=0.95),
    "happy": Style(rate=1.08, pitch=1.2),
    "sad": Style(rate=0.85, volume=0.85, pitch=0.85),
    "angry": Style(rate=0.88, volume=0.8, pitch=0.8),
    "fearful": Style(rate=0.85, volume=0.9, pitch=0.9),
    "disgust": Style(rate=0.95, pitch=0.9),
    "surprised": Style(rate=1.05, pitch=1.15),
}


def style_for(emotion: EmotionEstimate | None) -> Style:
    """Return the manner that suits an emotion; plain where it is unknown or uncertain."""
    if emotion is None or not emotion.is_reliable:
        return Style()
    return STYLES[emotion.label]
