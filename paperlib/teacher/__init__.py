"""A chat model as teacher: on any OpenAI-compatible server, it rewrites texts or creates records with their texts."""
