"""Answers greetings, thanks, goodbyes and questions about itself, and tells jokes.

Only where nothing else is said: in "hello, I lost my job" the hello is not what matters.
"""

import re
from contextlib import suppress
from typing import NamedTuple

from assistant import (
    AssistantError,
    Context,
    Conversation,
    EmotionEstimate,
    Reply,
    Utterance,
    Wordings,
    plain_words,
)


def respond(utterance: Utterance, context: Context) -> Reply | None:
    """Return an answer to small talk; None where more is said than that."""
    if utterance.is_mixed:
        return None  # "I am fine" in a sad voice is more than small talk
    words = " ".join(plain_words(utterance.transcript.text))
    if context.is_answer and FINE.fullmatch(words):
        return Reply(GLAD.next())
    if AGAIN.fullmatch(words) and has_just_joked(context.conversation):
        return next_joke(context)
    topic = topic_of(words)
    if topic is None or (topic is ABILITIES and is_upset(utterance.emotion)):
        return None
    if topic is JOKE:
        return next_joke(context)
    return Reply(topic.wordings.next(), asks_s=topic.asks_s)


def is_upset(emotion: EmotionEstimate | None) -> bool:
    """Return whether "help" in that voice is no question for what there is to say."""
    return emotion is not None and emotion.is_reliable and emotion.label in ("fearful", "sad")


FINE = re.compile(
    r"(?:(?:oh|well|yes|i'm|i am|it's|it is|it was|doing|all|very|quite|pretty|really|so|too"
    r"|also) )*"
    r"(?:good|fine|great|well|okay|ok|right|alright|wonderful|not (?:(?:too|so|at all) )?bad)"
    r"(?: (?:too|today|as well|so far|thanks|thank you|and you|how are you|how about you))*"
)
GLAD = Wordings("I am glad to hear that.", "That is good to hear.")
AGAIN = re.compile(
    r"(?:(?:tell me|yes|please|and|hear) )*(?:another(?: one)?|one more|more|again|next)"
    r"(?: please| one)*"
)


def has_just_joked(conversation: Conversation) -> bool:
    """Return whether the last answer was a joke."""
    jokes = JOKE.wordings.lines
    return any(joke in turn.reply for turn in conversation.turns[-1:] for joke in jokes)


def next_joke(context: Context) -> Reply:
    """Return the joke after the last one, though the program was started in between."""
    jokes = JOKE.wordings
    with suppress(AssistantError):  # a full disk is no reason to be serious
        jokes.n_said = max(jokes.n_said, context.store.get("told_jokes", 0))
        context.store["told_jokes"] = jokes.n_said + 1
    return Reply(jokes.next())


ASKS_S = 20.0
"""So long the answer to "And you?" is waited for, s."""


class Topic(NamedTuple):
    """What is said, and how it is answered."""

    words: str
    """Regular expression of what it answers; apostrophes are straight."""
    wordings: Wordings
    asks_s: float = 0.0
    """How long an answer is waited for, s; 0 where nothing is asked."""


NICE = r"(?:great|nice|kind|good|funny|helpful|wonderful|amazing|lovely|clever|smart|sweet)"

JOKE = Topic(
    r"(?:do you )?(?:tell|know|have|hear|say|i want|i'd like|how about|what about)"
    r"(?: (?:me|us|to hear|a|an|another|one more|any|some|something|the|your|good|best|new"
    r"|short|other))* (?:jokes?|funny)"
    r"|(?:another|one more|a) joke|joke|make (?:me|us) laugh",
    Wordings(
        "My egg timer went on holiday. It was back in three minutes.",
        "The hands of a clock meet every hour, and never talk. They have no time.",
        "A note meets a reminder and says: I have nothing to do. Says the reminder: I will "
        "tell you when.",
        "Why are loudspeakers such bad spies? They repeat everything.",
        "I wanted to learn how to whisper. My volume would not hear of it.",
        "I counted sheep to fall asleep. After one second I had a billion of them, and then "
        "they wanted to be sorted.",
        "I asked the thermometer how it was. It said: that depends on the weather.",
        "The battery and the plug had a quarrel. One felt empty, and the other lost contact.",
        "My alarm and I have an agreement. It rings, and the others get up.",
        "How do you cheer up a microphone? You talk to it, and it is all ears.",
    ),
)

