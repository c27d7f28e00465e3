"""Intervals, tests, effect sizes, power, and what the intervals are worth: all statistics of the study."""
