"""Whether an answer is a yes or a no."""

import re

from assistant.words import plain_words

MOST_CHARACTERS = 60
"""Of a yes or a no; who says more wants more."""

# These also decide what is deleted: what is a yes to an offer alone is for its own question.
_YES = (
    r"(?:yes|yeah|yep|yup|sure|okay|ok|all ?right|please|gladly|of course|certainly|absolutely"
    r"|definitely|fine|(?:that(?:'s| is) )?right|mhm|mm ?hmm?|uh huh|go ahead|you may|good idea"
    r"|do (?:it|that|this)|(?:yes|please) do|(?:i'm|i am) sure"
    r"|let'?s(?: do (?:it|that|this)| try(?: it| that)?| go)?"
    r"|i(?:'d| would) (?:like|love) (?:that|to|it)|(?:that )?sounds (?:good|great)"
    r"|(?:it|that)(?:'d| would) be (?:nice|good|great|lovely))"
)
_NO = (
    # A recogniser writes "know" for "no", but who does not know says neither.
    r"(?:no(?: way)?|know|nope|nah|never|not (?:(?:right )?now|really|today|yet)"
    r"|(?:absolutely|certainly|definitely|of course) not|(?:maybe )?later|another time"
    r"|(?:i(?:'d| would) )?rather not|leave (?:me(?: alone)?|it|that)"
    r"|(?:i (?:just |really )?)?(?:don'?t|do not)(?!.* know)"
    r"(?: think so| do (?:it|that|this)| (?:want|need|like)(?: to| it| that)?)?"
    r"|i(?:'m| am) (?:fine|okay|ok|good)|forget (?:it|that)|cancel(?: it| that)?)"
)
_FILLER = (
    r"(?:oh|well|um|uh|hm|(?:thanks|thank you)(?: very much| so much| a lot)?|then|now|just"
    r"|really)"
)
_POLITE = rf"(?:please|{_FILLER})"
# An "okay" may come before a no; behind it, it may take it back.
_BEFORE_NO = rf"(?:okay|ok|all ?right|{_POLITE})"


def is_yes(text: str, others: str = "") -> bool:
    """Return whether ``text`` says yes, and nothing else.

    Args:
        text: what was said, in English.
        others: a regular expression of what else is a yes to this question, in small letters
            and without punctuation, such as ``delete (?:it|them)``.
    """
    words = _either(_YES, others)
    return _is_all(rf"(?:{_FILLER} )*{words}(?: (?:{words}|{_FILLER}))*", text)


def is_no(text: str, others: str = "") -> bool:
    """Return whether ``text`` says no, and nothing else; the arguments as of `is_yes`."""
    words = _either(_NO, others)
    return _is_all(rf"(?:{_BEFORE_NO} )*{words}(?: (?:{words}|{_POLITE}))*", text)


def _either(words: str, others: str) -> str:
    return f"(?:{words}|{others})" if others else words


def _is_all(form: str, text: str) -> bool:
    said = " ".join(plain_words(text))
    return len(said) <= MOST_CHARACTERS and re.fullmatch(form, said) is not None
