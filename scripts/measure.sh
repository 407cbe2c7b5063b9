#!/usr/bin/env bash
# Scores the model in models/ on the actors it never heard, clean and disturbed, and keeps the
# scores in its emotion.json: scripts/measure.sh DATA, the folder of the corpora.
set -euo pipefail

data=${1:?usage: scripts/measure.sh DATA}
actors=ravdess-01,ravdess-11,ravdess-20,ravdess-21

score() { # NAME FLAG ...
  echo "$1"
  .venv/bin/tonewise evaluate "$data/index.csv" --corpus ravdess --speakers "$actors" \
    --models models --write "$@"
}

score "held-out" --enrolled 2,3 --corrected 10
score "held-out, noise at 10 dB" --noise "$data/noise" --snr 10
for room in "$data"/rooms/*.wav; do
  number=$(basename "$room" .wav)
  score "held-out, room ${number#rir}" --room "$room"
done
score "held-out, telephone" --telephone
score "held-out, at -30 dB" --gain -30
