"""Engines that serve a model to other programs, where transformers would be too slow: llama.cpp."""
