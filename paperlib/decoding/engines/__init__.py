"""From a model's name to its logits, by plain torch, llama.cpp or ONNX Runtime; a server, and the exported formats."""
