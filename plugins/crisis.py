"""Answers words of crisis with where to find help, before any other plugin speaks.

A plugin of its own, so that no remark about the voice comes before this answer.
"""

from assistant import Reply, Utterance, crisis_reply, hookimpl


@hookimpl(tryfirst=True)
def respond(utterance: Utterance) -> Reply | None:
    """Return where to find help if the words call for it, the same every time."""
    return crisis_reply(utterance.transcript.text)
