"""The names that plugins and embedding programs rely on."""

import inspect

import assistant
from assistant import errors


def test_the_public_names_are_these():
    assert (
        assistant.__all__
        == sorted(assistant.__all__)
        == [
            "AssistantError",
            "Context",
            "Conversation",
            "EmotionEstimate",
            "Reply",
            "Stretch",
            "Style",
            "Transcript",
            "Turn",
            "Utterance",
            "Wordings",
            "crisis_reply",
            "for_emotions",
            "hookimpl",
            "is_no",
            "is_yes",
            "plain_words",
        ]
    )
    assert all(hasattr(assistant, name) for name in assistant.__all__)


def test_every_error_is_in_the_tree_that_the_file_draws():
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__
    ]
    for kind in kinds:
        assert issubclass(kind, errors.AssistantError)
        assert kind.__name__ in errors.__doc__
