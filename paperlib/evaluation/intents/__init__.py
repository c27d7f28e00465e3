"""What an intent classifier is worth: accuracy, out-of-scope detection and calibration."""
