"""Data from a teacher: a chat model behind an OpenAI-compatible server rewrites texts and invents records."""
