"""How good a classifier is: answers to recordings, their scores and pictures, calibration."""
