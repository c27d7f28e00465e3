"""What runs the study: notebooks, the pipeline, keeping fresh results and comparing them with the committed ones."""
