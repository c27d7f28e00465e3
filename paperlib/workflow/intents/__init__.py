"""``paperlib finetune-intents`` and ``paperlib classify``: from a CSV of utterances to a classifier with its report."""
