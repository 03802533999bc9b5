"""A year of the made-to-measure tailor in playbooks/tailoring.yaml."""
