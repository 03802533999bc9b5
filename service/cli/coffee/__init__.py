"""A simulated month of the coffee chain in playbooks/coffee.yaml."""
