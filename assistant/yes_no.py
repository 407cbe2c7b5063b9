"""Whether an answer is a yes or a no."""

import re

from assistant.words import plain_words

MOST_CHARACTERS = 60
"""Of a yes or a no; who says more wants more."""

_YES = (
    r"(?:yes|yeah|yep|yup|sure|okay|ok|all ?right|please|gladly|of course|certainly|absolutely"
    r"|definitely|why not|go ahead|do (?:it|that|this)|you may|we can|i do|good idea"
    r"|let'?s(?: do (?:it|that|this)| try(?: it| that)?| go)?|we (?:shall|should|could)"
    r"|i(?:'d| would) (?:like|love) (?:that|to|it)|(?:that )?sounds good"
    r"|(?:it|that) (?:would|might|may|could) help)"
)
_NO = (
    # A recogniser writes "know" for "no".
    r"(?:no|know|nope|nah|never|don'?t|not (?:now|really|today|yet)|(?:maybe )?later"
    r"|another time|(?:i(?:'d| would) )?rather not|leave (?:me(?: alone)?|it|that)"
    r"|i don'?t(?: (?:want|need|like)(?: to| it| that)?)?|i(?:'m| am) (?:fine|okay|ok|good)"
    r"|forget (?:it|that)|cancel(?: it| that)?)"
)
_FILLER = r"(?:oh|well|um|uh|hm|thanks|thank you|then|now|just|really)"


def is_yes(text: str, others: str = "") -> bool:
    """Return whether ``text`` says yes, and nothing else.

    Args:
        text: what was said, in English.
        others: a regular expression of what else is a yes to this question, in small letters
            and without punctuation, such as ``delete (?:it|them)``.
    """
    return _is_all(_YES, others, text)


def is_no(text: str, others: str = "") -> bool:
    """Return whether ``text`` says no, and nothing else; the arguments as of `is_yes`."""
    return _is_all(_NO, others, text)


def _is_all(words: str, others: str, text: str) -> bool:
    either = f"(?:{words}|{others})" if others else words
    said = " ".join(plain_words(text))
    form = rf"(?:{_FILLER} )*{either}(?: (?:{either}|{_FILLER}))*"
    return len(said) <= MOST_CHARACTERS and re.fullmatch(form, said) is not None
