"""How words sound by themselves, whatever the voice: VADER's lexicon, English alone.

Hutto & Gilbert (2014), VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
Media Text, ICWSM-14.
"""

from typing import Any

from assistant.values import Transcript


class WordSentiment:
    """Rates words; its lexicon is read when the first are rated."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._analyzer: Any = None

    def rate(self, transcript: Transcript) -> float | None:
        """Return how good the words are, -1 to 1; None in other languages, or without words.

        0 is neutral, as is what holds no word of the lexicon.
        """
        if not transcript.text or not transcript.language.casefold().startswith("en"):
            return None
        if self._analyzer is None:
            from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

            self._analyzer = SentimentIntensityAnalyzer()
        return float(self._analyzer.polarity_scores(transcript.text)["compound"])
