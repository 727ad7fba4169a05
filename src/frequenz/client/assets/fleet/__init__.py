"""Whole sites and fleets."""
