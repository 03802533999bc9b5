"""What every simulated trade has in common: chance, a diary for each life, the way in which events arrive."""
