"""Power formulas of many graphs: within the time limit, and never refused without a finding."""
