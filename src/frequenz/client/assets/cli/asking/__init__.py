"""What commands ask for: options, servers, files, whole fleets."""
