"""What answers are worth: metrics, protocols, likelihood, statistics, error analysis, and the record of a run."""
