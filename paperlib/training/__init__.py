"""From base weights and examples to a trained model: recipes, augmentation, kernels, checkpoints. Knows no metric."""
