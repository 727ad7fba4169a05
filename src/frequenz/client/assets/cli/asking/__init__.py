"""What commands ask: options, servers, files, whole fleets."""
