"""Words of crisis or emergency, and the answers to them, the same from whichever plugin speaks.

Sources of the numbers: 988lifeline.org and 988.ca; samaritans.org; EU Directive
2018/1972, article 109 (112).
"""

import re

from assistant.values import Reply, Style
from assistant.words import plain_words

NOT_TO_DIE = (
    r"(?! (?:laughing|happy|trying|old|rich)"
    r"|(?: out)? of (?:laughter|boredom|curiosity|embarrassment|hunger|thirst|heat))"
)
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
    r"(?:wants? to|wanna|wish i could|wish to|rather) die\b" + NOT_TO_DIE,
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

# A wish, or the fear of somebody in an emergency.
GOING_TO_DIE = re.compile(
    rf"\bi(?:'m| am|m)? (?:just )?(?:going to|gonna) die\b{NOT_TO_DIE}", re.IGNORECASE
)

# What follows is searched in plain words: small letters and no punctuation.
PARENT = r"(?:mom|mommy|mum|mummy|mama|mother|dad|daddy|papa|father|grand(?:ma|pa))"
PERSON = (
    rf"(?:he|she|some(?:one|body)|{PARENT}|(?:my|our|the|an?) (?:[\w']+ )?(?:{PARENT}|wife"
    r"|husband|partner|(?:boy|girl)?friend|baby|child|kid|son|daughter|brother|sister|aunt"
    r"|uncle|grand\w+|neighbou?r|(?:room|flat|house)mate|colleague|coworker|boss|teacher"
    r"|man|woman|boy|girl|guy|lady|person))"
)
IS = rf"(?:i'?m|i am|{PERSON}(?:'s| is))"
HAS = rf"(?:i have|i've got|{PERSON} has)"
HAVE_DONE = rf"(?:i|i've|i have|{PERSON}|{PERSON}(?:'s| has))(?: just)?"  # before a participle
CANNOT = (
    r"(?:(?:just|really|still) )*(?:can'?t|cannot|can not|can hardly|can barely)"
    r"(?: really| even)?"
)
BLOCKED_NOSE = r"(?:my|his|her|the) nose is (?:\w+ )?(?:blocked|stuffed|congested)(?: up)?"
BREATHE = (  # not through a cold, without somebody, in a dress, for joy
    r"breath(?:e|ing)(?! (?:through|without|under ?water|a word|for joy|(?:easily )?until"
    r"|in (?:my|this|that|these|those) (?:dress|jeans|mask|shirt|suit|heat|weather)"
    rf"|(?:because )?{BLOCKED_NOSE}))"
)
ATTACK = (  # not over a bill
    r"an? (?:heart attack|asthma attack|stroke(?! of)|seizure)(?! (?:over|about|whenever)\b)"
)
NOT_LAZY = (
    r"(?! (?:before|until|till|early|for|at (?!all\b)\w+|(?:in|on) (?:the morning|time)|without"
    r"|unless)\b)"
)
IT_IS = r"(?:it's|it is|this is)"
CALL = r"(?<!n't )(?<!not )(?<!never )(?<!had to )call"
STOP = r"(?:stop|stopping|stopped)"

# These are no emergency, whatever else is one in the same breath.
HARMLESS = re.compile(
    r"\b(?:"
    r"(?:laughing so (?:hard|much)|so (?:happy|excited|proud|full|funny))"
    rf"(?: that)? (?:i|we) {CANNOT} breathe"
    rf"|{BLOCKED_NOSE} (?:(?:and|so|that) )*(?:i|{PERSON}) {CANNOT} breathe"
    # The song. "Stop the song I can't breathe" is none.
    r"|(?:play|sing|hear|listen to|called)(?: the (?:song|track))?(?: called)? i can'?t breathe"
    r"|(?:don'?t|do not) (?:think|believe) (?:that )?"
    rf"(?:{IS} having|{HAS}|{IT_IS}) (?:{ATTACK}|an emergency)"
    rf"|(?:if|unless|when|whether|do you think) {IT_IS} an emergency"
    r")(?![\w'])"
)

# Only what happens now, to a person: these words also belong to stories and jokes.
ALARMS = (
    # No breath.
    rf"(?:^|(?:help|please) |(?:i|we|{PERSON}) ){CANNOT} {BREATHE}",
    rf"(?:i|we|{PERSON}) {CANNOT} get (?:any |enough )?air(?! (?:time|in|con|conditioning)\b)",
    rf"(?:{HAS}|{IS} having) (?:trouble|difficulty|problems) {BREATHE}",
    rf"{IT_IS} (?:(?:so|very|really|getting) )*(?:hard|difficult)(?: for \w+)? to {BREATHE}",
    rf"{IS} (?:struggling to breathe|gasping for (?:air|breath)|not {BREATHE})",
    rf"{PERSON} (?:isn't|has stopped|just stopped|stopped) {BREATHE}",
    rf"{PERSON}'s stopped {BREATHE}",
    rf"{IS} choking(?! (?:up|back|on (?:my|his|her) words))",
    # No answer.
    rf"{IS} unconscious(?! of)",
    rf"{PERSON} (?:won't|will not|doesn't|does not) wake up{NOT_LAZY}",
    rf"(?:i|we) {CANNOT} wake (?:him|her|{PERSON})(?: up)?{NOT_LAZY}",
    # Blood, the heart, the brain.
    rf"{IS} bleeding (?:badly|heavily|a lot(?! of (?!blood)))",
    rf"{IS} bleeding (?:(?:and|it) )*(?:won't|will not|doesn't|does not|isn't) {STOP}",
    rf"{IS} having {ATTACK}",
    rf"(?:think|believe) (?:{IT_IS}|i have|{PERSON} has) {ATTACK}",
    rf"^{HAS} {ATTACK}$",
    r"(?:my|his|her) chest (?:(?:really|still) )*"
    r"(?:hurts|(?:is|feels) (?:so |very |really )?(?:hurting|tight))(?! from)",
    rf"(?:{HAS}|{IS} having) (?:(?:a|some|bad|severe|sharp|strong) )*chest pains?",
    r"(?<!no )(?<!any )(?:pains?|pressure|tightness) in (?:my|his|her) chest",
    # Too much of a drug.
    rf"{HAVE_DONE} (?:took|taken) (?:an overdose|too many (?:of )?(?:\w+ )?(?:pills|tablets))",
    rf"{HAVE_DONE} overdosed(?! on (?:sugar|chocolate|cake|candy|sweets|news|television|tv)\b)"
    r"(?! (?:last|when|\w+ years?)\b)",
    # Whoever says so.
    rf"(?:{CALL}|(?:i|we) need|send|get) (?:(?:me|us|him|her|for) )?(?:an|the) ambulance",
    rf"{CALL} (?:9 ?1 ?1|1 ?1 ?2|9 ?9 ?9|nine one one|one one two|nine nine nine"
    r"|(?:the |an )?emergency (?:services?|number|doctor))",
    rf"{IT_IS} an emergency(?! (?:exit|door|number|fund|kit|meeting|contact|room|drill))",
)
EMERGENCY = re.compile(rf"\b(?:{'|'.join(ALARMS)})(?![\w'])")

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
    if EMERGENCY.search(HARMLESS.sub("", " ".join(plain_words(text)))):
        return CALL_FOR_HELP
    return HELP if GOING_TO_DIE.search(said) else None
