"""The commands by theme; the root imports a module when one of its commands is used."""
