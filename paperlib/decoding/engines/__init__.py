"""llama.cpp: a server of models, what computes their logits in place of torch, and the format of exported ones."""
