"""The plain way, as SpeechRecognition's and pyttsx3's own examples show it: the peer.

Listen, recognise, say it back. Prints what happens as our assistant's events are.
"""

import json
import sys

import pyttsx3
import speech_recognition


def tell(name, **fields):
    print(json.dumps({"event": name, **fields}), flush=True)


def main():
    recognizer = speech_recognition.Recognizer()
    engine = pyttsx3.init()
    with speech_recognition.Microphone() as source:
        recognizer.adjust_for_ambient_noise(source)
        while True:
            tell("listening")
            audio = recognizer.listen(source)
            try:
                text = recognizer.recognize_sphinx(audio)
            except speech_recognition.UnknownValueError:
                continue
            tell("heard", transcript={"text": text})
            tell("reply")
            engine.say(f"You said {text}")
            engine.runAndWait()


if __name__ == "__main__":
    sys.exit(main())
