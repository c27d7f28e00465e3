"""Shared code of the EdgeJSON capacity-scaling study: data, training, decoding, metrics, records, figures."""
