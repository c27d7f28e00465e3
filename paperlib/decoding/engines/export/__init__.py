"""A model as a folder for other engines: GGUF for llama.cpp and Ollama, a web page, ONNX."""
