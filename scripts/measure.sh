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

for way in "" ", cut"; do # heard from end to end; then as in a conversation
  cut=${way:+--vad}
  score "held-out$way" --enrolled 2,3 --corrected 10 $cut
  score "held-out$way: noise at 10 dB" --noise "$data/noise" --snr 10 $cut
  for room in "$data"/rooms/*.wav; do
    number=$(basename "$room" .wav)
    score "held-out$way: room ${number#rir}" --room "$room" $cut
  done
  score "held-out$way: telephone" --telephone $cut
  score "held-out$way: at -30 dB" --gain -30 $cut
done
