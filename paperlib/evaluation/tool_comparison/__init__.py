"""Our readers beside what people would use instead, on the same texts in one run: rules, a stock model behind
llama.cpp with the schema as grammar (as Ollama serves it), and LangExtract on such a server."""
