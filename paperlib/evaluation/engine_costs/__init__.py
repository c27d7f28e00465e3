"""What each form of one model costs on one machine: bytes, memory, seconds and joules, beside what it answers.

python -m paperlib.evaluation.engine_costs lora-135m-recombined-mean --out data/results/engine_costs
"""
