"""What an answer is worth: metrics, protocols, failures, likelihood; nothing here knows a model."""
