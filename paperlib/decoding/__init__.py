"""From a model and texts to answers: greedy, many tokens at a time, free or held to a grammar."""
