"""Utterances with their intents: public sets, files of users, and how a text becomes features of a classifier."""

OUT_OF_SCOPE = "oos"  # the label of utterances that have none of the intents
SCALE = 16.0  # of the sentence embedding in a classifier, whose length is 1 before
