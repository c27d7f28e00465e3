"""EdgeJSON: the generator of its examples, the validator that checks them, the release. Never imports torch."""
