"""What size, tuning and the evaluator do to a score: outcomes by example, contrasts of groups of runs, fits."""
