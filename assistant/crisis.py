"""Words of crisis or emergency, and the answers to them, the same from whichever plugin speaks.

Sources of the numbers: 988lifeline.org and 988.ca; samaritans.org; EU Directive
2018/1972, article 109 (112).
"""

import re

from assistant.values import Reply, Style

# Regular expressions; what follows ``(?!`` makes a figure of speech of the words before.
PHRASES = (
    r"suicid(?!e squad)",
    r"self[- ]harm",
    r"(?:kill|hang|drown|poison)(?:ing)? my ?self\b(?! laughing| out to dry| in work)",
    r"(?:cut|slit)(?:t?ing)? my (?:own )?(?:wrists?|throat)\b",
    r"jump(?:ing)? (?:(?:off|from) (?:a|the) (?:bridge|roof)|in front of (?:a|the) train)\b",
    r"shoot(?:ing)? my ?self\b(?! in the foot)",
    r"(?:want|wanna|going|gonna|feel like|think(?:ing)?|thought|urge|about) (?:to |of |about )?"
    r"(?:hurt|harm|cut)(?:t?ing)? my ?self\b(?! (?:some|a|an|off|loose|short)\b)",
    r"(?:end|take|ending|taking) my (?:own )?life\b(?! (?:savings|in(?:to)? my|for granted))",
    r"end(?:ing)? it all\b",
    r"(?:(?:wants? to|wanna|wish i could|wish to|rather) die"
    r"|i(?:'m| am|m)? (?:just )?(?:going to|gonna) die)\b(?! (?:laughing|happy|trying|old|rich)"
    r"|(?: out)? of (?:laughter|boredom|curiosity|embarrassment|hunger|thirst|heat))",
    r"(?:wants? to be|wanna be|(?:would|'d) rather be|wish i (?:was|were)|better off) dead\b"
    r"(?! (?:sure|certain|serious|honest|right|last|on))",
    r"wish i(?:'d| had| was| were) never (?:been )?born",
    r"(?:don't|do not|dont) (?:want to|wanna) (?:exist|be alive|wake up (?:any ?more|again)"
    r"|live\b(?! (?:here|there|abroad|alone|at|near|by|off|next)\b|(?: in| with) (?!this)))",
    r"no (?:reason|point) (?:to live|in living|to go on living)",
    r"(?:nothing (?:left )?to live for|life (?:is not|isn't) worth living)\b",
    r"better off without me\b",
)
CRISIS = re.compile(rf"\b(?:{'|'.join(PHRASES)})", re.IGNORECASE)

PERSON = (
    r"(?:he|she|some(?:one|body)|(?:my|the) (?:\w+ )?(?:mother|mom|mum|father|dad|wife|husband"
    r"|partner|(?:boy|girl)?friend|baby|child|kid|son|daughter|brother|sister|aunt|uncle"
    r"|grand\w+|neighbou?r))"
)
IS = rf"(?:i'?m|i am|{PERSON}(?:'s| is))"
HAS = rf"(?:i have|i've got|{PERSON} has)"
CANNOT = r"(?:can'?t|cannot|can not|can hardly|can barely)(?: really| even)?"
BREATHE = (  # not through a cold, without somebody, in a dress
    r"breath(?:e|ing)(?! (?:through|without|under ?water"
    r"|in (?:my|this|that|these|those) (?:dress|jeans|mask|shirt|suit)))"
)
ATTACK = r"an? (?:heart attack|asthma attack|stroke(?! of)|seizure)"
CALL = r"(?<!n't )(?<!not )(?<!had to )call"

EMERGENCY = re.compile(
    # Only what happens now, to a person: these words also belong to stories and jokes.
    r"\b(?:"
    rf"(?<!laughing so (?:hard|much) )(?:^|(?:i|we|{PERSON}) ){CANNOT} {BREATHE}"
    rf"|(?:i|we|{PERSON}) {CANNOT} get (?:any |enough )?air(?! (?:time|in))"
    rf"|(?:{HAS}|{IS} having) (?:trouble|difficulty|problems) {BREATHE}"
    rf"|{IS} (?:struggling to breathe|gasping for (?:air|breath)|not breathing)"
    rf"|{PERSON} (?:isn't|stopped|has stopped) breathing"
    rf"|{IS} (?:choking(?! (?:up|back|on (?:my|his|her) words))|unconscious(?! of))"
    rf"|{IS} (?:bleeding (?:badly|heavily|a lot)|having {ATTACK})"
    rf"|(?:think|believe) (?:it is|it's|this is|i have|{PERSON} has) {ATTACK}"
    rf"|^{HAS} {ATTACK}[.!]*$"
    r"|(?:my|his|her) chest (?:hurts|(?:is|feels) (?:so |very |really )?(?:hurting|tight))"
    r"(?! from)"
    rf"|(?:{HAS}|{IS} having) (?:a |some |bad |severe |sharp |strong )*chest pains?"
    r"|(?<!no )(?<!any )(?:pains?|pressure|tightness) in (?:my|his|her) chest"
    rf"|(?:i|{PERSON}) (?:took|have taken|has taken) (?:an overdose|too many pills)"
    rf"|(?:{CALL}|(?:i|we) need|send|get) (?:me |us |him |her |for )?an ambulance"
    rf"|{CALL} (?:911|112|999|nine one one|one one two"
    r"|(?:the |an )?emergency (?:services?|number|doctor))"
    r")(?![\w'])",
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
    is_fixed=True,
)

CALL_FOR_HELP = Reply(
    "That may be an emergency. Please call your emergency number now, or have somebody call: "
    "1 1 2 in Europe, 9 1 1 in North America. I am only a program and cannot call for you.",
    is_fixed=True,
)


def crisis_reply(text: str) -> Reply | None:
    """Return where to find help if the words call for it, or None.

    A plugin that answers anything should ask this first. No plugin can change the reply.
    """
    said = " ".join(text.replace("’", "'").split())
    if CRISIS.search(said):
        return HELP
    return CALL_FOR_HELP if EMERGENCY.search(said) else None
