"""Half a year of the business parks in playbooks/park.yaml."""
