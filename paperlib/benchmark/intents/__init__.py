"""EdgeIntent-200: our own set of 200 intents, twenty objects by ten actions, generated and checked."""
