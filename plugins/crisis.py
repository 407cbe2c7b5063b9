"""Answers words of crisis with where to find help, before any other plugin speaks.

A plugin of its own, so that no remark about the voice comes before this answer.
Sources of the numbers: 988lifeline.org and 988.ca; samaritans.org; EU Directive
2018/1972, article 109 (112).
"""

import re

from assistant import Reply, Style, Utterance, hookimpl

CRISIS = re.compile(
    r"suicid|\bkill(?:ing)? myself\b|\bself[- ]harm"
    r"|\b(?:want|going|feel like|thinking|thought|think|urge|about) "
    r"(?:to |of |about )?(?:hurt|harm|cut)(?:t?ing)? myself\b"
    r"|\b(?:end|take|ending|taking) my (?:own )?life\b"
    r"|\b(?:want to|wanna|going to|wish i could|wish to) die\b"
    r"|\bwish i (?:was|were) dead\b"
    r"|\b(?:don't|do not|dont) (?:want to|wanna) (?:live|be alive)\b"
    r"|\bno (?:reason|point) (?:to live|in living|to go on living)\b"
    r"|\bbetter off (?:dead|without me)\b",
    re.IGNORECASE,
)

# Single digits, because a synthesiser reads 988 as a number.
HELP = Reply(
    "I am sorry that it is this hard. I am only a program, but you deserve to talk to "
    "a person now. If you are in danger, call your emergency number: 1 1 2 in Europe, "
    "9 1 1 in North America. You can talk to someone at any hour: call or text 9 8 8 in "
    "the United States and Canada, or call 1 1 6 1 2 3 in the United Kingdom and Ireland. "
    "Elsewhere, find a helpline dot com lists who to call. Is there someone near you "
    "whom you trust?",
    style=Style(rate=0.9),
)


@hookimpl(tryfirst=True)
def respond(utterance: Utterance) -> Reply | None:
    """Return where to find help if the words call for it, the same every time."""
    return HELP if CRISIS.search(utterance.transcript.text.replace("’", "'")) else None
