"""A dataset for other people's tools: release files for `datasets`, Croissant, a task for lm-evaluation-harness."""
