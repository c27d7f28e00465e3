"""What every other room rests on: paths, files, errors, configuration, records. Knows no data, model or metric."""
