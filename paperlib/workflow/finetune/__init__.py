"""``paperlib finetune``: from your own labelled documents to a model, its score on documents held out, and a report."""
