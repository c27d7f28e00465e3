"""From a model and texts to answers: greedy, constrained to a schema, reranked. Sees no expected answer."""
