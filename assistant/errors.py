"""Every error the assistant raises on purpose.

    AssistantError
    ├── SettingsError        settings: unreadable file, unknown key, bad value
    ├── AudioError           sound that cannot be used: format, rate, length, NaN
    ├── DeviceError          no microphone or loudspeaker, or it was unplugged
    ├── ModelError           model file: missing, damaged, or not the one described
    ├── ProfileError         voice profile: missing, damaged, or made for another model
    ├── TranscriptionError   the recogniser failed (silence is not a failure)
    ├── PluginError          a plugin cannot be loaded, raised, or took too long
    ├── SpeechError          the synthesiser failed
    ├── ChildError           a child process died, hung or spoke nonsense
    ├── CorpusError          labelled recordings: no index, a wrong label, a missing speaker
    └── TrainingError        a training run or its scores cannot be used

The file that calls a foreign library catches that library's exceptions there and
raises one of these with ``raise ... from error``; nothing above it sees them. Each
message is one line that says what was found and what to do about it.
"""


class AssistantError(Exception):
    """Base class: catch this to catch everything below."""


class SettingsError(AssistantError):
    """A settings file, variable or flag holds a key or value that is not allowed."""


class AudioError(AssistantError):
    """The sound has the wrong format, rate, shape, range or length."""


class DeviceError(AssistantError):
    """A microphone or loudspeaker cannot be opened, or was lost."""


class ModelError(AssistantError):
    """The model file is missing, damaged, or does not match its description."""


class ProfileError(AssistantError):
    """A voice profile is missing, damaged, made for another model, or wrongly named."""


class TranscriptionError(AssistantError):
    """The speech recogniser failed."""


class PluginError(AssistantError):
    """A plugin cannot be loaded, raised while answering, or took too long."""


class SpeechError(AssistantError):
    """The speech synthesiser failed."""


class ChildError(AssistantError):
    """A child process died, missed its deadline, or broke the protocol.

    Stages turn it into their own error; it does not leave them.
    """


class CorpusError(AssistantError):
    """Labelled recordings cannot be found, read, divided or downloaded."""


class TrainingError(AssistantError):
    """A training run, or what is to be scored, cannot be used."""
