"""Name the emotion in a recording, and how likely each of the eight is.

python examples/classify_file.py RECORDING
"""

import sys

from assistant.audio import read_audio
from assistant.build import open_classifier


def main(path: str) -> None:
    """Print a line for each emotion, the likeliest first."""
    estimate = open_classifier().classify(read_audio(path))
    ranked = sorted(estimate.probabilities.items(), key=lambda entry: -entry[1])
    for label, probability in ranked:
        print(f"{label:<10} {probability:4.0%}")
    print("certain" if estimate.certain else "not certain")


if __name__ == "__main__":
    main(*sys.argv[1:])
