"""The announcement's claims: ``ledger`` reads each with its rule and decides it; rules stand in ``by_*`` modules."""
