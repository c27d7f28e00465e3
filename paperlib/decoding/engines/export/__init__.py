"""A model as a folder for a machine that has no Python: GGUF for llama.cpp and Ollama."""
