"""Small widgets that all tabs share."""
