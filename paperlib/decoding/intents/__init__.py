"""From utterances to intents, with numpy alone."""
