"""Data augmentation: further training examples, made from given ones or anew; no test example is ever read."""
