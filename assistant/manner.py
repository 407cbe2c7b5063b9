"""The manner of a reply: how the assistant speaks to someone who feels so."""

from assistant.settings import MannerSettings
from assistant.values import EmotionEstimate, Style


def style_for(
    emotion: EmotionEstimate | None, manner: MannerSettings = MannerSettings()
) -> Style:
    """Return the manner that suits an emotion; plain where it is unknown or uncertain."""
    if emotion is None or not emotion.is_reliable:
        return Style()
    rate, volume, pitch = getattr(manner, emotion.label)
    return Style(rate, volume, pitch)
