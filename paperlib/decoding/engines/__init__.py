"""llama.cpp and ONNX Runtime: what computes logits in place of torch, a server, and the formats of exported models."""