ABILITIES = Topic(
    r"what (?:can|do) you (?:do|know)(?: for me)?"
    r"|what can (?:i|we) (?:say|ask|do)(?: (?:you|to you|here))?"
    r"|help(?: me)?|how can you help(?: me)?",
    Wordings(
        "I tell the time, keep timers and notes, breathe with you, tell jokes. Or just talk.",
        "Ask me for the time, a timer, a note or a joke. Plugins teach me more.",
    ),
)

# Of several that are said at once the first here answers.
TOPICS = (
    ABILITIES,
    JOKE,
    Topic(
        r"who are you|what are you|(?:what is|what's|tell me) your name|do you have a name"
        r"|who am i (?:talking|speaking) (?:to|with)|introduce yourself"
        r"|tell me (?:something |more )?about yourself",
        Wordings(
            "I am Tonewise. I listen to what you say and to how you say it.",
            "My name is Tonewise. I run on this machine and hear tone as well as words.",
        ),
    ),
    Topic(
        r"are you (?:really |actually )?(?:an? )?(?:human|real|alive|robot|person|machine"
        r"|computer|program)(?: being| person)?",
        Wordings(
            "I am a program, no more. But I listen well.", "Only a program on this machine."
        ),
    ),
    Topic(
        r"are you (?:still )?(?:there|here|listening|awake)|(?:can|do) you hear me",
        Wordings("I am here, and I hear you.", "Yes, I am listening."),
    ),
    Topic(
        r"how are you(?: doing| feeling)?|how do you (?:do|feel)|how(?:'s| is) it going"
        r"|how are things|how have you been|what's up|are you (?:well|okay|all right|fine)",
        Wordings(
            "I am well, thank you. And you?", "All is running well here. How was your day?"
        ),
        ASKS_S,
    ),
    Topic(
        r"good night|sleep (?:well|tight)|sweet dreams"
        r"|i(?:'m| am) (?:going|off) to (?:bed|sleep)",
        Wordings("Good night. Sleep well.", "Sleep well. Until tomorrow."),
    ),
    Topic(
        r"good ?bye|bye|(?:i will |i'll )?see you(?: (?:soon|later|tomorrow|around))?|farewell"
        r"|talk to you (?:soon|later|tomorrow)|take care"
        r"|have a (?:good|nice|great) (?:day|evening|night|one|weekend)",
        Wordings("Goodbye. It was good to talk to you.", "See you soon. Take care."),
    ),
    Topic(r"no (?:thanks|thank you)", Wordings("All right.", "As you like.")),
    Topic(
        r"(?:thank you|(?:many )?thanks?)(?: (?:so much|very much|a lot|a million))?"
        r"(?: for (?:listening|asking|everything|(?:(?:all )?(?:your|the) )?help"
        r"|helping(?: me)?|(?:the|that) joke|that))?"
        rf"(?: (?:that|this)(?: is|'s| was) (?:so |very |really )?{NICE})?",
        Wordings("You are welcome.", "With pleasure.", "Any time."),
    ),
    Topic(
        rf"(?:you are|you're) (?:(?:so|very|really|an?|the|such) )*(?:{NICE}|best)"
        r"(?: (?:assistant|friend|listener|help))?|i (?:like|love) you|well done"
        r"|good (?:job|work)",
        Wordings("That is kind of you.", "How kind of you to say so."),
    ),
    Topic(r"sorry|excuse me|pardon(?: me)?", Wordings("No harm done.", "It is nothing.")),
    Topic(
        r"hello|hi|hey|good (?:morning|afternoon|evening|day)|nice to (?:meet|see|hear) you",
        Wordings("Hello! What is on your mind?", "Hi, good to hear you. How is your day?"),
        ASKS_S,
    ),
)

FILLER = (
    r"there|again|(?:my )?(?:(?:dear|good|old) )?friend|dear|everybody|everyone|computer"
    r"|tonewise|please|so|well|okay|ok|oh|uh|um|and|then|now|today|just|really|too|yes|yeah"
    r"|sir|(?:can|could|would|will) you"
)
"""What says nothing besides."""
PIECE = re.compile(rf"(?:{'|'.join(f'({topic.words})' for topic in TOPICS)}|{FILLER})(?: |$)")


def topic_of(words: str) -> Topic | None:
    """Return what answers all of the words; None if they are no small talk throughout."""
    found: set[int] = set()
    position = 0
    while position < len(words):
        piece = PIECE.match(words, position)
        if piece is None:
            return None
        if piece.lastindex is not None:
            found.add(piece.lastindex - 1)
        position = piece.end()
    return TOPICS[min(found)] if found else None
