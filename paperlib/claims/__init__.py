"""The announcement's claims: ``book`` holds each with its rule, ``verdicts`` decides them."""
