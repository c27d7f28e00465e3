"""Documents of many kinds, written by rule: texts with what they say, asked for under schemas that are drawn anew."""
