"""Lantern: tags, personas, journeys and the next best service for every user of a brand."""
