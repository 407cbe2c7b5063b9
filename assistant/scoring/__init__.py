"""How good a classifier is: its answers to recordings, their scores and pictures, calibration."""
