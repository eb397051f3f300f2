"""What AWS is asked for: tables made from the models, and the response headers of the pages."""
