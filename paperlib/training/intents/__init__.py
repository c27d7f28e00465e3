"""Intent classifiers: a sentence encoder is fine-tuned, and distilled into a model of at most 5M parameters."""
